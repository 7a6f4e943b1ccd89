/** Permutation importance: how much worse predictions are when a column tells nothing. */

import type { ColumnInfo } from '../data/column-kind.js';
import type { Table } from '../data/table.js';
import { allRows } from '../numbers/allocate.js';
import { Stream, shuffle } from '../numbers/random.js';
import { integer, oneOf, optional, optionsObject } from '../options/checks.js';
import { seedNumber } from '../options/network.js';
import type { InputShape } from './fit-input.js';
import { readEvaluation } from './predict-input.js';
import type { ColumnOverrides } from './rows.js';
import {
  type ClassifierEvaluation,
  type EstimatorMetric,
  type RegressorEvaluation,
  scoreOf,
} from './scoring.js';

/** How to measure importance. */
export interface ImportanceOptions<Metric extends EstimatorMetric = EstimatorMetric> {
  /** What is to become worse. Default: the estimator's metric. */
  metric?: Metric | undefined;
  /** How often each column is shuffled. Default 5. */
  repeats?: number | undefined;
  /** Fixes how. Default: the estimator's seed. */
  seed?: number | undefined;
}

/** The importance of one column. */
export interface ColumnImportance {
  name: string;
  /** By how much the score falls when the column's cells are shuffled, the mean over the repeats. */
  importance: number;
  /** Over the repeats, that of the population. */
  standardDeviation: number;
}

const repeatCount = integer(1, 10_000);

/** Checks the options of `importance`. Throws ERR_OPTION. */
function resolveImportance(
  value: unknown,
  metrics: readonly EstimatorMetric[],
  byDefault: { metric: EstimatorMetric; seed: number },
): { metric: EstimatorMetric; repeats: number; seed: number } {
  const options = optionsObject(value, ['metric', 'repeats', 'seed'], 'the options of importance');
  return {
    metric: optional(options.metric, 'metric', oneOf(metrics), byDefault.metric),
    repeats: optional(options.repeats, 'repeats', repeatCount, 5),
    seed: optional(options.seed, 'seed', seedNumber, byDefault.seed),
  };
}

/**
 * The importance of the columns that a model uses.
 *
 * @param metrics - those that may be asked for
 * @param given - rows with their labels, and the options of `importance`
 * @param evaluator - makes of labels what evaluates the rows, with a column shuffled
 */
export function importanceOf(
  { encoder, shape }: { encoder: { columns: readonly ColumnInfo[] }; shape: InputShape },
  settings: { columns: ColumnOverrides | null; metric: EstimatorMetric; seed: number },
  metrics: readonly EstimatorMetric[],
  given: { rows: unknown; labels: unknown; options: unknown },
  evaluator: (
    labels: ArrayLike<unknown>,
    table: Table,
  ) => (each: Table) => ClassifierEvaluation | RegressorEvaluation,
): ColumnImportance[] {
  const { metric, ...how } = resolveImportance(given.options, metrics, settings);
  const { table, labels } = readEvaluation(given.rows, given.labels, undefined, settings.columns, shape);
  const evaluate = evaluator(labels, table);
  const names = encoder.columns.flatMap(({ name, used }) => (used ? name : []));
  return permutationImportance(table, names, (each) => scoreOf(metric, evaluate(each)), how);
}

/**
 * The importance of `columns`, the most important first (Breiman, "Random forests", Machine Learning 2001, and
 * scikit-learn's `permutation_importance`). Columns that tell the same share it: each seems unimportant.
 *
 * @param score - the score of a table, the higher the better
 */
function permutationImportance(
  table: Table,
  columns: readonly string[],
  score: (table: Table) => number,
  { repeats, seed }: { repeats: number; seed: number },
): ColumnImportance[] {
  const before = score(table);
  const importances = columns.map((name): ColumnImportance => {
    const index = table.names.indexOf(name);
    if (index < 0) return { name, importance: 0, standardDeviation: 0 };
    const falls = Array.from({ length: repeats }, (_, repeat) => {
      const order = allRows(table.rowCount);
      // The first thousands of positions are for the splits.
      shuffle(order, seed, Stream.estimator, 2 ** 16 + index * repeats + repeat);
      return before - score(shuffledColumn(table, index, order));
    });
    const importance = falls.reduce((sum, fall) => sum + fall, 0) / repeats;
    const variance = falls.reduce((sum, fall) => sum + (fall - importance) ** 2, 0) / repeats;
    return { name, importance, standardDeviation: Math.sqrt(variance) };
  });
  return importances.sort((a, b) => b.importance - a.importance);
}

function shuffledColumn(table: Table, index: number, order: Uint32Array): Table {
  return {
    rowCount: table.rowCount,
    names: table.names,
    unnamed: table.unnamed ?? false,
    values: (column) => {
      const values = table.values(column);
      return column === index ? Array.from(order, (row) => values[row]) : values;
    },
  };
}
