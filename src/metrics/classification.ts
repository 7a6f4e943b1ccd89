/**
 * Metrics of class indices. Names and conventions are those of scikit-learn (User Guide, "Metrics and
 * scoring: classification metrics"), which gives the sources of the formulas.
 */

import { ChainruleError } from '../error.js';
import { arrayOf, newDoubles } from '../numbers/allocate.js';
import { integer } from '../options/checks.js';
import { checkNumbers, checkRows, type MetricOptions, metricOptions, weightedMean } from './weighting.js';

/** Options of the metrics of class indices. */
export interface ClassOptions extends MetricOptions {
  /** Number of classes. Default: as many as the largest index needs. */
  classes?: number | undefined;
}

/** How well one class is recognised, each in [0, 1]; 0 if the divisor is 0. */
export interface ClassScores {
  /** Fraction of the rows predicted as the class that are of it: tp / (tp + fp). */
  precision: number;
  /** Fraction of the rows of the class that are predicted as it: tp / (tp + fn). */
  recall: number;
  /** Harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn). */
  f1: number;
}

/** `ClassScores` of every class and their mean. */
export interface PrecisionRecallF1 {
  /** By class index; `support` is the number (or the weight) of the class's rows. */
  classes: (ClassScores & { support: number })[];
  /** The mean over the classes that occur, in the targets or in the predictions. */
  macro: ClassScores;
}

/** A square matrix of this many classes still fits easily into memory. */
const MAX_MATRIX_CLASSES = 4096;
const MAX_CLASSES = 2 ** 24;

const positiveInteger = integer(1, 2 ** 31 - 1);

/**
 * Fraction of the rows whose prediction is the target.
 *
 * @param targets - (rows) class indices
 * @param predictions - (rows) class indices
 * @throws {@link ChainruleError} ERR_SHAPE, ERR_DATA
 */
export function accuracy(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: MetricOptions = {},
): number {
  const { sampleWeight } = metricOptions(options, 'accuracy');
  checkIndices('targets', targets, null);
  checkIndices('predictions', predictions, targets.length);
  const { rows, weights } = checkRows('targets', targets, 1, sampleWeight);
  return weightedMean(rows, weights, (row) => (targets[row] === predictions[row] ? 1 : 0));
}

/**
 * How many rows (or how much weight) of each class were predicted as each class.
 *
 * @param targets - (rows) class indices
 * @param predictions - (rows) class indices
 * @returns `matrix[target][prediction]`, square
 * @throws {@link ChainruleError} ERR_SHAPE, ERR_DATA; ERR_OPTION for more than 4,096 classes
 */
export function confusionMatrix(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: ClassOptions = {},
): number[][] {
  const { sampleWeight, columns } = metricOptions(options, 'confusionMatrix', 'classes');
  const classes = countClasses(targets, predictions, columns, MAX_MATRIX_CLASSES);
  const { rows, weights } = checkRows('targets', targets, 1, sampleWeight);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let row = 0; row < rows; row++) {
    matrix[targets[row]][predictions[row]] += weights === null ? 1 : weights[row];
  }
  return matrix;
}

/**
 * Precision, recall and F1 of every class, and their means (van Rijsbergen, "Information retrieval", 1979).
 *
 * @param targets - (rows) class indices
 * @param predictions - (rows) class indices
 * @throws {@link ChainruleError} ERR_SHAPE, ERR_DATA, ERR_OPTION
 */
