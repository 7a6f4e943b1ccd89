/** What is known of a running fit, over all of its networks, from the records of their epochs. */

import type { MemberEpochRecord } from '../../../index.js';

/** A fit at some moment. */
export interface FitState {
  /** Epochs of all networks that have ended, and how many there will be at most. */
  done: number;
  total: number;
  /** How many networks have begun, of how many. */
  network: number;
  networks: number;
  /** Of the latest epoch of each network that still trains: means over those networks. */
  loss: number;
  validationLoss: number | null;
  validationAccuracy: number | null;
  /** Rows trained on in a second, by all networks together. */
  rowsPerSecond: number;
  /** If the other epochs take as long as those so far; null while too little is known. */
  secondsLeft: number | null;
}

/** The speed is that of the last few seconds. */
const SPEED_MS = 5000;
/** The first steps start threads, and say little of the others. */
const SOON_MS = 1000;

export class FitTracker {
  readonly #latest = new Map<number, MemberEpochRecord>();
  /** Times at which rows were counted, with the rows so far. */
  readonly #counts: { time: number; rows: number }[];
  #rows = 0;
  #done = 0;
  /** Epochs that a process before has trained. */
  #doneBefore = 0;
  readonly #start: number;

  /** @param now - milliseconds */
  constructor(now: number) {
    this.#start = now;
    this.#counts = [{ time: now, rows: 0 }];
  }

  /** Takes the last records of a training that goes on, one of each network that has begun. */
  resume(records: readonly MemberEpochRecord[], now: number): FitState | null {
    for (const record of records) {
      this.#latest.set(record.member, record);
      this.#done += record.epoch;
    }
    this.#doneBefore = this.#done;
    const last = records.at(-1);
    return last === undefined ? null : this.#state(last, now);
  }

  /** Takes the record of an epoch that has just ended. */
  add(record: MemberEpochRecord, now: number): FitState {
    this.#latest.set(record.member, record);
    this.#done++;
    this.#rows += record.samplesPerSecond * record.seconds;
    this.#counts.push({ time: now, rows: this.#rows });
    while (this.#counts.length > 2 && now - this.#counts[1].time > SPEED_MS) this.#counts.shift();
    return this.#state(record, now);
  }

  #state(record: MemberEpochRecord, now: number): FitState {
    const running = [...this.#latest.values()].filter(({ epoch, epochs }) => epoch < epochs);
    const shown = running.length > 0 ? running : [record];
    const total = record.members * record.epochs;
    return {
      done: this.#done,
      total,
      network: this.#latest.size,
      networks: record.members,
      loss: mean(shown.map(({ loss }) => loss)) ?? Number.NaN,
      validationLoss: mean(shown.map(({ validationLoss }) => validationLoss)),
      validationAccuracy: mean(shown.map(({ metrics }) => metrics.validationAccuracy)),
      rowsPerSecond: this.#speed(now),
      secondsLeft: this.#secondsLeft(total, now),
    };
  }

  #secondsLeft(total: number, now: number): number | null {
    const elapsed = now - this.#start;
    const done = this.#done - this.#doneBefore;
    return elapsed < SOON_MS || done === 0 ? null : (elapsed / 1000 / done) * (total - this.#done);
  }

  #speed(now: number): number {
    const { time, rows } = this.#counts[0];
    return now > time ? ((this.#rows - rows) / (now - time)) * 1000 : 0;
  }
}

/** null if one of the values is not known. */
function mean(values: readonly (number | undefined)[]): number | null {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return null;
    sum += value / values.length;
  }
  return sum;
}
