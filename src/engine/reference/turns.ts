/** How long one stretch of work may block the event loop. */
const STRETCH_MILLISECONDS = 8;

/** Shares the event loop: long work asks regularly whether its turn is over, and then lets others run. */
export class Turns {
  private start = performance.now();

  /** Whether this stretch of work has lasted long enough. */
  isDue(): boolean {
    return performance.now() - this.start >= STRETCH_MILLISECONDS;
  }

  /** Lets the event loop turn once; then the next stretch begins. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.start = performance.now();
  }
}
