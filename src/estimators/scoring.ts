/** How good predictions are. */

import { accuracy, confusionMatrix, precisionRecallF1 } from '../metrics/classification.js';
import { areaUnderRoc, logLoss } from '../metrics/probability.js';
import { mae, r2, rmse } from '../metrics/regression.js';
import { newDoubles } from '../numbers/allocate.js';
import { finish, type Steps } from '../turns.js';
import type { ClassifierMetric, RegressorMetric } from './options.js';

/** How good a classifier is. The metrics are those of scikit-learn; `metrics` has each as a function. */
export interface ClassifierEvaluation {
  /** Fraction of the rows whose label is predicted. */
  accuracy: number;
  /** Mean of the classes' recalls, over the classes that occur. */
  balancedAccuracy: number;
  /** Mean negative log-likelihood of the labels. */
  logLoss: number;
  /**
   * Area under the ROC curve: of the second of two classes; with more, the mean over the classes of each against
   * the rest. Absent if a class does not occur.
   */
  rocAuc?: number;
  /** Means over the classes that occur or are predicted. */
  precision: number;
  recall: number;
  f1: number;
  /** `[label][prediction]` in the order of `classes`, for up to 1,000 classes. */
  confusionMatrix?: number[][];
}

/** How good a regressor is. */
export interface RegressorEvaluation {
  /** Root of the mean squared error. */
  rmse: number;
  /** Mean absolute error. */
  mae: number;
  /** Coefficient of determination. */
  r2: number;
}

const MAX_MATRIX_CLASSES = 1000;

/**
 * @param targets - (rows) class indices
 * @param predicted - (rows) class indices
 * @param probabilities - (rows, classes)
 */
export function evaluateClasses(
  targets: Int32Array,
  predicted: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  sampleWeight: ArrayLike<number> | null,
): ClassifierEvaluation {
  return finish(evaluateClassSteps(targets, predicted, probabilities, classes, sampleWeight));
}

/** The same in steps: each class takes a sort of all rows. */
export function* evaluateClassSteps(
  targets: Int32Array,
  predicted: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  sampleWeight: ArrayLike<number> | null,
): Steps<ClassifierEvaluation> {
  const options = { sampleWeight, classes };
  const scores = precisionRecallF1(targets, predicted, options);
  yield;
  const occurring = scores.classes.filter(({ support }) => support > 0);
  const area = yield* meanArea(targets, probabilities, classes, sampleWeight);
  // With one class every probability is 1.
  const loss = classes === 1 ? 0 : logLoss(targets, probabilities, options);
  yield;
  return {
    accuracy: accuracy(targets, predicted, { sampleWeight }),
    balancedAccuracy: occurring.reduce((sum, { recall }) => sum + recall, 0) / occurring.length,
    logLoss: loss,
    ...(Number.isNaN(area) ? {} : { rocAuc: area }),
    ...scores.macro,
    ...(classes <= MAX_MATRIX_CLASSES
      ? { confusionMatrix: confusionMatrix(targets, predicted, options) }
      : {}),
  };
}

/** The area of each class against the rest, and their mean; of two classes, that of the second. */
function* meanArea(
  targets: Int32Array,
  probabilities: ArrayLike<number>,
  classes: number,
  sampleWeight: ArrayLike<number> | null,
): Steps<number> {
  // Without one of the classes there is no mean.
  if (classes < 2 || new Set(targets).size < classes) return Number.NaN;
  const scores = newDoubles(targets.length, 'the scores');
  const areaOf = (index: number) => {
    for (let row = 0; row < scores.length; row++) scores[row] = probabilities[row * classes + index];
    return areaUnderRoc(scores, (row) => targets[row] === index, sampleWeight);
  };
  if (classes === 2) return areaOf(1);
  let sum = 0;
  for (let index = 0; index < classes; index++) {
    sum += areaOf(index);
    yield;
  }
  return sum / classes;
}

export function evaluateNumbers(
  targets: Float64Array,
  predictions: ArrayLike<number>,
  sampleWeight: ArrayLike<number> | null,
): RegressorEvaluation {
  const options = { sampleWeight };
  return {
    rmse: rmse(targets, predictions, options),
    mae: mae(targets, predictions, options),
    r2: r2(targets, predictions, options),
  };
}

/** A name of a metric of either estimator. */
export type EstimatorMetric = ClassifierMetric | RegressorMetric;

/** A metric as a score: the higher, the better. Errors are negative, as in scikit-learn's 'neg_log_loss'. */
export function scoreOf(
  metric: EstimatorMetric,
  evaluation: Partial<ClassifierEvaluation & RegressorEvaluation>,
): number {
  const { accuracy: hits, logLoss: loss, rocAuc: area, rmse: root, mae: error, r2: share } = evaluation;
  const missing = Number.NaN;
  switch (metric) {
    case 'accuracy':
      return hits ?? missing;
    case 'logLoss':
      return loss === undefined ? missing : -loss;
    case 'auc':
      return area ?? missing;
    case 'rmse':
      return root === undefined ? missing : -root;
    case 'mae':
      return error === undefined ? missing : -error;
    case 'r2':
      return share ?? missing;
  }
}
