/** How good outputs are, by the metrics of the task. */

import type { SampleOptions } from '../data/samples.js';
import type { Loss, Samples } from '../engine/contract.js';
import { losses } from '../engine/kinds.js';
import { ChainruleError } from '../error.js';
import {
  accuracy,
  argmaxRows,
  type ClassScores,
  confusionMatrix,
  precisionRecallF1,
  topKAccuracy,
} from '../metrics/classification.js';
import { logLoss, rocAuc } from '../metrics/probability.js';
import { mae, r2, rmse } from '../metrics/regression.js';
import { arrayOf } from '../numbers/allocate.js';
import { integer, optional } from '../options/checks.js';

/** How to evaluate. */
export interface EvaluateOptions extends SampleOptions {
  /** Adds `topKAccuracy`: a row counts if its class is among this many. Only for crossEntropy. */
  topK?: number | undefined;
}

/**
 * The loss and the metrics that suit the task, weighted by the sample weights if there are any. The metrics
 * are those of scikit-learn; `metrics` has each as a function, with its formula and source.
 *
 * For crossEntropy, the class of a row is that of its largest output; precision, recall and f1 are means
 * over the classes. For bce, every output is a label, which a row has if the output is above 0.5; precision,
 * recall and f1 are those of having the label, and with several labels the means over them.
 */
export interface Evaluation extends Partial<ClassScores> {
  /** Mean loss, L2 penalty and label smoothing included. */
  loss: number;
  /** Fraction of the rows (for bce: of the rows' labels) predicted correctly; for crossEntropy and bce. */
  accuracy?: number;
  /** Fraction of the rows whose class is among the `topK` largest outputs, if that option is given. */
  topKAccuracy?: number;
  /** Mean negative log-likelihood, without penalty and smoothing; for crossEntropy and bce. */
  logLoss?: number;
  /** For two classes or for labels; absent if all rows are of one class. With several labels, the mean. */
  rocAuc?: number;
  /** `[target][prediction]`, for up to 1,000 classes or a single label ([no, yes]). */
  confusionMatrix?: number[][];
  /** For bce with several outputs: the scores of each label. */
  labels?: LabelEvaluation[];
  /** Root of the mean squared error over all outputs; for the other losses. */
  rmse?: number;
  /** Mean absolute error over all outputs; for the other losses. */
  mae?: number;
  /** Coefficient of determination, the mean over the outputs; for the other losses. */
  r2?: number;
}

/** How well one label of several is recognised. */
export interface LabelEvaluation extends ClassScores {
  accuracy: number;
  /** Absent if all rows have the label or none has. */
  rocAuc?: number;
  /** `[target][prediction]` of [no, yes]. */
  confusionMatrix: number[][];
}

export type Metrics = Omit<Evaluation, 'loss'>;

const MAX_MATRIX_CLASSES = 1000;

/** Checks the option `topK` against the task. Throws ERR_OPTION. */
export function resolveTopK(value: unknown, loss: Loss, outputs: number): number | null {
  if (value !== undefined && losses[loss].task !== 'classes') {
    throw new ChainruleError('ERR_OPTION', `topK goes with loss 'crossEntropy' only, not with '${loss}'`);
  }
  return optional(value, 'topK', integer(1, outputs), null);
}

/** The metrics of `outputs` (rows, columns) against the targets, for a network trained on `loss`. */
export function metricsOf(
  loss: Loss,
  outputs: Float32Array,
  samples: Samples,
  topK: number | null = null,
): Metrics {
  switch (losses[loss].task) {
    case 'classes':
      return classMetrics(outputs, samples, topK);
    case 'labels':
      return labelMetrics(outputs, samples);
    case 'regression': {
      const options = { sampleWeight: samples.weights, outputs: outputs.length / samples.rows };
      return {
        rmse: rmse(samples.targets, outputs, options),
        mae: mae(samples.targets, outputs, options),
        r2: r2(samples.targets, outputs, options),
      };
    }
  }
}

function classMetrics(outputs: Float32Array, samples: Samples, topK: number | null): Metrics {
  const { rows, targets, weights: sampleWeight } = samples;
  const classes = outputs.length / rows;
  const actual = targets instanceof Int32Array ? targets : argmaxRows(targets, rows);
  const predicted = argmaxRows(outputs, rows);
  const options = { sampleWeight, classes };
  const metrics: Metrics = {
    accuracy: accuracy(actual, predicted, { sampleWeight }),
    logLoss: logLoss(targets, outputs, options),
    ...precisionRecallF1(actual, predicted, options).macro,
  };
  if (topK !== null) metrics.topKAccuracy = topKAccuracy(actual, outputs, topK, { sampleWeight });
  if (classes === 2) Object.assign(metrics, definedRocAuc(actual, column(outputs, 1, 2), sampleWeight));
  if (classes <= MAX_MATRIX_CLASSES) metrics.confusionMatrix = confusionMatrix(actual, predicted, options);
  return metrics;
}

function labelMetrics(outputs: Float32Array, { rows, targets, weights }: Samples): Metrics {
  const count = outputs.length / rows;
  const losses: number[] = [];
  const labels = Array.from({ length: count }, (_, label) => {
    const actual = column(targets, label, count);
    const probabilities = column(outputs, label, count);
    losses.push(logLoss(actual, probabilities, { sampleWeight: weights }));
    return labelEvaluation(actual, probabilities, weights);
  });
  if (count === 1) return { ...labels[0], logLoss: losses[0] };
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / count;
  const areas = labels.flatMap(({ rocAuc: area }) => area ?? []);
  return {
    accuracy: mean(labels.map((label) => label.accuracy)),
    precision: mean(labels.map((label) => label.precision)),
    recall: mean(labels.map((label) => label.recall)),
    f1: mean(labels.map((label) => label.f1)),
    ...(areas.length === count ? { rocAuc: mean(areas) } : {}),
    logLoss: mean(losses),
    labels,
  };
}

function labelEvaluation(
  targets: Float32Array,
  probabilities: Float32Array,
  sampleWeight: Float32Array | null,
): LabelEvaluation {
  const options = { sampleWeight, classes: 2 };
  const actual = isLikely(targets);
  const predicted = isLikely(probabilities);
  const { precision, recall, f1 } = precisionRecallF1(actual, predicted, options).classes[1];
  return {
    accuracy: accuracy(actual, predicted, { sampleWeight }),
    precision,
    recall,
    f1,
    ...definedRocAuc(actual, probabilities, sampleWeight),
    confusionMatrix: confusionMatrix(actual, predicted, options),
  };
}

function isLikely(probabilities: Float32Array): Uint8Array {
  return arrayOf(Uint8Array, probabilities.length, 'labels', (i) => (probabilities[i] > 0.5 ? 1 : 0));
}

function definedRocAuc(
  targets: ArrayLike<number>,
  scores: Float32Array,
  sampleWeight: Float32Array | null,
): { rocAuc?: number } {
  const area = rocAuc(targets, scores, { sampleWeight });
  return Number.isNaN(area) ? {} : { rocAuc: area };
}

/** One column of (rows, columns). */
function column(values: Float32Array | Int32Array, index: number, columns: number): Float32Array {
  return arrayOf(Float32Array, values.length / columns, 'a column', (row) => values[row * columns + index]);
}
