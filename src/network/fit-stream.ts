/** The epochs of a fit as an async iterable. */

import { type AbortSignalLike, either } from './abort-signal.js';

/** Hears of the epochs of a fit beside the caller's `onEpoch`, and can end it beside the caller's `signal`. */
export interface FitWatch<Epoch> {
  signal: AbortSignalLike;
  onEpoch: (record: Epoch) => void;
}

type Result<Epoch, History> = IteratorResult<Epoch, History | undefined>;

/**
 * The records of a fit's epochs, one after the other, while it runs. It can be iterated once.
 *
 * Training starts with the call that gives the stream, and does not wait for whoever reads it: records that are not
 * read yet are kept. Leaving the loop ends the fit at its next step, with the weights as they are then, and waits for
 * that end. What the fit throws, the iteration throws.
 *
 * @typeParam Epoch - record of an epoch
 * @typeParam History - what the fit gives in the end
 */
export class FitStream<Epoch, History> implements AsyncIterable<Epoch> {
  /** The history, once the fit has ended; rejects with what the fit throws. It is also what the iterator returns. */
  readonly history: Promise<History>;
  readonly #stop = new AbortController();
  /** Records that nobody has read yet. */
  #records: Epoch[] = [];
  /** Give their records to readers that wait, the first to the one that has waited longest. */
  #readers: ((result: Result<Epoch, History> | Promise<Result<Epoch, History>>) => void)[] = [];
  #isOver = false;
  #isLeft = false;

  /** @internal */
  constructor(start: (watch: FitWatch<Epoch>) => Promise<History>) {
    const onEpoch = (record: Epoch) => {
      if (this.#isLeft) return;
      const reader = this.#readers.shift();
      if (reader === undefined) this.#records.push(record);
      else reader({ done: false, value: record });
    };
    this.history = start({ signal: this.#stop.signal, onEpoch });
    const end = () => {
      this.#isOver = true;
      for (const reader of this.#readers.splice(0)) reader(this.#last());
    };
    this.history.then(end, end);
  }

  /** The next record; after the last one, once, the history. */
  next(): Promise<Result<Epoch, History>> {
    const record = this.#records.shift();
    if (record !== undefined) return Promise.resolve({ done: false, value: record });
    if (this.#isOver) return this.#last();
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Ends the fit at its next step, and waits for that. */
  async return(): Promise<Result<Epoch, undefined>> {
    this.#isLeft = true;
    this.#records = [];
    this.#stop.abort();
    await this.history;
    return { done: true, value: undefined };
  }

  async #last(): Promise<Result<Epoch, History>> {
    if (this.#isLeft) return { done: true, value: undefined };
    this.#isLeft = true;
    return { done: true, value: await this.history };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** The options of a fit that is also watched. */
export function watched<
  Epoch,
  Options extends { signal: AbortSignalLike | null; onEpoch: ((record: Epoch) => unknown) | null },
>(options: Options, watch: FitWatch<Epoch> | null): Options {
  if (watch === null) return options;
  const { signal, onEpoch } = options;
  return {
    ...options,
    signal: signal === null ? watch.signal : either(signal, watch.signal),
    onEpoch: (record: Epoch) => {
      watch.onEpoch(record);
      return onEpoch?.(record);
    },
  };
}
