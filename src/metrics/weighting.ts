/** What all metrics share: rows count equally, or each by its weight. */

import { ChainruleError } from '../error.js';

/** Options of every metric. */
export interface MetricOptions {
  /** How much each row counts, (rows), at least 0. Default: all the same. */
  sampleWeight?: ArrayLike<number> | null | undefined;
}

/** Throws ERR_SHAPE unless `values` has `expected` of them. */
export function checkLength(name: string, values: ArrayLike<number>, expected: number): void {
  if (values.length === expected) return;
  throw new ChainruleError('ERR_SHAPE', `${name} has ${values.length} values, expected ${expected}`);
}

/**
 * The number of rows in `values`, of `columns` each, and the weights checked against it.
 * Throws ERR_SHAPE unless there is a whole number of rows, at least one; ERR_DATA for a negative weight, or if
 * no weight is above 0.
 */
export function checkRows(
  name: string,
  values: ArrayLike<number>,
  columns: number,
  { sampleWeight }: MetricOptions,
): { rows: number; weights: ArrayLike<number> | null } {
  const rows = values.length / columns;
  if (rows === 0 || !Number.isInteger(rows)) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `${name} has ${values.length} values, expected a multiple of ${columns}, at least one row`,
    );
  }
  const weights = sampleWeight ?? null;
  if (weights !== null) {
    checkLength('sampleWeight', weights, rows);
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      if (!(weights[row] >= 0)) {
        throw new ChainruleError(
          'ERR_DATA',
          `sampleWeight holds ${weights[row]} in row ${row}, expected a number of at least 0`,
        );
      }
      sum += weights[row];
    }
    if (sum === 0) throw new ChainruleError('ERR_DATA', 'sampleWeight is 0 in every row');
  }
  return { rows, weights };
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
