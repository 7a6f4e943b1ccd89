/** Looks for the options that are best on rows held out. */

import type { Table } from '../data/table.js';
import { ChainruleError, show } from '../error.js';
import { type AbortSignalLike, abortSignal } from '../network/abort-signal.js';
import { Stream, shuffle } from '../numbers/random.js';
import { callback, integer, optional, optionsObject, positive } from '../options/checks.js';
import { seedNumber } from '../options/network.js';
import { MLPClassifier } from './classifier.js';
import {
  type AnyEstimator,
  type CrossValidateOptions,
  crossValidate,
  metricOf,
  VALIDATION_FIELDS,
} from './cross-validate.js';
import { untilCut } from './nothing-learnt.js';
import type { NumberLike } from './number-values.js';
import type { MLPClassifierOptions, MLPRegressorOptions } from './options.js';
import { MLPRegressor } from './regressor.js';
import { type FitRows, namesOf, readRows } from './rows.js';
import type { EstimatorMetric } from './scoring.js';

/** The values to try for each option, in all combinations; or a list of options to try. */
export type SearchSpace<Options> =
  | { readonly [Name in keyof Options]?: readonly Exclude<Options[Name], undefined>[] }
  | readonly Options[];

/** How to search. */
export interface SearchOptions extends Omit<CrossValidateOptions, 'onFold'> {
  /** Number of folds of each cross-validation. Default 3. */
  folds?: number | undefined;
  /** The most combinations to try: the first, then others at random. Default: all. */
  candidates?: number | undefined;
  /**
   * Ends after about this many milliseconds: no candidate is begun that is not likely to leave the time for fitting
   * the best one. Default: never.
   */
  maxTimeMs?: number | undefined;
  /** Called after each candidate. */
  onCandidate?: ((result: Candidate<object>) => unknown) | undefined;
}

/** What came of one combination of options. */
export interface Candidate<Options> {
  options: Options;
  /** One for each fold; the higher, the better. None, with a mean of NaN, if the fit of a fold diverged. */
  scores: number[];
  mean: number;
  standardDeviation: number;
  /** Wall time of its cross-validation. */
  seconds: number;
}

/** What came of a search. */
export interface SearchResult<Estimator, Options> {
  /** Fitted on all rows with the best options; unfitted if that was ended, by the signal, before its first step. */
  estimator: Estimator;
  options: Options;
  /** The mean score of the best options on the rows held out; a little optimistic, since they were chosen by it. */
  score: number;
  metric: EstimatorMetric;
  /** What was tried, the best first. */
  candidates: Candidate<Options>[];
  /** How many combinations there are; if they are more than `candidates`, the time was up. */
  total: number;
}

const SEARCH_FIELDS = [
  ...VALIDATION_FIELDS,
  'candidates',
  'onCandidate',
] as const satisfies (keyof SearchOptions)[];

const count = integer(1, 1_000_000);
/** Position in the random stream. */
const CANDIDATES = 3;
const MAX_COMBINATIONS = 1_000_000;

type Maker<Estimator, Options> = new (options: Options) => Estimator;

/**
 * Cross-validates each combination of options on the same folds, and fits the best one on all rows. Combinations
 * are tried in a random order, the first one first, so that a search which ends early has seen some of everything.
 *
 * @param Estimator - `MLPClassifier` or `MLPRegressor`
 * @param labels - as for `fit`
 * @throws {@link ChainruleError} ERR_OPTION, ERR_SHAPE, ERR_DATA; ERR_DIVERGED if no candidate can be fitted
 */
export function search<L extends string | number | boolean | bigint, R>(
  Estimator: typeof MLPClassifier,
  space: SearchSpace<MLPClassifierOptions>,
  rows: FitRows<R>,
  labels: ArrayLike<L> | string,
  options?: SearchOptions,
): Promise<SearchResult<MLPClassifier<L, R>, MLPClassifierOptions>>;
export function search<R>(
  Estimator: typeof MLPRegressor,
  space: SearchSpace<MLPRegressorOptions>,
  rows: FitRows<R>,
  labels: ArrayLike<NumberLike> | string,
  options?: SearchOptions,
): Promise<SearchResult<MLPRegressor<R>, MLPRegressorOptions>>;
export async function search(
  Estimator: unknown,
  space: unknown,
  rows: unknown,
  labels: unknown,
  options: unknown = {},
): Promise<unknown> {
  const given = optionsObject(options, SEARCH_FIELDS, 'the options of search');
  if (Estimator !== MLPClassifier && Estimator !== MLPRegressor) {
    throw new ChainruleError(
      'ERR_OPTION',
      `the estimator is ${show(Estimator)}, expected MLPClassifier or MLPRegressor`,
    );
  }
  const seed = optional(given.seed, 'seed', seedNumber, Math.floor(Math.random() * 2 ** 32));
  const most = optional(given.candidates, 'candidates', count, Number.POSITIVE_INFINITY);
  const combinations = ordered(combinationsOf(space), seed);
  const make = Estimator as Maker<AnyEstimator, object>;
  // All of them are checked before the first is tried.
  const estimators = combinations.slice(0, most).map((each) => new make({ seed, ...each }));
  const names = estimators.map(({ options: own }) => own.columns).find((columns) => Array.isArray(columns));
  const control = {
    signal: optional(given.signal, 'signal', abortSignal, null),
    deadline: performance.now() + optional(given.maxTimeMs, 'maxTimeMs', positive, Infinity),
  };
  const table = await untilCut(control, (isOver) => readRows(rows, namesOf(names ?? null), 'rows', isOver));
  return run(estimators, combinations.length, table, labels as string, given, { ...control, seed });
}

