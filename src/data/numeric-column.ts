/** Numbers as features: the scaled value, and whether it is missing if it sometimes was in training. */

import type { Steps } from '../turns.js';
import type { CellFaults } from './cell-faults.js';
import { type Cells, type ColumnWriter, type Destination, readInSteps } from './column-writer.js';
import { isMarkerAmongNumbers, isMissing, trimmed } from './missing-cells.js';
import { type NumberFormat, numberWords, parseNumber } from './number-text.js';
import { type Scale, scaleOf, scaleOfCounts, smoothClip } from './robust-scale.js';

/** The part of a numeric column that is saved. */
export interface NumericState {
  readonly type: 'numeric';
  readonly format: NumberFormat;
  /** Of the value, then of the indicator of missing cells if there is one. */
  readonly scales: readonly Scale[];
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

/** Learns the features of numbers, NaN for missing ones. */
export function* fitNumbers(numbers: Float64Array, format: NumberFormat): Steps<NumericState> {
  return { type: 'numeric', format, scales: yield* scalesWithIndicator([numbers]) };
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

/** Writes a scaled value, for a missing one the median, which is 0 after scaling; and the indicator. */
export function numericWriter({ format, scales }: NumericState): ColumnWriter {
  const [scale, ofIndicator] = scales;
  const indicator = ofIndicator && indicatorValues(ofIndicator);
  return {
    resting: indicator ? [0, indicator.missing] : [0],
    write(
      { values, from, to, firstRow }: Cells,
      { features, width, start }: Destination,
      faults: CellFaults,
    ) {
      for (let row = from, at = start; row < to; row++, at += width) {
        const number = readNumber(values[row], firstRow + row, format, faults);
        if (Number.isNaN(number)) continue;
        features[at] = smoothClip(number, scale);
        if (indicator) features[at + 1] = indicator.known;
      }
    },
  };
}

/** The features that say whether a cell is missing. */
export function indicatorValues(scale: Scale): { known: number; missing: number } {
  return { known: smoothClip(0, scale), missing: smoothClip(1, scale) };
}

export function numericNames(name: string, { scales }: NumericState): string[] {
  return scales.length > 1 ? [name, `${name} missing`] : [name];
}
