/** Targets and weights: numbers, or texts of numbers that are all written in one way. */

import { LEAVE_OUT } from '../data/label-encoder.js';
import { isMissing, trimmed } from '../data/missing-cells.js';
import { detectNumberFormat } from '../data/number-format.js';
import { type NumberFormat, numberWords, PLAIN, parseNumber } from '../data/number-text.js';
import { weighs } from '../data/samples.js';
import { byPlace } from '../data/table.js';
import { TextCounter } from '../data/text-counts.js';
import { ChainruleError, show } from '../error.js';
import { newDoubles, newFloats } from '../numbers/allocate.js';
import { finish } from '../turns.js';

/** A number, or the text of one: '1050.5', '1,050.50', '$1,050.50' or '1050,5', all in one way. */
export type NumberLike = number | bigint | string;

/** How the numbers among the texts of `values` are written. */
export function formatOf(values: ArrayLike<unknown>): NumberFormat {
  const counter = new TextCounter();
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value === 'string') counter.add(trimmed(value));
  }
  return finish(detectNumberFormat(counter.counts))?.format ?? PLAIN;
}

/**
 * Checks sample weights, one for each row.
 *
 * @throws {@link ChainruleError} ERR_DATA unless they are at least 0 and not all 0
 */
export function toWeights(values: ArrayLike<unknown>, name: string): Float32Array {
  const weights = readWeights(values, name, formatOf(values));
  if (weights.some(weighs)) return weights;
  throw new ChainruleError('ERR_DATA', `${name} is 0 in every row, expected a number above 0 in some`);
}

/** The same of some of the rows, which may all have the weight 0. @param format - of weights that are texts */
export function readWeights(values: ArrayLike<unknown>, name: string, format: NumberFormat): Float32Array {
  const weights = newFloats(values.length, name);
  for (let row = 0; row < weights.length; row++) {
    const weight = numberOf(values[row], format);
    if (!(weight >= 0) || !Number.isFinite(Math.fround(weight))) {
      throw wrongNumber(
        name,
        values[row],
        byPlace(row),
        `${numberWords(format, values[row])} from 0 to 3.4e38`,
      );
    }
    weights[row] = weight;
  }
  return weights;
}

/**
 * Checks the targets of a regressor, one number for each row.
 *
 * @param format - of targets that are texts
 * @param where - what messages call a row
 * @throws {@link ChainruleError} ERR_DATA
 */
export function toNumbers(
  values: ArrayLike<unknown>,
  name: string,
  format: NumberFormat,
  where = byPlace,
): Float64Array {
  const targets = newDoubles(values.length, name);
  for (let row = 0; row < targets.length; row++) {
    const target = numberOf(values[row], format);
    // The differences between any two have to be finite in float32.
    if (!Number.isFinite(Math.fround(4 * target))) {
      const range = Number.isFinite(target) ? ' from -8.5e37 to 8.5e37' : '';
      throw wrongNumber(name, values[row], where(row), `${numberWords(format, values[row])}${range}`);
    }
    targets[row] = target;
  }
  return targets;
}

/** NaN for a value that is no number. */
function numberOf(value: unknown, format: NumberFormat): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' ? (parseNumber(trimmed(value), format) ?? Number.NaN) : Number.NaN;
}

function wrongNumber(name: string, value: unknown, where: string, expected: string): ChainruleError {
  const advice = isMissing(value) ? `; ${LEAVE_OUT}` : '';
  return new ChainruleError(
    'ERR_DATA',
    `${name} holds ${show(value)} in ${where}, expected ${expected}${advice}`,
  );
}
