/** What both kinds of estimators tell of what they have learnt. */

import type { ColumnInfo } from '../data/column-kind.js';
import type { Network } from '../network/network.js';
import type { NetworkSummary } from '../network/summary.js';
import type { InputShape } from './fit-input.js';
import type { EstimatorHistory } from './fit-options.js';
import { Fitted } from './fitted.js';
import type { Provenance } from './provenance.js';

interface Learnt {
  encoder: { columns: readonly ColumnInfo[] };
  shape: InputShape;
  ensemble: { networks: readonly Network[] };
  history: EstimatorHistory;
  provenance: Provenance;
}

/** What an estimator has learnt. `Model` is that of its class. */
export let fittedOf: <Model extends Learnt>(estimator: FittedEstimator) => Fitted<Model>;

/** What the classes of estimators have in common. Not exported: callers need no name for it. */
export abstract class FittedEstimator {
  readonly #fitted = new Fitted<Learnt>();

  static {
    // Each class sets models of its own kind only.
    fittedOf = <Model extends Learnt>(estimator: FittedEstimator) =>
      estimator.#fitted as unknown as Fitted<Model>;
  }

  /** What each column was taken for, which were left out, and why. */
  get columns(): readonly ColumnInfo[] {
    return this.#fitted.need('columns').encoder.columns;
  }

  /**
   * How the last fit went: the learning curve of each member. Files do not keep how long epochs took: those times are NaN
   * in a loaded estimator. A fit that was ended before its first step has no epochs and no members, and leaves the
   * estimator as it was.
   */
  get history(): EstimatorHistory {
    return this.#fitted.history;
  }

  /** Which version of chainrule fitted it, and on how many rows. */
  get provenance(): Provenance {
    return this.#fitted.need('provenance').provenance;
  }

  /** The name of the column that the labels were in; null if they were not a column. */
  get target(): string | null {
    return this.#fitted.need('target').shape.target;
  }

  /** What each network consists of. Empty if there was nothing to learn: a single class, or a constant target. */
  get networks(): readonly NetworkSummary[] {
    return this.#fitted.need('networks').ensemble.networks.map((network) => network.summary());
  }

  /**
   * Frees the engine's memory at once, instead of when the estimator is garbage-collected. A fit that runs ends at its next
   * step; the estimator is unfitted then.
   */
  dispose(): void {
    this.#fitted.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
