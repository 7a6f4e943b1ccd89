/** What an estimator has learnt. */

import { ChainruleError } from '../error.js';
import type { Network } from '../network/network.js';
import type { EstimatorHistory } from './fit-options.js';
import { NothingLearnt } from './nothing-learnt.js';

export interface FittedModel {
  ensemble: { networks: readonly Network[] };
  history: EstimatorHistory;
}

/** A model that a fit makes, replaces or continues, one fit at a time. */
export class Fitted<Model extends FittedModel> {
  #model: Model | null = null;
  #isContinued = false;
  /** Of a last fit that was ended before it had learnt anything; else null. */
  #nothing: NothingLearnt | null = null;
  #isChanging = false;
  /** Calls of `use` that have not ended. */
  #uses = 0;
  #replaced: Network[] = [];

  /** The model; null before the first fit. */
  get model(): Model | null {
    return this.#model;
  }

  /**
   * How the last fit went, even if the model is not of that.
   *
   * @throws {@link ChainruleError} ERR_UNFITTED
   */
  get history(): EstimatorHistory {
    return this.#nothing?.history ?? this.need('history').history;
  }

  /** Whether the optimizers' states matter, since `partialFit` is used. */
  get isContinued(): boolean {
    return this.#isContinued;
  }

  /**
   * The model, for a method that needs one.
   *
   * @throws {@link ChainruleError} ERR_UNFITTED
   */
  need(method: string): Model {
    if (this.#model !== null) return this.#model;
    throw new ChainruleError(
      'ERR_UNFITTED',
      this.#nothing === null
        ? `${method} was called before fit: fit the estimator or load one`
        : `${method} was called, but ${this.#nothing.message}: fit the estimator again or load one`,
    );
  }

  /**
   * What `work` makes of the model, whose networks stay until then, even if a fit replaces them.
   *
   * @throws {@link ChainruleError} ERR_UNFITTED
   */
  async use<T>(method: string, work: (model: Model) => Promise<T>): Promise<T> {
    const model = this.need(method);
    this.#uses++;
    try {
      return await work(model);
    } finally {
      this.#uses--;
      this.#freeReplaced();
    }
  }

  /**
   * Takes the model that `make` makes of the one there is, and frees the networks that are no longer in it. If `make`
   * throws NothingLearnt, the model stays.
   *
   * @returns how the fit went
   * @throws {@link ChainruleError} ERR_BUSY while another call of this runs
   */
  async change(
    method: string,
    isContinued: boolean,
    make: (model: Model | null) => Promise<Model>,
  ): Promise<EstimatorHistory> {
    if (this.#isChanging) {
      throw new ChainruleError(
        'ERR_BUSY',
        `${method} was called while the estimator is fitted: await that first`,
      );
    }
    this.#isChanging = true;
    try {
      const model = await make(this.#model);
      this.set(model, isContinued);
      return model.history;
    } catch (error) {
      if (!(error instanceof NothingLearnt)) throw error;
      this.#nothing = error;
      return error.history;
    } finally {
      this.#isChanging = false;
    }
  }

  set(model: Model | null, isContinued: boolean): void {
    const kept = new Set(model?.ensemble.networks);
    const before = this.#model?.ensemble.networks ?? [];
    this.#replaced.push(...before.filter((network) => !kept.has(network)));
    this.#freeReplaced();
    this.#model = model;
    this.#isContinued = isContinued;
    this.#nothing = null;
  }

  #freeReplaced(): void {
    if (this.#uses > 0) return;
    for (const network of this.#replaced) network.dispose();
    this.#replaced = [];
  }
}
