/** Keeps a network's engine for one fit at a time, and until that has ended. */

import type { FitJob } from '../engine/contract.js';
import { ChainruleError } from '../error.js';

type Job = Pick<FitJob, 'stop'>;

export class FitGuard {
  readonly #free: () => void;
  /** The fit that runs. */
  #job: Job | null = null;
  #disposed = false;

  /** @param free - frees the engine's memory */
  constructor(free: () => void) {
    this.#free = free;
  }

  /** Throws ERR_DISPOSED. */
  refuseIfDisposed(): void {
    if (this.#disposed) throw new ChainruleError('ERR_DISPOSED', 'the network was disposed of');
  }

  /** Throws ERR_DISPOSED, and ERR_BUSY while a fit runs. */
  refuseWhileFitting(method: string): void {
    this.refuseIfDisposed();
    if (this.#job !== null) {
      throw new ChainruleError(
        'ERR_BUSY',
        `${method} was called while fit trains the network: await the fit first`,
      );
    }
  }

  /** Runs a fit. Keeps others away from the start on: options may be functions, which could begin another fit. */
  run<T>(start: (setJob: (job: Job) => void) => Promise<T>): Promise<T> {
    this.#job = { stop: () => {} };
    try {
      return start((job) => this.#setJob(job)).finally(() => this.#release());
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  #setJob(job: Job): void {
    this.#job = job;
    // The network may have been disposed of while the fit was prepared.
    if (this.#disposed) job.stop();
  }

  #release(): void {
    this.#job = null;
    if (this.#disposed) this.#free();
  }

  /** Frees the engine's memory; that of a fit that runs when it has stopped. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#job === null) this.#free();
    else this.#job.stop();
  }
}
