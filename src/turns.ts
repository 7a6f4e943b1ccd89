/** Shares the event loop: long work is done in stretches, and others have their turn in between. */

/** How long one stretch of work may block the event loop. */
const STRETCH_MILLISECONDS = 8;

/** Lets the event loop turn once, between two pieces of work that cannot pause themselves. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Long work asks regularly whether its turn is over, and then lets others run. */
export class Turns {
  private start = performance.now();

  /** Whether this stretch of work has lasted long enough. */
  isDue(): boolean {
    return performance.now() - this.start >= STRETCH_MILLISECONDS;
  }

  /** Lets the event loop turn once; then the next stretch begins. */
  async next(): Promise<void> {
    await pause();
    this.start = performance.now();
  }
}

/** Long work that yields wherever it may pause, about every millisecond. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all of the work at once. */
export function finish<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** Does the work in stretches, with others' turns in between. */
export async function finishInTurns<T>(steps: Steps<T>): Promise<T> {
  const turns = new Turns();
  let step = steps.next();
  while (!step.done) {
    if (turns.isDue()) await turns.next();
    step = steps.next();
  }
  return step.value;
}
