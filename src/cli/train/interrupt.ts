/** Ctrl-C and `kill` end a training early, not in vain: the first one asks it to stop, the second ends the program. */

import process from 'node:process';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type SignalName = keyof typeof SIGNALS;

/** npx passes on signals that a terminal sends to both: the second comes within milliseconds, from no person. */
const REPEATS_WITHIN_MS = 400;

export class Interrupt {
  readonly #controller = new AbortController();
  #first: { name: SignalName; time: number } | null = null;
  #listeners: [SignalName, () => void][] = [];

  constructor() {
    for (const name of Object.keys(SIGNALS) as SignalName[]) {
      const listener = () => this.#receive(name);
      process.on(name, listener);
      this.#listeners.push([name, listener]);
    }
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What came first, in words; null if nothing came. */
  get received(): string | null {
    const { name } = this.#first ?? {};
    return name === undefined ? null : name === 'SIGINT' ? 'Ctrl-C' : name;
  }

  /** Exit status of a program that a signal ended. */
  get status(): number {
    return this.#first === null ? 0 : SIGNALS[this.#first.name];
  }

  /** From now on signals end the program as usual. */
  stop(): void {
    for (const [name, listener] of this.#listeners) process.off(name, listener);
    this.#listeners = [];
  }

  #receive(name: SignalName): void {
    const now = performance.now();
    if (this.#first === null) {
      this.#first = { name, time: now };
      this.#controller.abort();
    } else if (now - this.#first.time > REPEATS_WITHIN_MS) {
      process.exit(SIGNALS[name]);
    }
  }
}