export function precisionRecallF1(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: ClassOptions = {},
): PrecisionRecallF1 {
  const { sampleWeight, columns } = metricOptions(options, 'precisionRecallF1', 'classes');
  const count = countClasses(targets, predictions, columns, MAX_CLASSES);
  const { rows, weights } = checkRows('targets', targets, 1, sampleWeight);
  const hits = newDoubles(count, 'the classes');
  const targeted = newDoubles(count, 'the classes');
  const predicted = newDoubles(count, 'the classes');
  for (let row = 0; row < rows; row++) {
    const weight = weights === null ? 1 : weights[row];
    if (targets[row] === predictions[row]) hits[targets[row]] += weight;
    targeted[targets[row]] += weight;
    predicted[predictions[row]] += weight;
  }
  const classes = Array.from(hits, (tp, c) => ({
    precision: ratio(tp, predicted[c]),
    recall: ratio(tp, targeted[c]),
    f1: ratio(2 * tp, targeted[c] + predicted[c]),
    support: targeted[c],
  }));
  const occurring = classes.filter((_, c) => targeted[c] + predicted[c] > 0);
  const mean = (field: keyof ClassScores) =>
    occurring.reduce((sum, scores) => sum + scores[field], 0) / occurring.length;
  return { classes, macro: { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') } };
}

/**
 * Fraction of the rows whose class is among the `k` with the highest scores. Of equal scores the first ranks
 * higher.
 *
 * @param targets - (rows) class indices
 * @param scores - (rows, classes) row-major, e.g. what `predict` returns
 * @throws {@link ChainruleError} ERR_OPTION, ERR_SHAPE, ERR_DATA
 */
export function topKAccuracy(
  targets: ArrayLike<number>,
  scores: ArrayLike<number>,
  k: number,
  options: MetricOptions = {},
): number {
  positiveInteger(k, 'k');
  const { sampleWeight } = metricOptions(options, 'topKAccuracy');
  checkNumbers('targets', targets, null);
  checkNumbers('scores', scores, null);
  const { rows, weights } = checkRows('targets', targets, 1, sampleWeight);
  // The transpose has one row for each class.
  const { rows: classes } = checkRows('scores', scores, rows, null);
  checkClasses('targets', targets, classes);
  return weightedMean(rows, weights, (row) => {
    const start = row * classes;
    const own = scores[start + targets[row]];
    let higher = 0;
    for (let c = 0; c < classes; c++) {
      const score = scores[start + c];
      if (score > own || (score === own && c < targets[row])) higher++;
    }
    return higher < k ? 1 : 0;
  });
}

/** Column of the highest score in each row, the first of equals: (rows) from (rows, columns). */
export function argmaxRows(scores: ArrayLike<number>, rows: number): Int32Array {
  const columns = scores.length / rows;
  return arrayOf(Int32Array, rows, 'the classes of the rows', (row) => {
    const start = row * columns;
    let best = 0;
    for (let column = 1; column < columns; column++) {
      if (scores[start + column] > scores[start + best]) best = column;
    }
    return best;
  });
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function countClasses(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number | undefined,
  most: number,
): number {
  checkNumbers('targets', targets, null);
  checkNumbers('predictions', predictions, targets.length);
  let count = classes ?? 0;
  if (classes === undefined) {
    for (let row = 0; row < targets.length; row++) {
      count = Math.max(count, targets[row] + 1, predictions[row] + 1);
    }
  }
  // Written so that a NaN is refused.
  if (!(count <= most)) {
    throw new ChainruleError('ERR_OPTION', `there are ${count} classes, expected at most ${most}`);
  }
  checkClasses('targets', targets, count);
  checkClasses('predictions', predictions, count);
  return count;
}

/** Checks class indices of unknown number. */
function checkIndices(name: string, values: unknown, expected: number | null): void {
  checkNumbers(name, values, expected);
  checkClasses(name, values, 2 ** 31);
}

function checkClasses(name: string, values: ArrayLike<number>, classes: number): void {
  for (let row = 0; row < values.length; row++) {
    if (Number.isInteger(values[row]) && values[row] >= 0 && values[row] < classes) continue;
    throw new ChainruleError(
      'ERR_DATA',
      `${name} holds ${values[row]} in row ${row} (from 0), ` +
        `expected a class index: a whole number from 0 to ${classes - 1}`,
    );
  }
}
