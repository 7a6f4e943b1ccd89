/** Waiting for what a caller's own code promises, which may never come. */

/**
 * How long a fit that is to end still waits for a promise of `onEpoch`, in milliseconds. Less than a fit that is kept has for
 * its last epoch: that epoch has ended, and its checkpoint is written.
 */
export const LAST_CALL_MS = 500;

/** Waits for one promise at a time; once it is asked to end, for each no longer than a given time. */
export class Wait {
  readonly #patienceMs: number;
  #isToEnd = false;
  #giveUp: (() => void) | null = null;
  #patience: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  /** @param patienceMs - how long to wait for a promise once the end is asked for */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** What the promise comes to; null if the wait ends before that, and then nobody hears what becomes of the promise. */
  for<T>(promise: PromiseLike<T>): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        if (this.#giveUp === giveUp) this.#clearPatience();
        act();
      };
      const giveUp = () => settle(() => resolve(null));
      this.#giveUp = giveUp;
      promise.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      );
      if (this.#isToEnd) this.#hurry();
    });
  }

  /** Ends this wait and all later ones when the patience is over. */
  end(): void {
    this.#isToEnd = true;
    if (this.#giveUp !== null) this.#hurry();
  }

  /** Asks for the end when so much time is over since the first call of this. */
  endAfter(milliseconds: number): void {
    // A longer one would be over at once.
    if (milliseconds < 2 ** 31) this.#deadline ??= setTimeout(() => this.end(), milliseconds);
  }

  /** Nobody waits any more. */
  clear(): void {
    clearTimeout(this.#deadline);
    this.#clearPatience();
  }

  #hurry(): void {
    if (this.#patienceMs === 0) this.#giveUp?.();
    else this.#patience ??= setTimeout(() => this.#giveUp?.(), this.#patienceMs);
  }

  #clearPatience(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#giveUp = null;
  }
}
