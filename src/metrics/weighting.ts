/** What all metrics share: rows count equally, or each by its weight. */

import { ChainruleError, show } from '../error.js';
import { integer, optional, optionsObject } from '../options/checks.js';

/** Options of every metric. */
export interface MetricOptions {
  /** How much each row counts, (rows), at least 0. Default: all the same. */
  sampleWeight?: ArrayLike<number> | null | undefined;
}

const columnCount = integer(1, 2 ** 31 - 1);

/** Checks the options of a metric; `columns` is the name of its own one, if it has one. Throws ERR_OPTION. */
export function metricOptions(
  options: unknown,
  metric: string,
  columns?: 'classes' | 'outputs',
): { sampleWeight: unknown; columns: number | undefined } {
  const known = ['sampleWeight', ...(columns === undefined ? [] : [columns])];
  const given = optionsObject(options, known, `the options of ${metric}`);
  return {
    sampleWeight: given.sampleWeight ?? null,
    columns: columns && optional(given[columns], columns, columnCount, undefined),
  };
}

/**
 * Throws ERR_DATA unless `values` is an array of numbers, ERR_SHAPE unless it has `expected` of them. Predictions may be
 * NaN or infinite; the result is then what the formula gives.
 */
export function checkNumbers(
  name: string,
  values: unknown,
  expected: number | null,
): asserts values is ArrayLike<number> {
  const length: unknown =
    typeof values === 'object' && values !== null ? (values as { length?: unknown }).length : null;
  if (typeof length !== 'number') {
    throw new ChainruleError('ERR_DATA', `${name} is ${show(values)}, expected an array of numbers`);
  }
  if (expected !== null && length !== expected) {
    throw new ChainruleError('ERR_SHAPE', `${name} has ${length} values, expected ${expected}`);
  }
  const each = values as ArrayLike<unknown>;
  for (let i = 0; i < length; i++) {
    if (typeof each[i] !== 'number') throw wrong(name, each[i], i, 'a number');
  }
}

/** The same for targets and what else is known: they must be finite. */
export function checkFinite(
  name: string,
  values: unknown,
  expected: number | null,
): asserts values is ArrayLike<number> {
  checkNumbers(name, values, expected);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw wrong(name, values[i], i, 'a finite number');
  }
}

function wrong(name: string, value: unknown, place: number, expected: string): ChainruleError {
  return new ChainruleError(
    'ERR_DATA',
    `${name} holds ${show(value)} in ${name === 'sampleWeight' ? 'row' : 'place'} ${place} (from 0), expected ${expected}`,
  );
}

/**
 * The number of rows in `values`, of `columns` each, and the weights checked against it.
 * Throws ERR_SHAPE unless there is a whole number of rows, at least one; ERR_DATA for a weight that is negative or not
 * finite, or if no weight is above 0.
 */
export function checkRows(
  name: string,
  values: ArrayLike<number>,
  columns: number,
  sampleWeight: unknown,
): { rows: number; weights: ArrayLike<number> | null } {
  const rows = values.length / columns;
  if (rows === 0 || !Number.isInteger(rows)) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `${name} has ${values.length} values, expected a multiple of ${columns}, at least one row`,
    );
  }
  if (sampleWeight === null) return { rows, weights: null };
  checkFinite('sampleWeight', sampleWeight, rows);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    if (sampleWeight[row] < 0) throw wrong('sampleWeight', sampleWeight[row], row, 'a number of at least 0');
    sum += sampleWeight[row];
  }
  if (sum === 0) throw new ChainruleError('ERR_DATA', 'sampleWeight is 0 in every row');
  return { rows, weights: sampleWeight };
}

/** sum(w_r value(r)) / sum(w_r) over the rows r; the plain mean if `weights` is null. */
export function weightedMean(
  rows: number,
  weights: ArrayLike<number> | null,
  value: (row: number) => number,
): number {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights === null ? 1 : weights[row];
    sum += weight * value(row);
    total += weight;
  }
  return sum / total;
}
