/**
 * Numbers as features: the scaled value, whether it is missing if it sometimes was in training, and with many rows how
 * far it has come through each of several ranges.
 */

import { newDoubles } from '../numbers/allocate.js';
import type { Steps } from '../turns.js';
import type { CellFaults } from './cell-faults.js';
import { type Cells, type ColumnWriter, type Destination, readInSteps } from './column-writer.js';
import { indicatorScale, indicatorValues } from './flags.js';
import { isMarkerAmongNumbers, isMissing, trimmed } from './missing-cells.js';
import { type NumberFormat, numberWords, parseNumber } from './number-text.js';
import { knotsOf, writePieces } from './pieces.js';
import { type Scale, scaleOf, smoothClip } from './robust-scale.js';
import type { Written } from './table.js';

/** The part of a numeric column that is saved. */
export interface NumericState {
  readonly type: 'numeric';
  readonly format: NumberFormat;
  /** Of the value, then of the indicator of missing cells if there is one. */
  readonly scales: readonly Scale[];
  /** Ends of the ranges that have a feature each, ascending; see `pieces.ts`. Empty for none. */
  readonly knots: readonly number[];
}

/** The cells of a column as numbers, NaN for missing and infinite ones; they may be those of the column itself. */
export function* readNumbers(
  values: ArrayLike<unknown>,
  format: NumberFormat,
  faults: CellFaults,
): Steps<Float64Array> {
  if (values instanceof Float64Array && (yield* isWithoutInfinities(values))) return values;
  const numbers = newDoubles(values.length, 'the numbers of a column');
  yield* readInSteps(values, ({ from, to }) => {
    for (let row = from; row < to; row++) numbers[row] = readNumber(values[row], row, format, faults);
  });
  return numbers;
}

function* isWithoutInfinities(values: Float64Array): Steps<boolean> {
  let infinite = 0;
  yield* readInSteps(values, ({ from, to }) => {
    for (let row = from; row < to; row++) if (Math.abs(values[row]) === Number.POSITIVE_INFINITY) infinite++;
  });
  return infinite === 0;
}

function readNumber(value: unknown, row: number, format: NumberFormat, faults: CellFaults): number {
  const number = typeof value === 'number' ? value : readOther(value, row, format, faults);
  if (number !== Number.POSITIVE_INFINITY && number !== Number.NEGATIVE_INFINITY) return number;
  faults.infinite(row, value);
  return Number.NaN;
}

function readOther(value: unknown, row: number, format: NumberFormat, faults: CellFaults): number {
  if (isMissing(value)) return Number.NaN;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') {
    const text = trimmed(value);
    const number = parseNumber(text, format);
    if (number !== undefined) return number;
    if (isMarkerAmongNumbers(text)) return Number.NaN;
  }
  faults.unreadable(row, value, numberWords(format, value));
  return Number.NaN;
}

/** Those that are not NaN; all if none is. */
export function knownOf(numbers: Float64Array): Float64Array {
  if (!hasNaN(numbers)) return numbers;
  const known = newDoubles(numbers.length, 'the numbers of a column');
  let count = 0;
  for (let row = 0; row < numbers.length; row++)
    if (!Number.isNaN(numbers[row])) known[count++] = numbers[row];
  return known.subarray(0, count);
}

function hasNaN(numbers: Float64Array): boolean {
  for (let row = 0; row < numbers.length; row++) if (Number.isNaN(numbers[row])) return true;
  return false;
}

/** Learns the features of a column of `rows` cells from its known numbers, with at most `pieces` ranges. */
export function* fitNumbers(
  known: Float64Array,
  rows: number,
  format: NumberFormat,
  pieces: number,
): Steps<NumericState> {
  const scale = scaleOf(known);
  yield;
  const knots = knotsOf(known, scale, pieces);
  return { type: 'numeric', format, scales: [scale, ...indicatorScale(rows - known.length, rows)], knots };
}

/** Writes a scaled value, for a missing one the median, which is 0 after scaling; the indicator; and the ranges. */
export function numericWriter({ format, scales, knots }: NumericState): ColumnWriter {
  const [scale, ofIndicator] = scales;
  const indicator = ofIndicator && indicatorValues(ofIndicator);
  const ends = knots.map((knot) => smoothClip(knot, scale));
  const first = scales.length;
  const ofMedian = new Float32Array(Math.max(ends.length - 1, 0));
  writePieces(0, ends, ofMedian, 0);
  return {
    resting: [0, ...(indicator ? [indicator.missing] : []), ...ofMedian],
    write(
      { values, from, to, firstRow, written }: Cells,
      { features, width, start }: Destination,
      faults: CellFaults,
    ) {
      const own = writtenFormat(format, written);
      const isForeign = own.decimal !== format.decimal;
      for (let row = from, at = start; row < to; row++, at += width) {
        const value = values[row];
        const number = readNumber(value, firstRow + row, own, faults);
        if (Number.isNaN(number)) continue;
        if (isForeign && typeof value === 'string') faults.foreign(firstRow + row, value, numberWords(own));
        const scaled = smoothClip(number, scale);
        features[at] = scaled;
        if (indicator) features[at + 1] = indicator.known;
        writePieces(scaled, ends, features, at + first);
      }
    },
  };
}

/** The format of the training rows, in the way of a file that tells its own. */
function writtenFormat(format: NumberFormat, written: Written | undefined): NumberFormat {
  const decimal = written?.decimal;
  return decimal === undefined ? format : { ...format, decimal, groups: true };
}

export function numericNames(name: string, { scales, knots }: NumericState): string[] {
  const ranges = knots.slice(0, -1).map((lower) => `${name} from ${lower}`);
  return [name, ...(scales.length > 1 ? [`${name} missing`] : []), ...ranges];
}
