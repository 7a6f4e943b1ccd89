/** Reads rows to predict and to evaluate. */

import type { Table } from '../data/table.js';
import { toTable } from '../data/to-table.js';
import { ChainruleError } from '../error.js';
import { optionsObject } from '../options/checks.js';
import { featuresOf, type InputShape, labelled, namesFor } from './fit-input.js';
import { type ColumnOverrides, toWeights, valuesOf } from './rows.js';

/** How to evaluate. */
export interface EstimatorEvaluateOptions {
  /** How much each row counts, at least 0, or the name of a column with that. Default: all the same. */
  sampleWeight?: ArrayLike<number> | string | undefined;
}

/** The features of rows to predict; columns that are no features may be there or not. */
export function readFeatures(rows: unknown, columns: ColumnOverrides | null, shape: InputShape): Table {
  const table = toTable(rows, { columns: namesFor(rows, columns, shape) }, 'rows');
  return featuresOf(table, shape);
}

/** Rows with their labels and weights. Throws ERR_SHAPE without rows. */
export function readEvaluation(
  rows: unknown,
  labels: unknown,
  options: unknown,
  columns: ColumnOverrides | null,
  shape: InputShape,
): { table: Table; labels: ArrayLike<unknown>; weights: Float32Array | null } {
  const { sampleWeight } = optionsObject(options, ['sampleWeight'], 'the options of evaluate');
  const table = toTable(rows, { columns: namesFor(rows, columns, shape) }, 'rows');
  if (table.rowCount === 0) throw new ChainruleError('ERR_SHAPE', 'rows has no rows, expected at least one');
  const weights = sampleWeight === undefined ? null : valuesOf(sampleWeight, table, 'sampleWeight');
  return {
    ...labelled(table, labels, shape, 'rows'),
    weights: weights && toWeights(weights.values, 'sampleWeight'),
  };
}
