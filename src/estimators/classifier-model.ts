/** A fitted classifier: from rows and labels to networks with calibrated probabilities. */

import { LabelEncoder } from '../data/label-encoder.js';
import type { RowEncoder } from '../data/row-encoder.js';
import { ChainruleError, show } from '../error.js';
import { argmaxRows } from '../metrics/classification.js';
import { finishInTurns } from '../turns.js';
import { type Calibration, calibrate, fitCalibration, NO_CALIBRATION } from './calibration.js';
import type { Adjust, Ensemble } from './ensemble.js';
import type { FitInput, InputShape } from './fit-input.js';
import { type FittedMembers, fitMembers, type Problem, planSplits } from './fit-members.js';
import type { EstimatorHistory, FitControl } from './fit-options.js';
import { classWarnings, nameWarnings } from './fit-warnings.js';
import { type HeldOut, heldOutOf } from './held-out.js';
import { classLeaks } from './leak-warnings.js';
import type { Recipe } from './recipe.js';
import { type ClassifierSettings, recipeOf } from './settings.js';
import { tuneThreshold } from './threshold.js';

/** All that a fitted classifier needs. */
export interface ClassifierModel {
  encoder: RowEncoder;
  labels: LabelEncoder;
  shape: InputShape;
  ensemble: Ensemble;
  calibration: Calibration;
  /** Probability of the second of two classes from which it is predicted; null for the likelier class. */
  threshold: number | null;
  history: EstimatorHistory;
  /** What was odd about the rows and labels of the fit, apart from cells and classes by themselves. */
  warnings: readonly string[];
  /** The rows that the last fit held out; null without a fit, as from a file. */
  heldOut: HeldOut<Int32Array> | null;
}

/**
 * Trains a classifier.
 *
 * @param all - all labels there may be; undefined for those of the rows
 */
export async function fitClassifier(
  input: FitInput,
  settings: ClassifierSettings,
  control: FitControl,
  all: unknown,
): Promise<ClassifierModel> {
  const labels = classesOf(input.labels, all);
  const outputs = labels.classes.length;
  checkThresholdSuits(settings, outputs);
  const classes = labels.encode(input.labels);
  const validation = input.validation && {
    table: input.validation.table,
    classes: labels.encode(input.validation.labels, 'the labels of validation'),
  };
  const problem: Problem = {
    table: input.table,
    dropped: input.shape.dropped,
    classes,
    weights: classWeights(settings, labels, classes, input.weights),
    validation: validation?.table ?? null,
    groups: input.groups,
    times: input.times,
  };
  const targets =
    outputs < 2 ? null : { outputs, training: classes, validation: validation?.classes ?? null };
  const recipeFor = (rows: number, heldOut: number) =>
    recipeOf(settings, classifierTask(settings, heldOut), rows, heldOut);
  const fitted = await fitMembers(
    problem,
    planSplits(problem, settings),
    targets,
    recipeFor,
    settings,
    control,
  );
  const ensemble = {
    networks: fitted.networks,
    outputs,
    constant: shares(classes, outputs, problem.weights),
  };
  const heldOut = Int32Array.from(fitted.heldOut.rows, (row) => (validation?.classes ?? classes)[row]);
  return {
    encoder: fitted.encoder,
    labels,
    shape: input.shape,
    ensemble,
    history: fitted.history,
    heldOut: heldOutOf(
      fitted.heldOut,
      validation ? 'validation' : 'rows',
      { targets: validation?.classes ?? classes, weights: validation ? null : input.weights },
      classes,
    ),
    warnings: [
      ...classWarnings(labels.classes, classes),
      ...nameWarnings(input.table),
      ...(await finishInTurns(classLeaks(input.table, fitted.encoder.columns, classes, outputs))),
    ],
    ...(await decide(settings, fitted, heldOut, outputs, {
      calibration: validation
        ? classWeights(settings, labels, heldOut, null)
        : takeWeights(problem.weights, fitted.heldOut.rows),
      threshold: validation ? null : takeWeights(input.weights, fitted.heldOut.rows),
    })),
  };
}

/** The classes of the rows' labels, or those that are given. Throws ERR_OPTION, ERR_SHAPE, ERR_DATA. */
export function classesOf(labels: ArrayLike<unknown>, all: unknown): LabelEncoder {
  if (all === undefined) return LabelEncoder.fit(labels);
  if (Array.isArray(all)) return LabelEncoder.fit(all, 'classes');
  throw new ChainruleError(
    'ERR_OPTION',
    `classes is ${show(all)}, expected an array of all labels there may be`,
  );
}

/** Of fewer rows, many epochs misclassify equally many, and the last of those is only the most certain one. */
const ENOUGH_TO_COUNT_ERRORS = 500;

