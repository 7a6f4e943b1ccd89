/** The rows of a cross-validation and their folds. */

import { type Label, LabelEncoder } from '../data/label-encoder.js';
import type { Table } from '../data/table.js';
import { ChainruleError } from '../error.js';
import { integer, optional } from '../options/checks.js';
import { seedNumber } from '../options/network.js';
import { formatOf, toNumbers, toWeights } from './number-values.js';
import type { EstimatorOptions } from './options.js';
import { namesOf, readRows, valuesOf, withoutColumns } from './rows.js';
import { groupFolds, kFolds, type Split, timeFolds } from './splits.js';

const foldCount = integer(2, 1000);

/** Rows read once, and their folds. */
export interface FoldData {
  /** The features. */
  table: Table;
  /** Columns of the rows that are no features. */
  dropped: readonly string[];
  labels: ArrayLike<unknown>;
  /** All labels there are, of which a fold may lack some; null for numbers. */
  classes: readonly Label[] | null;
  weights: Float32Array | null;
  groups: ArrayLike<unknown> | null;
  /** What to sort by, as for `fit`; undefined for random splits. */
  time: unknown;
  splits: Split[];
}

/** Reads what is cross-validated. `given` has the checked fields of `CrossValidateOptions`. */
export async function readFoldData(
  { columns, seed: ownSeed }: Pick<EstimatorOptions, 'columns'> & { seed: number },
  isRegressor: boolean,
  rows: unknown,
  labels: unknown,
  given: Readonly<Record<string, unknown>>,
  isOver: () => boolean,
): Promise<FoldData> {
  const folds = optional(given.folds, 'folds', foldCount, 5);
  const seed = optional(given.seed, 'seed', seedNumber, ownSeed);
  const table = await readRows(rows, namesOf(columns ?? null), 'rows', isOver);
  const own = valuesOf(labels, table, 'labels');
  const weights =
    given.sampleWeight === undefined ? null : valuesOf(given.sampleWeight, table, 'sampleWeight');
  const groups = given.groups === undefined ? null : valuesOf(given.groups, table, 'groups');
  const dropped = [own, weights, groups].flatMap((each) => each?.column ?? []);
  const encoder = isRegressor ? null : LabelEncoder.fit(own.values);
  const classes = encoder?.encode(own.values) ?? null;
  return {
    table: withoutColumns(table, dropped),
    dropped,
    labels: isRegressor ? toNumbers(own.values, 'labels', formatOf(own.values)) : own.values,
    classes: encoder?.classes ?? null,
    weights: weights && toWeights(weights.values, 'sampleWeight'),
    groups: groups?.values ?? null,
    time: given.time,
    splits: splitsOf(table, classes, groups?.values ?? null, given.time, folds, seed),
  };
}

function splitsOf(
  table: Table,
  classes: Int32Array | null,
  groups: ArrayLike<unknown> | null,
  time: unknown,
  folds: number,
  seed: number,
): Split[] {
  if (groups !== null && time !== undefined) {
    throw new ChainruleError('ERR_OPTION', 'groups and time are both given, expected at most one of them');
  }
  if (groups !== null) return groupFolds(groups, folds, seed);
  if (time !== undefined) {
    return timeFolds(table.rowCount, folds, time === true ? null : valuesOf(time, table, 'time').values);
  }
  return kFolds(table.rowCount, folds, seed, classes);
}
