/** How good a fit was on the rows that it held out, in a few numbers that go into its file. */

import { argmaxRows } from '../metrics/classification.js';
import { finish, type Steps } from '../turns.js';
import { type ClassifierModel, shares } from './classifier-model.js';
import { heldOutClassSteps, heldOutNumbers } from './held-out-results.js';
import type { HeldOutScore } from './provenance.js';
import type { RegressorModel } from './regressor-model.js';
import { centreOf } from './regressor-outputs.js';
import {
  type ClassifierEvaluation,
  evaluateClassSteps,
  evaluateNumbers,
  type RegressorEvaluation,
} from './scoring.js';

/** Without any weight there is no mean. */
const countsNothing = (weights: Float32Array | null) => weights?.every((weight) => weight === 0) ?? false;

/** From the rows that the fit held out, or from the file. */
export function classifierScore(model: ClassifierModel): HeldOutScore<ClassifierEvaluation> | null {
  return finish(classifierScoreSteps(model));
}

/** The same in steps. */
export function* classifierScoreSteps(
  model: ClassifierModel,
): Steps<HeldOutScore<ClassifierEvaluation> | null> {
  const found = yield* heldOutClassSteps(model);
  if (found === null) return model.savedScore;
  const { targets, predicted, probabilities, weights, fitTargets } = found;
  if (countsNothing(weights)) return null;
  const { outputs: classes } = model.ensemble;
  const frequencies = shares(fitTargets, classes, null);
  const evaluation = yield* evaluateClassSteps(targets, predicted, probabilities, classes, weights);
  const constant = new Float64Array(probabilities.length);
  for (let start = 0; start < constant.length; start += classes) constant.set(frequencies, start);
  yield;
  const likeliest = argmaxRows(constant, targets.length);
  const baseline = yield* evaluateClassSteps(targets, likeliest, constant, classes, weights);
  return { rows: targets.length, evaluation, baseline };
}

/** From the rows that the fit held out, or from the file. */
export function regressorScore(model: RegressorModel): HeldOutScore<RegressorEvaluation> | null {
  const found = heldOutNumbers(model);
  if (found === null) return model.savedScore;
  const { targets, predicted, weights } = found;
  if (countsNothing(weights)) return null;
  const [constant] = centreOf(model, Float64Array.from(model.ensemble.constant));
  const constants = new Float64Array(targets.length).fill(constant);
  return {
    rows: targets.length,
    evaluation: evaluateNumbers(targets, predicted, weights),
    baseline: evaluateNumbers(targets, constants, weights),
  };
}
