/** How long one stretch of work may hold the event loop. */
const STRETCH_MILLISECONDS = 8;

/** Shares the event loop: work that asks now and then whether others' turn has come, and lets them. */
export class Turns {
  private start = performance.now();

  /** Whether this stretch of work has lasted long enough. */
  isDue(): boolean {
    return performance.now() - this.start >= STRETCH_MILLISECONDS;
  }

  /** Lets the event loop go round once; the next stretch begins when it has. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.start = performance.now();
  }
}
