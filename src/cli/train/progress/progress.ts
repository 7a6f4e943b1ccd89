/** Shows how a fit goes: a bar on a terminal, lines elsewhere. */

import process from 'node:process';
import type { MemberEpochRecord } from '../../../index.js';
import { paintFor } from '../../terminal.js';
import { drawBar } from './bar.js';
import { barLine, logLine, signsFor } from './line.js';
import { type FitState, FitTracker } from './tracker.js';

export interface Progress {
  onEpoch(record: MemberEpochRecord): void;
  /** A signal has asked the fit to end. */
  stopping(): void;
  /** The fit has ended: deletes the bar. */
  end(): void;
  /** The fit so far; null before its first epoch has ended. */
  readonly state: FitState | null;
}

export interface ProgressOptions {
  how: 'bar' | 'lines' | 'quiet';
  /** In milliseconds; undefined for none. */
  timeLimit: number | undefined;
  /** Of a training that goes on: the last epochs of its networks so far. */
  before: readonly MemberEpochRecord[];
}

/** Begins to show progress on stderr. */
export function startProgress({
  how,
  timeLimit = Number.POSITIVE_INFINITY,
  before,
}: ProgressOptions): Progress {
  const start = performance.now();
  const tracker = new FitTracker(start);
  let state = tracker.resume(before, start);
  let stateTime = start;
  let isStopping = false;
  const secondsElapsed = () => (performance.now() - start) / 1000;
  const secondsLeft = () => {
    if (state === null || state.secondsLeft === null) return null;
    const since = (performance.now() - stateTime) / 1000;
    return Math.max(0, Math.min(state.secondsLeft - since, timeLimit / 1000 - secondsElapsed()));
  };
  const stream = process.stderr;
  const paint = paintFor(stream);
  const signs = signsFor(process.env, process.platform);
  const line = (width: number) =>
    barLine(
      { fit: state, secondsElapsed: secondsElapsed(), secondsLeft: secondsLeft(), isStopping },
      width,
      signs,
      paint,
    );
  const stopBar = how === 'bar' ? drawBar(stream, line) : () => {};
  const log = how === 'lines' ? new EpochLog((text) => stream.write(`${text}\n`)) : null;
  return {
    onEpoch(record) {
      stateTime = performance.now();
      state = tracker.add(record, stateTime);
      log?.add(record, state, secondsLeft(), stateTime);
    },
    stopping() {
      isStopping = true;
    },
    end: stopBar,
    get state() {
      return state;
    },
  };
}

/** Epochs of a fit that all get a line; of more, or of several networks, some are left out. */
const MOST_LINES = 200;
const MS_BETWEEN_LINES = 1000;

/**
 * A line for each epoch of a single network. Several networks end hundreds of epochs within seconds: then the first and
 * the last epoch of each have lines, and one a second between them.
 */
export class EpochLog {
  readonly #write: (line: string) => void;
  #last = Number.NEGATIVE_INFINITY;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** @param now - milliseconds */
  add(record: MemberEpochRecord, fit: FitState, secondsLeft: number | null, now: number): void {
    const { epoch, epochs, members } = record;
    const hasLine =
      (members === 1 && epochs <= MOST_LINES) ||
      epoch === 1 ||
      epoch === epochs ||
      now - this.#last >= MS_BETWEEN_LINES;
    if (!hasLine) return;
    this.#last = now;
    this.#write(logLine(record, fit, secondsLeft));
  }
}