/** What differs between the recipes of classifiers. */
export function classifierTask(
  { metric, labelSmoothing }: ClassifierSettings,
  heldOut: number,
): Pick<Recipe, 'loss' | 'labelSmoothing' | 'monitor'> {
  const countsErrors = metric === 'accuracy' && heldOut >= ENOUGH_TO_COUNT_ERRORS;
  return {
    loss: { kind: 'crossEntropy' },
    labelSmoothing,
    monitor: countsErrors ? 'validationAccuracy' : 'validationLoss',
  };
}

/**
 * The calibration and the threshold that suit the rows held out. Probabilities are to be those that training aims
 * at, with class weights; a threshold is for rows as they come.
 */
async function decide(
  settings: ClassifierSettings,
  { heldOut, networks }: FittedMembers,
  targets: Int32Array,
  classes: number,
  weights: { calibration: Float32Array | null; threshold: Float32Array | null },
): Promise<Pick<ClassifierModel, 'calibration' | 'threshold'>> {
  const calibration =
    networks.length === 0
      ? NO_CALIBRATION
      : await finishInTurns(fitCalibration(heldOut.outputs, targets, classes, weights.calibration));
  const { threshold } = settings;
  if (threshold === null || typeof threshold === 'number') return { calibration, threshold };
  const probabilities = calibrate(heldOut.outputs, classes, calibration);
  const second = Float64Array.from(targets, (_, row) => probabilities[row * classes + 1]);
  return { calibration, threshold: tuneThreshold(threshold, second, targets, weights.threshold) };
}

function takeWeights(weights: Float32Array | null, rows: Uint32Array): Float32Array | null {
  return weights === null ? null : Float32Array.from(rows, (row) => weights[row]);
}

/** Throws ERR_OPTION if there is a threshold, but not two classes. */
export function checkThresholdSuits({ threshold }: ClassifierSettings, classes: number): void {
  if (threshold === null || classes <= 2) return;
  throw new ChainruleError('ERR_OPTION', `threshold needs two classes, the labels have ${classes}`);
}

/** Sample weights times class weights; null if there are neither. Throws ERR_OPTION, ERR_DATA. */
export function classWeights(
  { classWeight }: ClassifierSettings,
  labels: LabelEncoder,
  classes: Int32Array,
  own: Float32Array | null,
): Float32Array | null {
  if (classWeight === null) return own;
  const count = labels.classes.length;
  const ofClass = new Float64Array(count).fill(1);
  if (classWeight === 'balanced') {
    const rows = new Float64Array(count);
    for (const index of classes) rows[index]++;
    const occurring = rows.filter((each) => each > 0).length;
    rows.forEach((each, index) => {
      if (each > 0) ofClass[index] = classes.length / (occurring * each);
    });
  } else {
    const names = labels.classes.map(String);
    for (const [label, weight] of classWeight) {
      const index = names.indexOf(label);
      if (index < 0) {
        const known = names.slice(0, 10).map(show).join(', ');
        throw new ChainruleError(
          'ERR_OPTION',
          `classWeight has a weight for ${show(label)}, expected one of the labels ${known}`,
        );
      }
      ofClass[index] = weight;
    }
  }
  const weights = Float32Array.from(classes, (index, row) => ofClass[index] * (own === null ? 1 : own[row]));
  if (classes.length > 0 && !weights.some((weight) => weight > 0)) {
    throw new ChainruleError('ERR_DATA', 'by classWeight and sampleWeight every row has the weight 0');
  }
  return weights;
}

/** The classes' shares of the rows' weight. */
export function shares(classes: Int32Array, count: number, weights: Float32Array | null): number[] {
  const sums = new Array<number>(count).fill(0);
  let total = 0;
  classes.forEach((index, row) => {
    const weight = weights === null ? 1 : weights[row];
    sums[index] += weight;
    total += weight;
  });
  return sums.map((sum) => sum / total);
}

/** What makes calibrated probabilities of the outputs of a network. */
export function calibrationOf({ ensemble, calibration }: ClassifierModel): Adjust {
  return (own) => calibrate(own, ensemble.outputs, calibration);
}

/** The class to predict for each row of probabilities. */
export function chooseClasses(
  { threshold, ensemble: { outputs } }: ClassifierModel,
  probabilities: Float64Array,
): Int32Array {
  const rows = probabilities.length / outputs;
  if (threshold === null || outputs !== 2) return argmaxRows(probabilities, rows);
  const chosen = new Int32Array(rows);
  for (let row = 0; row < rows; row++) chosen[row] = probabilities[2 * row + 1] >= threshold ? 1 : 0;
  return chosen;
}
