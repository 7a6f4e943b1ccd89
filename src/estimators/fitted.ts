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
  /** Ends the fit that runs; null if none does. */
  #running: AbortController | null = null;
  /** Calls of `use` and `change` that have not ended, by the model that they use. */
  readonly #uses = new Map<Model, number>();
  readonly #replaced = new Set<Network>();

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
    this.#hold(model);
    try {
      return await work(model);
    } finally {
      this.#letGo(model);
    }
  }

  #hold(model: Model): void {
    this.#uses.set(model, (this.#uses.get(model) ?? 0) + 1);
  }

  #letGo(model: Model): void {
    const left = (this.#uses.get(model) ?? 1) - 1;
    if (left > 0) this.#uses.set(model, left);
    else this.#uses.delete(model);
    this.#freeReplaced();
  }

  /**
   * Takes the model that `make` makes of the one there is, and frees the networks that are no longer in it. If `make`
   * throws NothingLearnt, the model stays. If `dispose` is called meanwhile, there is none.
   *
   * @param make - also gets a signal, aborted by `dispose`
   * @returns how the fit went
   * @throws {@link ChainruleError} ERR_BUSY while another call of this runs
   */
  async change(
    method: string,
    isContinued: boolean,
    make: (model: Model | null, signal: AbortSignal) => Promise<Model>,
  ): Promise<EstimatorHistory> {
    if (this.#running !== null) {
      throw new ChainruleError(
        'ERR_BUSY',
        `${method} was called while the estimator is fitted: await that first`,
      );
    }
    const running = new AbortController();
    this.#running = running;
    const before = this.#model;
    // It may train on them.
    if (before !== null) this.#hold(before);
    try {
      const model = await make(before, running.signal);
      if (running.signal.aborted) for (const network of model.ensemble.networks) network.dispose();
      else this.set(model, isContinued);
      return model.history;
    } catch (error) {
      if (!(error instanceof NothingLearnt)) throw error;
      this.#nothing = error;
      return error.history;
    } finally {
      this.#running = null;
      if (before !== null) this.#letGo(before);
    }
  }

  /** Frees the networks, or when a fit that runs has ended at its next step. */
  dispose(): void {
    this.#running?.abort();
    this.set(null, false);
  }

  set(model: Model | null, isContinued: boolean): void {
    const kept = new Set(model?.ensemble.networks);
    const before = this.#model?.ensemble.networks ?? [];
    for (const network of before) if (!kept.has(network)) this.#replaced.add(network);
    this.#model = model;
    this.#freeReplaced();
    this.#isContinued = isContinued;
    this.#nothing = null;
  }

  #freeReplaced(): void {
    const used = new Set([...this.#uses.keys()].flatMap((model) => model.ensemble.networks));
    for (const network of this.#replaced) {
      if (used.has(network)) continue;
      network.dispose();
      this.#replaced.delete(network);
    }
  }
}
