/** True and false as a feature: -1 and +1, 0 for a missing value. */

import type { Steps } from '../turns.js';
import { LONGEST_WORD, parseBoolean } from './boolean-text.js';
import type { CellFaults } from './cell-faults.js';
import { type Cells, type ColumnWriter, type Destination, readInSteps } from './column-writer.js';
import { pairScale, scaleFlag } from './flags.js';
import { isMarker, isMissing, trimmed } from './missing-cells.js';
import type { Scale } from './robust-scale.js';

/** The part of a column of true and false that is saved. */
export interface BooleanState {
  readonly type: 'boolean';
  readonly scales: readonly Scale[];
}

/** How many cells are false and true; the others are missing. */
export function* countBooleans(
  values: ArrayLike<unknown>,
  faults: CellFaults,
): Steps<{ falses: number; trues: number }> {
  const reader = new BooleanReader();
  let [falses, trues] = [0, 0];
  yield* readInSteps(values, ({ from, to }) => {
    for (let row = from; row < to; row++) {
      const value = reader.read(values[row], row, faults);
      if (value === false) falses++;
      else if (value === true) trues++;
    }
  });
  return { falses, trues };
}

/** Learns the feature of a column of `rows` cells. */
export function fitBooleans(falses: number, trues: number, rows: number): BooleanState {
  return { type: 'boolean', scales: [pairScale(falses, trues, rows)] };
}

export function booleanWriter({ scales: [scale] }: BooleanState): ColumnWriter {
  const reader = new BooleanReader();
  const [whenFalse, whenTrue] = [-1, 1].map((value) => scaleFlag(value, scale));
  return {
    resting: [scaleFlag(0, scale)],
    write(
      { values, from, to, firstRow }: Cells,
      { features, width, start }: Destination,
      faults: CellFaults,
    ) {
      for (let row = from, at = start; row < to; row++, at += width) {
        const value = reader.read(values[row], firstRow + row, faults);
        if (value !== undefined) features[at] = value ? whenTrue : whenFalse;
      }
    },
  };
}

class BooleanReader {
  /** The words read so far, and what they mean. */
  readonly #known = new Map<unknown, boolean>();

  /** undefined for a missing cell. */
  read(value: unknown, row: number, faults: CellFaults): boolean | undefined {
    if (typeof value === 'boolean') return value;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const boolean = readOther(value);
    if (boolean === 'unreadable') {
      faults.unreadable(row, value, 'true or false');
      return undefined;
    }
    // Of words so short there are few.
    const isWord = typeof value === 'string' && value.length <= LONGEST_WORD;
    if (boolean !== undefined && isWord) this.#known.set(value, boolean);
    return boolean;
  }
}

function readOther(value: unknown): boolean | undefined | 'unreadable' {
  if (isMissing(value)) return undefined;
  if (value === 0 || value === 0n) return false;
  if (value === 1 || value === 1n) return true;
  if (typeof value !== 'string') return 'unreadable';
  const text = trimmed(value);
  if (isMarker(text)) return undefined;
  if (text === '0' || text === '1') return text === '1';
  return parseBoolean(text) ?? 'unreadable';
}
