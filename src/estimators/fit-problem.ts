/** What fits of classifiers and of regressors do alike: all but what they make of labels. */

import type { RowEncoder } from '../data/row-encoder.js';
import { wherein } from '../data/table.js';
import { finishInTurns, type Steps } from '../turns.js';
import { VERSION } from '../version.js';
import { type FitInput, type InputShape, rowsOf } from './fit-input.js';
import { type FittedMembers, fitMembers, type Problem, planSplits, type Targets } from './fit-members.js';
import type { EstimatorHistory, FitControl } from './fit-options.js';
import { fitStreamed, type StreamedProblem, splitOfSample } from './fit-streamed.js';
import { nameWarnings } from './fit-warnings.js';
import { type HeldOut, heldOutOf } from './held-out.js';
import type { Provenance } from './provenance.js';
import type { Recipe } from './recipe.js';
import type { CommonSettings } from './settings.js';
import type { Split } from './splits.js';

/** Labels as an estimator understands them: class indices or numbers. */
export interface Known<Values> {
  /** (rows) of the fit. */
  all: Values;
  /** Of the rows that its caller holds out; null without those. */
  validation: Values | null;
}

/** All labels of a fit, as `read` understands them. */
export function knownOf<Values>(
  { table, labels, validation }: FitInput,
  read: (labels: ArrayLike<unknown>, name: string, where: (row: number) => string) => Values,
): Known<Values> {
  return {
    all: read(labels, 'labels', wherein(table)),
    validation: validation && read(validation.labels, 'the labels of validation', wherein(validation.table)),
  };
}

/**
 * What is to be learnt of the rows of a fit.
 *
 * @param classes - (rows) class indices; null for numbers
 * @param weights - (rows), or null for all ones
 */
export function problemOf(
  { table, shape, validation, groups, times }: FitInput,
  classes: Int32Array | null,
  weights: Float32Array | null,
): Problem {
  return {
    table,
    dropped: shape.dropped,
    classes,
    weights,
    validation: validation?.table ?? null,
    groups,
    times,
  };
}

/** One split for each member; of rows that are streamed, that of their sample. */
export function splitsOf(
  problem: Problem,
  streamed: StreamedProblem | null,
  settings: CommonSettings,
): Split[] {
  if (streamed === null) return planSplits(problem, settings);
  return [splitOfSample(streamed, problem.table.rowCount)];
}

/**
 * Trains the networks.
 *
 * @param streamed - all rows, if the problem has a sample of them
 * @param targets - null if there is nothing to learn: then no network is made
 */
export function fitNetworks(
  problem: Problem,
  streamed: StreamedProblem | null,
  splits: readonly Split[],
  targets: Targets | null,
  recipeFor: (rows: number, heldOut: number) => Recipe,
  settings: CommonSettings,
  control: FitControl,
): Promise<FittedMembers> {
  return streamed === null
    ? fitMembers(problem, splits, targets, recipeFor, settings, control)
    : fitStreamed(problem, streamed, splits[0], targets, recipeFor, settings, control);
}

/** What an estimator knows of its fit beside the networks. */
export interface FitRecord<Values> {
  encoder: RowEncoder;
  shape: InputShape;
  history: EstimatorHistory;
  provenance: Provenance;
  /** What was odd about the rows and the labels, apart from cells and classes by themselves. */
  warnings: readonly string[];
  /** The rows that the last fit held out; null without a fit, as from a file. */
  heldOut: HeldOut<Values> | null;
}

/**
 * Records a fit that has ended.
 *
 * @param odd - what was odd about the labels
 * @param leaks - finds columns that tell the label
 */
export async function recordOf<Values extends Int32Array | Float64Array>(
  input: FitInput,
  fitted: FittedMembers,
  known: Known<Values>,
  odd: readonly string[],
  leaks: Steps<string[]>,
): Promise<FitRecord<Values> & { heldOut: HeldOut<Values> }> {
  const { table, shape, stream, weights } = input;
  const ofCaller = known.validation !== null;
  return {
    encoder: fitted.encoder,
    shape,
    history: fitted.history,
    provenance: { version: VERSION, rows: rowsOf(input) },
    warnings: [...(stream?.warnings ?? []), ...odd, ...nameWarnings(table), ...(await finishInTurns(leaks))],
    heldOut: heldOutOf(
      fitted.heldOut,
      ofCaller ? 'validation' : 'rows',
      { targets: known.validation ?? known.all, weights: ofCaller ? null : weights },
      known.all,
      stream === null || ofCaller ? null : (table.rowNumbers ?? null),
    ),
  };
}
