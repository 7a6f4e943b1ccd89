/** How good an estimator is on rows that it has not seen. */

import type { Label } from '../data/label-encoder.js';
import { takeRows } from '../data/table.js';
import { ChainruleError, show } from '../error.js';
import { type AbortSignalLike, abortSignal } from '../network/abort-signal.js';
import { callback, integer, oneOf, optional, optionsObject, positive } from '../options/checks.js';
import { defaults } from '../options/defaults.js';
import { MLPClassifier } from './classifier.js';
import type { EstimatorFitOptions } from './fit-options.js';
import { type FoldData, readFoldData } from './fold-data.js';
import { untilCut } from './nothing-learnt.js';
import type { NumberLike } from './number-values.js';
import type { ClassifierMetric, RegressorMetric } from './options.js';
import { runPool } from './pool.js';
import { MLPRegressor } from './regressor.js';
import { choicesOf, type FitRows } from './rows.js';
import {
  type ClassifierEvaluation,
  type EstimatorMetric,
  type RegressorEvaluation,
  scoreOf,
} from './scoring.js';
import type { Split } from './splits.js';

/** Either estimator. */
// biome-ignore lint/suspicious/noExplicitAny: of any labels and rows
export type AnyEstimator = MLPClassifier<any, any> | MLPRegressor<any>;
/** How good it is. */
export type EvaluationOf<E> = E extends MLPRegressor ? RegressorEvaluation : ClassifierEvaluation;

/** How to cross-validate. */
export interface CrossValidateOptions<Metric extends EstimatorMetric = EstimatorMetric> {
  /** Number of parts; each is tested once by an estimator fitted on the others. Default 5. */
  folds?: number | undefined;
  /** What `scores` are. Default: the metric of the estimator. */
  metric?: Metric | undefined;
  /** How much each row counts in fits and scores, or the name of a column with that. */
  sampleWeight?: ArrayLike<NumberLike> | string | undefined;
  /** Which rows belong together, an array or the name of a column: a group is never parted. */
  groups?: ArrayLike<unknown> | string | undefined;
  /**
   * Fits on the past and tests on what follows: true if the rows are in order, or an array or the name of a column
   * to sort by. Not with `groups`.
   */
  time?: true | ArrayLike<unknown> | string | undefined;
  /** Fixes the folds. Default: the seed of the estimator. */
  seed?: number | undefined;
  /** Folds fitted at once, each on one thread. Default: the threads of the estimator. */
  parallel?: number | undefined;
  /**
   * Ends the fits at the next step; the results are those of what was learnt until then. ERR_UNFITTED if a fold has learnt
   * nothing by then.
   */
  signal?: AbortSignalLike | undefined;
  /** Called after each fold. */
  onFold?: ((fold: { fold: number; score: number }) => unknown) | undefined;
  /** Ends the fits after about this many milliseconds together. Default: never. */
  maxTimeMs?: number | undefined;
}

/** One fold. */
export interface Fold<Evaluation> {
  /** The higher, the better: errors and losses are negative. NaN if the metric is not defined on its rows. */
  score: number;
  evaluation: Evaluation;
  /** The rows that were tested. */
  testRows: Uint32Array;
  /** Wall time of the fit. */
  seconds: number;
}

/** What came of a cross-validation. */
export interface CrossValidation<Evaluation, Prediction> {
  metric: EstimatorMetric;
  /** One for each fold; the higher, the better. */
  scores: number[];
  /** Of the scores. */
  mean: number;
  /** Of the scores, that of the population. */
  standardDeviation: number;
  folds: Fold<Evaluation>[];
  /** The prediction for each row by the estimator that had not seen it; undefined if it was never tested. */
  predictions: (Prediction | undefined)[];
}

/** The options that a search passes on. */
export const VALIDATION_FIELDS = [
  'folds',
  'metric',
  'sampleWeight',
  'groups',
  'time',
  'seed',
  'parallel',
  'signal',
  'maxTimeMs',
] as const satisfies (keyof CrossValidateOptions)[];
const FIELDS = [...VALIDATION_FIELDS, 'onFold'] as const satisfies (keyof CrossValidateOptions)[];

const count = integer(1, 1024);
const METRICS: { classifier: readonly ClassifierMetric[]; regressor: readonly RegressorMetric[] } = {
  classifier: ['accuracy', 'logLoss', 'auc'],
  regressor: ['rmse', 'mae', 'r2'],
};

/**
 * Fits a fresh estimator of the same options on each part of the rows and tests it on the rest. The estimator that
 * is given stays as it is. The folds of a classifier have its classes in equal shares, unless there are groups or
 * times. A class that is in none of the rows of a fit, as one with a single row must be once, has a probability
 * all the same, of nearly 0: its rows in the test count as mistakes.
 *
 * @param labels - as for `fit`
 * @throws {@link ChainruleError} ERR_OPTION, ERR_SHAPE, ERR_DATA, ERR_DIVERGED, ERR_UNFITTED
 */
