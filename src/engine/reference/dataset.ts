import { ChainruleError } from '../../error.js';
import type { BackendDataset, Samples } from '../contract.js';

/** Samples for many fits. A running fit keeps its samples even after `dispose`. */
export class ReferenceDataset implements BackendDataset {
  readonly rows: number;
  private kept: Samples | null;

  /** Copies `samples`, so the caller may change its arrays later. */
  constructor(samples: Samples) {
    this.rows = samples.rows;
    this.kept = {
      rows: samples.rows,
      inputs: samples.inputs.slice(),
      targets: samples.targets.slice(),
      weights: samples.weights?.slice() ?? null,
    };
  }

  dispose(): void {
    this.kept = null;
  }

  /**
   * The samples of a dataset of this engine.
   *
   * @throws ChainruleError ERR_DISPOSED after `dispose`, ERR_BACKEND for a dataset of another engine
   */
  static samplesOf(dataset: BackendDataset): Samples {
    if (!(dataset instanceof ReferenceDataset)) {
      throw new ChainruleError(
        'ERR_BACKEND',
        'the dataset was made by another engine; expected one of the reference engine',
      );
    }
    if (dataset.kept === null) {
      throw new ChainruleError('ERR_DISPOSED', 'the dataset has been disposed of; expected a live one');
    }
    return dataset.kept;
  }
}
