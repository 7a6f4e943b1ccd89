/** Reads rows to predict and to evaluate. */

import type { Table } from '../data/table.js';
import { tableSteps, toTable } from '../data/to-table.js';
import { ChainruleError } from '../error.js';
import { callback, optional, optionsObject } from '../options/checks.js';
import type { Steps } from '../turns.js';
import { coverageNumber } from './conformal.js';
import { featuresOf, type InputShape, labelled, namesFor } from './fit-input.js';
import { type NumberLike, toWeights } from './number-values.js';
import type { OnWarning } from './outputs.js';
import { type ColumnOverrides, valuesOf } from './rows.js';

/** How to predict. */
export interface PredictOptions {
  /**
   * Called with a sentence about each column that has odd cells in these rows: categories that training did not
   * have, infinite numbers, fields that rows lack though training always had them. If it throws, the call does.
   */
  onWarning?: ((message: string) => void) | undefined;
}

/** How to predict intervals. */
export interface IntervalOptions extends PredictOptions {
  /** Share of new rows whose target the interval is to contain; above 0, below 1. Default 0.9. */
  coverage?: number | undefined;
}

/** How to evaluate. */
export interface EstimatorEvaluateOptions extends PredictOptions {
  /** How much each row counts, at least 0, or the name of a column with that. Default: all the same. */
  sampleWeight?: ArrayLike<NumberLike> | string | undefined;
}

/** Checks the options of a method that predicts, of which `more` are its own. Throws ERR_OPTION. */
export function resolvePredict(
  value: unknown,
  method: string,
  more: readonly string[] = [],
): Readonly<Record<string, unknown>> & { onWarning: OnWarning } {
  const options = optionsObject(value, ['onWarning', ...more], `the options of ${method}`);
  return { ...options, onWarning: optional(options.onWarning, 'onWarning', callback<string>, null) };
}

const DEFAULT_COVERAGE = 0.9;

/** Checks the options of `predictInterval`. Throws ERR_OPTION. */
export function resolveInterval(value: unknown): { coverage: number; onWarning: OnWarning } {
  const { coverage, onWarning } = resolvePredict(value, 'predictInterval', ['coverage']);
  return { coverage: optional(coverage, 'coverage', coverageNumber, DEFAULT_COVERAGE), onWarning };
}

/** The features of rows to predict; columns that are no features may be there or not. In steps. */
export function* readFeatures(
  rows: unknown,
  columns: ColumnOverrides | null,
  shape: InputShape,
): Steps<Table> {
  const table = yield* tableSteps(rows, { columns: namesFor(rows, columns, shape) }, 'rows');
  return featuresOf(table, shape);
}

/** Rows with their labels and weights. Throws ERR_SHAPE without rows. */
export function readEvaluation(
  rows: unknown,
  labels: unknown,
  sampleWeight: unknown,
  columns: ColumnOverrides | null,
  shape: InputShape,
): { table: Table; labels: ArrayLike<unknown>; weights: Float32Array | null } {
  const table = toTable(rows, { columns: namesFor(rows, columns, shape) }, 'rows');
  if (table.rowCount === 0) throw new ChainruleError('ERR_SHAPE', 'rows has no rows, expected at least one');
  const weights = sampleWeight === undefined ? null : valuesOf(sampleWeight, table, 'sampleWeight');
  return {
    ...labelled(table, labels, shape, 'rows'),
    weights: weights && toWeights(weights.values, 'sampleWeight'),
  };
}
