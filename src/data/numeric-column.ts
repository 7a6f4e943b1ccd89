/** Numbers as features: the scaled value, and whether it is missing if it sometimes was in training. */

import type { CellFaults } from './cell-faults.js';
import { isMarkerAmongNumbers, isMissing, trimmed } from './missing-cells.js';
import { type NumberFormat, parseNumber } from './number-text.js';
import { type Scale, scaleFlag, scaleOf, scaleOfCounts, smoothClip } from './robust-scale.js';

/** The part of a numeric column that is saved. */
export interface NumericState {
  readonly type: 'numeric';
  readonly format: NumberFormat;
  /** Of the value, then of the indicator of missing cells if there is one. */
  readonly scales: readonly Scale[];
}

/** The cells of a column as numbers, NaN for missing and infinite ones. */
export function readNumbers(
  values: ArrayLike<unknown>,
  format: NumberFormat,
  faults: CellFaults,
): Float64Array {
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < numbers.length; row++) {
    const value = values[row];
    const number = typeof value === 'number' ? value : readOther(value, row, format, faults);
    if (number === Number.POSITIVE_INFINITY || number === Number.NEGATIVE_INFINITY) {
      faults.infinite(row, value);
      numbers[row] = Number.NaN;
    } else {
      numbers[row] = number;
    }
  }
  return numbers;
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

function numberWords({ decimal, unit }: NumberFormat): string {
  const style = decimal === ',' ? ' with a decimal comma' : '';
  return `a number${style}${unit === '' ? '' : ` with ${unit}`}`;
}

/** Learns the features of numbers, NaN for missing ones. */
export function fitNumbers(numbers: Float64Array, format: NumberFormat): NumericState {
  return { type: 'numeric', format, scales: scalesWithIndicator([numbers]) };
}

/**
 * The scales of values that are missing in the same rows, and of the indicator of these rows if there are any.
 * The quartiles are those of the known values.
 */
export function scalesWithIndicator(parts: readonly Float64Array[]): Scale[] {
  const [{ length }] = parts;
  const missing = missingCount(parts[0]);
  const scales = parts.map(scaleOf);
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

/** Where the features of a column go: into `features`, (rows, width), from the column `start`. */
export interface Destination {
  readonly features: Float32Array;
  readonly width: number;
  readonly start: number;
}

/** Writes a scaled feature; a missing value becomes the median, which is 0 after scaling. */
export function writeScaled(numbers: Float64Array, scale: Scale, to: Destination, feature: number): void {
  const { features, width, start } = to;
  for (let row = 0, at = start + feature; row < numbers.length; row++, at += width) {
    const number = numbers[row];
    features[at] = Number.isNaN(number) ? 0 : smoothClip(number, scale);
  }
}

/** Writes the indicator of missing values. */
export function writeIndicator(numbers: Float64Array, scale: Scale, to: Destination, feature: number): void {
  const { features, width, start } = to;
  const [known, missing] = [scaleFlag(0, scale), scaleFlag(1, scale)];
  for (let row = 0, at = start + feature; row < numbers.length; row++, at += width) {
    features[at] = Number.isNaN(numbers[row]) ? missing : known;
  }
}

export function writeNumbers(numbers: Float64Array, { scales }: NumericState, to: Destination): void {
  writeScaled(numbers, scales[0], to, 0);
  if (scales.length > 1) writeIndicator(numbers, scales[1], to, 1);
}

export function numericNames(name: string, { scales }: NumericState): string[] {
  return scales.length > 1 ? [name, `${name} missing`] : [name];
}
