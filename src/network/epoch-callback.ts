/** The caller's `onEpoch`, which may be an async function. */

import type { EpochRecord } from './history.js';

/** Calls `onEpoch` and watches the promises that it returns. */
export class EpochCallback {
  readonly #onEpoch: (record: EpochRecord) => unknown;
  readonly #stop: () => void;
  readonly #running = new Set<Promise<void>>();
  #rejection: { reason: unknown } | null = null;

  /** @param stop - called when one of the promises has been rejected */
  constructor(onEpoch: (record: EpochRecord) => unknown, stop: () => void) {
    this.#onEpoch = onEpoch;
    this.#stop = stop;
  }

  /** Throws what `onEpoch` throws. Does not call it again after a rejection. */
  call(record: EpochRecord): void {
    if (this.#rejection !== null) return;
    const returned = this.#onEpoch(record);
    if (!isThenable(returned)) return;
    const running = Promise.resolve(returned)
      .then(
        () => {},
        (reason: unknown) => {
          this.#rejection ??= { reason };
          this.#stop();
        },
      )
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when all promises have resolved, or rejects like the first one that was rejected. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#rejection !== null) throw this.#rejection.reason;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