async function run(
  estimators: readonly AnyEstimator[],
  total: number,
  table: Table,
  labels: ArrayLike<unknown> | string,
  given: Readonly<Record<string, unknown>>,
  { signal, deadline, seed }: { signal: AbortSignalLike | null; deadline: number; seed: number },
): Promise<SearchResult<AnyEstimator, object>> {
  const { candidates: _, onCandidate: __, maxTimeMs: ___, ...validation } = given;
  const onCandidate = optional(given.onCandidate, 'onCandidate', callback<Candidate<object>>, null);
  const left = () => deadline - performance.now();
  const metric = metricOf(estimators[0], given.metric);
  const tried: { candidate: Candidate<object>; estimator: AnyEstimator }[] = [];
  let longest = 0;
  let failure: ChainruleError | null = null;
  for (const estimator of estimators) {
    // A fit on all rows takes less than a cross-validation, or about as long if the folds run side by side.
    if (tried.length > 0 && (signal?.aborted || left() < 2 * longest)) break;
    const begun = performance.now();
    const options = { folds: 3, seed, ...validation, metric, ...timeOf(left() / 2) };
    const result = await crossValidate(estimator, table, labels, options).catch(survivable);
    // A fold was ended before it had learnt anything.
    if (result instanceof ChainruleError && result.code === 'ERR_UNFITTED') {
      if (tried.length === 0) throw result;
      break;
    }
    const milliseconds = performance.now() - begun;
    longest = Math.max(longest, milliseconds);
    if (result instanceof ChainruleError) failure ??= result;
    const { scores, mean, standardDeviation } = result instanceof ChainruleError ? UNKNOWN : result;
    const candidate = {
      options: estimator.options,
      scores,
      mean,
      standardDeviation,
      seconds: milliseconds / 1000,
    };
    tried.push({ candidate, estimator });
    onCandidate?.(candidate);
  }
  // NaN, where a metric is not defined, comes last; of equals, the first that was tried is the best.
  const rank = ({ candidate: { mean } }: (typeof tried)[number]) => (Number.isNaN(mean) ? -Infinity : mean);
  tried.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
  const [{ candidate, estimator }] = tried;
  if (failure !== null && Number.isNaN(candidate.mean)) throw failure;
  await fitBest(estimator as MLPClassifier, table, labels, validation, signal, left());
  return {
    estimator,
    options: candidate.options,
    score: candidate.mean,
    metric,
    candidates: tried.map((each) => each.candidate),
    total,
  };
}

/** The scores of a candidate that diverged. */
const UNKNOWN = { scores: [], mean: Number.NaN, standardDeviation: Number.NaN };

/**
 * Returns the error of a fit that diverged, as other candidates may not, or that was ended before its first step. Throws any
 * other.
 */
function survivable(error: unknown): ChainruleError {
  if (error instanceof ChainruleError && ['ERR_DIVERGED', 'ERR_UNFITTED'].includes(error.code)) return error;
  throw error;
}

async function fitBest(
  estimator: MLPClassifier,
  table: Table,
  labels: ArrayLike<unknown> | string,
  { sampleWeight, groups, time }: Readonly<Record<string, unknown>>,
  signal: AbortSignalLike | null,
  left: number,
): Promise<void> {
  const { members = 1 } = estimator.options;
  await estimator.fit(table, labels as string, {
    ...(sampleWeight === undefined ? {} : { sampleWeight: sampleWeight as string }),
    ...(groups === undefined ? {} : { groups: groups as string }),
    // Members are tested on folds of their own.
    ...(time === undefined || members > 1 ? {} : { time: time as string }),
    signal: signal ?? undefined,
    ...timeOf(left),
  });
}

function timeOf(milliseconds: number): { maxTimeMs?: number } {
  return Number.isFinite(milliseconds) ? { maxTimeMs: Math.max(milliseconds, 1) } : {};
}

/** Every combination of the values in a space. Throws ERR_OPTION for what is no space, or an empty one. */
function combinationsOf(space: unknown): object[] {
  if (Array.isArray(space)) {
    if (space.length === 0) throw new ChainruleError('ERR_OPTION', 'the space to search is an empty array');
    return space;
  }
  if (typeof space !== 'object' || space === null || ArrayBuffer.isView(space)) {
    throw new ChainruleError(
      'ERR_OPTION',
      `the space to search is ${show(space)}, expected an object { option: [values] } or an array of options`,
    );
  }
  let combinations: [string, unknown][][] = [[]];
  for (const [name, values] of Object.entries(space)) {
    if (values === undefined) continue;
    if (!Array.isArray(values) || values.length === 0) {
      throw new ChainruleError(
        'ERR_OPTION',
        `the values of ${show(name)} to search are ${show(values)}, expected an array of at least one`,
      );
    }
    if (combinations.length * values.length > MAX_COMBINATIONS) {
      throw new ChainruleError(
        'ERR_OPTION',
        `the space to search has more than ${MAX_COMBINATIONS} combinations`,
      );
    }
    combinations = combinations.flatMap((own) =>
      values.map((value) => [...own, [name, value]] as typeof own),
    );
  }
  return combinations.map((each) => Object.fromEntries(each));
}

/** The first, then the others in a random order. */
function ordered(combinations: object[], seed: number): object[] {
  const rest = Uint32Array.from({ length: combinations.length - 1 }, (_, i) => i + 1);
  shuffle(rest, seed, Stream.estimator, CANDIDATES);
  return [combinations[0], ...Array.from(rest, (i) => combinations[i])];
}
