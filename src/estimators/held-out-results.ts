/** Predictions for held-out rows and how good they are, as callers get them. */

import type { Label } from '../data/label-encoder.js';
import { finish } from '../turns.js';
import { calibrateSteps } from './calibration.js';
import type { ClassifierModel } from './classifier-model.js';
import { chooseClasses } from './classifier-outputs.js';
import { type HeldOutOf, inOrder } from './held-out.js';
import { rowsOf } from './outputs.js';
import type { RegressorModel } from './regressor-model.js';
import { centreOf, toTargets } from './regressor-outputs.js';
import {
  type ClassifierEvaluation,
  evaluateClasses,
  evaluateNumbers,
  type RegressorEvaluation,
} from './scoring.js';

/** What both estimators say of held-out rows. */
interface HeldOutResult<Prediction, Evaluation> {
  /** Places of the rows, ascending: among those of `fit`, or among those of its `validation`. */
  rows: Uint32Array;
  /** Which of the two. */
  of: HeldOutOf;
  /** (rows) what is true. */
  labels: Prediction[];
  /** (rows) what a network that was not trained on the row predicts. */
  predictions: Prediction[];
  /** The metrics of these predictions, with the fit's `sampleWeight`. */
  evaluation: Evaluation;
}

/** What a classifier says of the rows that it held out. */
export interface ClassifierHeldOut<L extends Label = Label> extends HeldOutResult<L, ClassifierEvaluation> {
  /** (rows, classes), calibrated. */
  probabilities: number[][];
}

/** What a regressor says of the rows that it held out. */
export type RegressorHeldOut = HeldOutResult<number, RegressorEvaluation>;

/** Class indices and probabilities of the held-out rows, in ascending order; null without such rows. In steps. */
export function* heldOutClassSteps(model: ClassifierModel) {
  if (model.heldOut === null || model.heldOut.rows.length === 0) return null;
  const heldOut = inOrder(model.heldOut);
  yield;
  const { ensemble, calibration } = model;
  const probabilities = yield* calibrateSteps(heldOut.outputs, ensemble.outputs, calibration);
  const predicted = chooseClasses(model, probabilities);
  yield;
  return { ...heldOut, probabilities, predicted };
}

/** Outputs and predictions for the held-out rows in the units of the target, in ascending order; or null. */
export function heldOutNumbers(model: RegressorModel) {
  if (model.heldOut === null || model.heldOut.rows.length === 0) return null;
  const heldOut = inOrder(model.heldOut);
  const outputs = toTargets(heldOut.outputs, model);
  return { ...heldOut, outputs, predicted: centreOf(model, outputs) };
}

/** What `MLPClassifier.heldOut` returns. */
export function classifierHeldOut<L extends Label>(model: ClassifierModel): ClassifierHeldOut<L> | null {
  const found = finish(heldOutClassSteps(model));
  if (found === null) return null;
  const { rows, of, targets, predicted, probabilities, weights } = found;
  const { outputs: classes } = model.ensemble;
  return {
    rows,
    of,
    labels: model.labels.decode(targets) as L[],
    predictions: model.labels.decode(predicted) as L[],
    probabilities: rowsOf(probabilities, classes),
    evaluation: evaluateClasses(targets, predicted, probabilities, classes, weights),
  };
}

/** What `MLPRegressor.heldOut` returns. */
export function regressorHeldOut(model: RegressorModel): RegressorHeldOut | null {
  const found = heldOutNumbers(model);
  if (found === null) return null;
  const { rows, of, targets, predicted, weights } = found;
  return {
    rows,
    of,
    labels: Array.from(targets),
    predictions: Array.from(predicted),
    evaluation: evaluateNumbers(targets, predicted, weights),
  };
}
