/**
 * Numbers as features: the scaled value, whether it is missing if it sometimes was in training, and with many rows how
 * far it has come through each of several ranges.
 */

import type { Steps } from '../turns.js';
import type { CellFaults } from './cell-faults.js';
import { type Cells, type ColumnWriter, type Destination, readInSteps } from './column-writer.js';
import { isMarkerAmongNumbers, isMissing, trimmed } from './missing-cells.js';
import { type NumberFormat, numberWords, parseNumber } from './number-text.js';
import { knotsOf, writePieces } from './pieces.js';
import { type Scale, scaleFlag, scaleOf, scaleOfCounts, smoothClip } from './robust-scale.js';

/** The part of a numeric column that is saved. */
export interface NumericState {
  readonly type: 'numeric';
  readonly format: NumberFormat;
  /** Of the value, then of the indicator of missing cells if there is one. */
  readonly scales: readonly Scale[];
  /** Ends of the ranges that have a feature each, ascending; see `pieces.ts`. Empty for none. */
  readonly knots: readonly number[];
}

/** The cells of a column as numbers, NaN for missing and infinite ones. */
export function* readNumbers(
  values: ArrayLike<unknown>,
  format: NumberFormat,
  faults: CellFaults,
): Steps<Float64Array> {
  const numbers = new Float64Array(values.length);
  yield* readInSteps(values, ({ from, to }) => {
    for (let row = from; row < to; row++) numbers[row] = readNumber(values[row], row, format, faults);
  });
  return numbers;
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
  faults.unreadable(row, value, numberWords(format));
  return Number.NaN;
}

/** Learns the features of numbers, NaN for missing ones, with at most `pieces` ranges. */
export function* fitNumbers(
  numbers: Float64Array,
  format: NumberFormat,
  pieces: number,
): Steps<NumericState> {
  const scales = yield* scalesWithIndicator([numbers]);
  return { type: 'numeric', format, scales, knots: knotsOf(numbers, scales[0], pieces) };
}

/**
 * The scales of values that are missing in the same rows, and of the indicator of these rows if there are any.
 * The quartiles are those of the known values.
 */
export function* scalesWithIndicator(parts: readonly Float64Array[]): Steps<Scale[]> {
  const [{ length }] = parts;
  const missing = missingCount(parts[0]);
  const scales: Scale[] = [];
  for (const part of parts) {
    scales.push(scaleOf(part));
    yield;
  }
  if (missing === 0) return scales;
  const indicator = scaleOfCounts([
    [0, length - missing],
    [1, missing],
  ]);
  return [...scales, indicator];
}

export function missingCount(numbers: Float64Array): number {
  let missing = 0;
  for (let row = 0; row < numbers.length; row++) if (Number.isNaN(numbers[row])) missing++;
  return missing;
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
      { values, from, to, firstRow }: Cells,
      { features, width, start }: Destination,
      faults: CellFaults,
    ) {
      for (let row = from, at = start; row < to; row++, at += width) {
        const number = readNumber(values[row], firstRow + row, format, faults);
        if (Number.isNaN(number)) continue;
        const scaled = smoothClip(number, scale);
        features[at] = scaled;
        if (indicator) features[at + 1] = indicator.known;
        writePieces(scaled, ends, features, at + first);
      }
    },
  };
}

/** The features that say whether a cell is missing. */
export function indicatorValues(scale: Scale): { known: number; missing: number } {
  return { known: scaleFlag(0, scale), missing: scaleFlag(1, scale) };
}

export function numericNames(name: string, { scales, knots }: NumericState): string[] {
  const ranges = knots.slice(0, -1).map((lower) => `${name} from ${lower}`);
  return [name, ...(scales.length > 1 ? [`${name} missing`] : []), ...ranges];
}
