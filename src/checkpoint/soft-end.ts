/** The end that is asked of a fit from outside: soon, but where it can be continued from. */

/**
 * A fit that is kept and is to end has so long to come to the end of its epoch, which can be continued from; then it ends
 * at the next step.
 */
export const LAST_EPOCH_MS = 1000;

export type Why = 'aborted' | 'maxTime';

export class SoftEnd {
  readonly #graceMs: number;
  readonly #asked: () => void;
  readonly #late: () => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #why: Why | null = null;

  /**
   * @param graceMs - between `asked` and `late`; with 0 both are called at once
   * @param asked - the fit is to end after its epoch
   * @param late - it is to end at its next step
   */
  constructor(graceMs: number, asked: () => void, late: () => void) {
    this.#graceMs = graceMs;
    this.#asked = asked;
    this.#late = late;
  }

  /** What was asked for first; null as long as nothing was. */
  get why(): Why | null {
    return this.#why;
  }

  ask(why: Why): void {
    if (this.#why !== null) return;
    this.#why = why;
    this.#asked();
    if (this.#graceMs === 0) this.#late();
    else this.#after(this.#graceMs, this.#late);
  }

  /** Asks when so much time is over. */
  askAfter(milliseconds: number): void {
    this.#after(milliseconds, () => this.ask('maxTime'));
  }

  /** The fit has ended. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #after(milliseconds: number, act: () => void): void {
    // A longer one would be over at once.
    if (milliseconds < 2 ** 31) this.#timers.push(setTimeout(act, milliseconds));
  }
}
