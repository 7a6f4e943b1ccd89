/** The end of a fit on batches that is asked for from outside, and the waits that it ends. */

import { LAST_EPOCH_MS, SoftEnd, type Why } from '../checkpoint/soft-end.js';
import type { FitJob } from '../engine/contract.js';
import { LAST_CALL_MS, Wait } from './wait.js';

export class BatchesEnd {
  readonly #soft: SoftEnd;
  readonly #isKept: boolean;
  /** For the next batches, and for the caller's `onEpoch`. */
  readonly #reading = new Wait(0);
  readonly #calling = new Wait(LAST_CALL_MS);
  #deadline = Infinity;
  #isOver = false;
  /** The engine's, while it trains on a block. */
  job: FitJob | null = null;

  /** @param isKept - whether the epoch that runs may come to its end, if that does not take long */
  constructor(isKept: boolean) {
    this.#isKept = isKept;
    this.#soft = new SoftEnd(
      isKept ? LAST_EPOCH_MS : 0,
      () => this.#calling.end(),
      () => {
        this.#isOver = true;
        this.#reading.end();
        this.job?.stop();
      },
    );
  }

  /** What was asked for first; null as long as nothing was. */
  get why(): Why | null {
    return this.#soft.why;
  }

  /** Whether the fit is to end at its next step. */
  get isOver(): boolean {
    return this.#isOver || this.left <= 0;
  }

  /** Milliseconds that the engine still has. */
  get left(): number {
    return this.#deadline - performance.now();
  }

  ask(): void {
    this.#soft.ask('aborted');
  }

  /** Begins to count the time of the fit. */
  askAfter(maxTimeMs: number): void {
    // The engine looks at the time itself; only while it has nothing to train on nobody else does.
    if (!this.#isKept) this.#deadline = performance.now() + maxTimeMs;
    this.#soft.askAfter(maxTimeMs);
  }

  /** What a source promises; null if the fit ends before. */
  ofSource<T>(promise: PromiseLike<T>): Promise<T | null> {
    return this.#reading.for(promise);
  }

  /** Waits for what a call of the caller's function has promised, if it has. */
  async afterCall(promise: PromiseLike<unknown> | undefined): Promise<void> {
    if (promise !== undefined) await this.#calling.for(promise);
  }

  /** The fit has ended. */
  clear(): void {
    this.#soft.clear();
    this.#reading.clear();
    this.#calling.clear();
  }
}
