/** A fitted classifier: from rows and labels to networks with calibrated probabilities. */

import { LabelEncoder } from '../data/label-encoder.js';
import { byPlace, wherein } from '../data/table.js';
import { ChainruleError, show } from '../error.js';
import { arrayOf } from '../numbers/allocate.js';
import { finishInTurns, pause } from '../turns.js';
import { type Calibration, calibrateSteps, fitCalibration, NO_CALIBRATION } from './calibration.js';
import type { Ensemble } from './ensemble.js';
import type { FitInput } from './fit-input.js';
import type { FittedMembers } from './fit-members.js';
import type { FitControl } from './fit-options.js';
import { type FitRecord, fitNetworks, knownOf, problemOf, recordOf, splitsOf } from './fit-problem.js';
import { streamOf } from './fit-streamed.js';
import { classWarnings } from './fit-warnings.js';
import { classLeaks } from './leak-warnings.js';
import type { HeldOutScore } from './provenance.js';
import type { Recipe } from './recipe.js';
import type { ClassifierEvaluation } from './scoring.js';
import { type ClassifierSettings, recipeOf } from './settings.js';
import { tuneThreshold } from './threshold.js';

/** All that a fitted classifier needs. */
export interface ClassifierModel extends FitRecord<Int32Array> {
  labels: LabelEncoder;
  ensemble: Ensemble;
  calibration: Calibration;
  /** Probability of the second of two classes from which it is predicted; null for the likelier class. */
  threshold: number | null;
  /** In a file, of the rows that its fit held out. */
  savedScore: HeldOutScore<ClassifierEvaluation> | null;
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
  const { stream, table } = input;
  const labels = stream ? classesOf(stream.labels, all) : classesOf(input.labels, all, wherein(table));
  const outputs = labels.classes.length;
  checkThresholdSuits(settings, outputs);
  await pause();
  const known = knownOf(input, (values, name, where) => labels.encode(values, name, where));
  const classes = known.all;
  const problem = problemOf(input, classes, classWeights(settings, labels, classes, input.weights));
  const factors = classFactors(settings, labels, classes);
  await pause();
  const streamed = streamOf(input, (values, own) => {
    const indices = labels.encode(values);
    return { targets: indices, weights: weighed(factors, indices, own) };
  });
  const splits = splitsOf(problem, streamed, settings);
  await pause();
  const fitted = await fitNetworks(
    problem,
    streamed,
    splits,
    outputs < 2 ? null : { outputs, training: classes, validation: known.validation },
    (rows, heldOut) => recipeOf(settings, classifierTask(settings, heldOut), rows, heldOut),
    settings,
    control,
  );
  await pause();
  const leaks = classLeaks(table, fitted.encoder.columns, classes, outputs);
  const record = await recordOf(input, fitted, known, classWarnings(labels.classes, classes), leaks);
  const { targets, weights } = record.heldOut;
  return {
    ...record,
    savedScore: null,
    labels,
    ensemble: {
      networks: fitted.networks,
      outputs,
      constant: shares(classes, outputs, problem.weights),
    },
    ...(await decide(settings, fitted, targets, outputs, {
      calibration: known.validation
        ? classWeights(settings, labels, targets, null)
        : takeWeights(problem.weights, fitted.heldOut.rows),
      threshold: weights,
    })),
  };
}

/** The classes of the rows' labels, or those that are given. Throws ERR_OPTION, ERR_SHAPE, ERR_DATA. */
export function classesOf(labels: ArrayLike<unknown>, all: unknown, where = byPlace): LabelEncoder {
  if (all === undefined) return LabelEncoder.fit(labels, 'labels', where);
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
  const probabilities = await finishInTurns(calibrateSteps(heldOut.outputs, classes, calibration));
  const second = arrayOf(
    Float64Array,
    targets.length,
    'the probabilities',
    (row) => probabilities[row * classes + 1],
  );
  return { calibration, threshold: tuneThreshold(threshold, second, targets, weights.threshold) };
}

const WEIGHTS = 'the weights of the rows';

function takeWeights(weights: Float32Array | null, rows: Uint32Array): Float32Array | null {
  return weights === null ? null : arrayOf(Float32Array, rows.length, WEIGHTS, (i) => weights[rows[i]]);
}

/** Throws ERR_OPTION if there is a threshold, but not two classes. */
export function checkThresholdSuits({ threshold }: ClassifierSettings, classes: number): void {
  if (threshold === null || classes <= 2) return;
  throw new ChainruleError('ERR_OPTION', `threshold needs two classes, the labels have ${classes}`);
}

/** Sample weights times class weights; null if there are neither. Throws ERR_OPTION, ERR_DATA. */
export function classWeights(
  settings: ClassifierSettings,
  labels: LabelEncoder,
  classes: Int32Array,
  own: Float32Array | null,
): Float32Array | null {
  const factors = classFactors(settings, labels, classes);
  const weights = weighed(factors, classes, own);
  if (factors !== null && classes.length > 0 && !weights?.some((weight) => weight > 0)) {
    throw new ChainruleError('ERR_DATA', 'by classWeight and sampleWeight every row has the weight 0');
  }
  return weights;
}

/**
 * The weight of each class by the option classWeight, or null without one.
 *
 * @param classes - (rows) class indices, whose shares 'balanced' makes up for
 * @throws {@link ChainruleError} ERR_OPTION for a weight of a class that there is not
 */
function classFactors(
  { classWeight }: ClassifierSettings,
  labels: LabelEncoder,
  classes: Int32Array,
): Float64Array | null {
  if (classWeight === null) return null;
  const count = labels.classes.length;
  const factors = new Float64Array(count).fill(1);
  if (classWeight === 'balanced') {
    const rows = new Float64Array(count);
    for (const index of classes) rows[index]++;
    const occurring = rows.filter((each) => each > 0).length;
    rows.forEach((each, index) => {
      if (each > 0) factors[index] = classes.length / (occurring * each);
    });
    return factors;
  }
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
    factors[index] = weight;
  }
  return factors;
}

/** The factors of the rows' classes times the rows' own weights. */
function weighed(
  factors: Float64Array | null,
  classes: Int32Array,
  own: Float32Array | null,
): Float32Array | null {
  if (factors === null) return own;
  return arrayOf(
    Float32Array,
    classes.length,
    WEIGHTS,
    (row) => factors[classes[row]] * (own === null ? 1 : own[row]),
  );
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