export async function crossValidate<E extends AnyEstimator>(
  estimator: E,
  rows: FitRows,
  labels: ArrayLike<unknown> | string,
  options: CrossValidateOptions = {},
): Promise<CrossValidation<EvaluationOf<E>, ReturnType<E['predict']>[number]>> {
  checkEstimator(estimator);
  const given = optionsObject(options, FIELDS, 'the options of crossValidate');
  const metric = metricOf(estimator, given.metric);
  const parallel = optional(given.parallel, 'parallel', count, threadsOf(estimator));
  const signal = optional(given.signal, 'signal', abortSignal, null);
  const onFold = optional(given.onFold, 'onFold', callback<{ fold: number; score: number }>, null);
  const deadline = performance.now() + optional(given.maxTimeMs, 'maxTimeMs', positive, Infinity);
  const data = await untilCut({ signal, deadline }, (isOver) =>
    readFoldData(estimator.options, estimator instanceof MLPRegressor, rows, labels, given, isOver),
  );
  const atOnce = Math.min(parallel, data.splits.length);
  const predictions = new Array<unknown>(data.table.rowCount).fill(undefined);
  const tasks = data.splits.map((split, fold) => async () => {
    const rounds = Math.ceil((data.splits.length - fold) / atOnce);
    const left = (deadline - performance.now()) / rounds;
    const result = await runFold(estimator, data, split, {
      metric,
      signal,
      maxTimeMs: Number.isFinite(left) ? Math.max(left, 1) : undefined,
      threads: atOnce > 1 ? 1 : undefined,
    });
    result.predictions.forEach((prediction, i) => {
      predictions[split.heldOut[i]] = prediction;
    });
    onFold?.({ fold, score: result.fold.score });
    return result.fold;
  });
  const folds = await runPool(tasks, atOnce);
  const scores = folds.map(({ score }) => score);
  // The class of the estimator decides the types, which the compiler cannot follow.
  return { metric, scores, ...spreadOf(scores), folds, predictions } as never;
}

/** The mean and the standard deviation of some numbers. */
function spreadOf(scores: readonly number[]): { mean: number; standardDeviation: number } {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  return { mean, standardDeviation: Math.sqrt(variance) };
}

/** The metric that is asked for, or that of the estimator. Throws ERR_OPTION for one of the other kind. */
export function metricOf(estimator: AnyEstimator, given: unknown): EstimatorMetric {
  const isRegressor = estimator instanceof MLPRegressor;
  const names: readonly EstimatorMetric[] = isRegressor ? METRICS.regressor : METRICS.classifier;
  return optional(given, 'metric', oneOf(names), estimator.options.metric ?? names[0]);
}

function threadsOf(estimator: AnyEstimator): number {
  return estimator.options.threads ?? defaults.threads();
}

/** How one fold is fitted. */
interface FoldControl {
  metric: EstimatorMetric;
  signal: AbortSignalLike | null;
  maxTimeMs: number | undefined;
  /** undefined: those of the estimator. */
  threads: number | undefined;
}

/** Fits a fresh estimator on the rows of a split that train, and tests it on those held out. */
async function runFold(
  estimator: AnyEstimator,
  { table, dropped, labels, classes, weights, groups, time }: FoldData,
  { training, heldOut }: Split,
  { metric, signal, maxTimeMs, threads }: FoldControl,
): Promise<{ fold: Fold<object>; predictions: unknown[] }> {
  const started = performance.now();
  const labelsOf = (rows: Uint32Array) => Array.from(rows, (row) => labels[row]) as Label[];
  const weightsOf = (rows: Uint32Array) =>
    weights === null ? {} : { sampleWeight: Float32Array.from(rows, (row) => weights[row]) };
  // As far as this function goes, both estimators have the same methods.
  const fresh = freshOf(estimator, dropped, threads) as MLPClassifier;
  try {
    await fresh.fit(takeRows(table, training), labelsOf(training), {
      ...weightsOf(training),
      ...(groups === null ? {} : { groups: Array.from(training, (row) => groups[row]) }),
      ...timeOf(time, training, estimator),
      ...(classes === null ? {} : { classes }),
      signal: signal ?? undefined,
      maxTimeMs,
    });
    const seconds = (performance.now() - started) / 1000;
    const tested = takeRows(table, heldOut);
    const evaluation = fresh.evaluate(tested, labelsOf(heldOut), weightsOf(heldOut));
    const fold = { score: scoreOf(metric, evaluation), evaluation, testRows: heldOut, seconds };
    return { fold, predictions: fresh.predict(tested) };
  } catch (error) {
    if (!(error instanceof ChainruleError)) throw error;
    const { code, message } = error;
    if (code === 'ERR_UNFITTED') {
      throw new ChainruleError(code, `a fold of ${heldOut.length} rows was ended before its first step`, {
        cause: error,
      });
    }
    if (code !== 'ERR_DATA') throw error;
    // A fold can lack a kind of value that its test has.
    throw new ChainruleError(code, `a fold of ${heldOut.length} rows: ${message}`, { cause: error });
  } finally {
    fresh.dispose();
  }
}

/** What the rows that train are held out by. Members are tested on folds of their own. */
function timeOf(
  time: unknown,
  training: Uint32Array,
  estimator: AnyEstimator,
): Pick<EstimatorFitOptions, 'time'> {
  const { members = 1 } = estimator.options;
  if (time === undefined || members > 1) return {};
  if (time === true || typeof time === 'string') return { time };
  const times = time as ArrayLike<unknown>;
  return { time: Array.from(training, (row) => times[row]) };
}

function checkEstimator(estimator: unknown): void {
  if (estimator instanceof MLPClassifier || estimator instanceof MLPRegressor) return;
  throw new ChainruleError(
    'ERR_OPTION',
    `estimator is ${show(estimator)}, expected an MLPClassifier or an MLPRegressor`,
  );
}

/** An unfitted estimator of the same class and options, for rows without the columns that were dropped. */
function freshOf(estimator: AnyEstimator, dropped: readonly string[], threads?: number): AnyEstimator {
  const { columns = null } = estimator.options;
  const changes = {
    ...(threads === undefined ? {} : { threads }),
    ...(columns === null ? {} : { columns: choicesOf(columns, dropped) }),
  };
  return estimator instanceof MLPRegressor
    ? new MLPRegressor({ ...estimator.options, ...changes })
    : new MLPClassifier({ ...estimator.options, ...changes });
}
