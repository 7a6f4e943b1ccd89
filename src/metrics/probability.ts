/** Metrics of scores and probabilities. */

import { ChainruleError } from '../error.js';
import { copyAs } from '../numbers/allocate.js';
import { ascendingOrder } from '../numbers/order.js';
import {
  checkFinite,
  checkNumbers,
  checkRows,
  type MetricOptions,
  metricOptions,
  weightedMean,
} from './weighting.js';

/** Distance from 1 to the next float32: log loss keeps probabilities this far from 0 and 1. */
const FLOAT32_EPSILON = 2 ** -23;

/**
 * Area under the ROC curve: the probability that a row of the class has a higher score than one that is
 * not, an equal score counting half (the statistic of Mann and Whitney; Hanley and McNeil, "The meaning and
 * use of the area under a ROC curve", Radiology 1982). With weights, the fraction of the weight of all pairs.
 *
 * @param targets - (rows) above 0.5 for rows of the class
 * @param scores - (rows) the higher, the likelier
 * @returns NaN if all rows are of the class or none is, or if a score is NaN
 * @throws {@link ChainruleError} ERR_SHAPE, ERR_DATA
 */
export function rocAuc(
  targets: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: MetricOptions = {},
): number {
  const { sampleWeight } = metricOptions(options, 'rocAuc');
  checkFinite('targets', targets, null);
  const { rows, weights } = checkRows('targets', targets, 1, sampleWeight);
  checkNumbers('scores', scores, rows);
  return areaUnderRoc(copyAs(Float64Array, scores, 'the scores'), (row) => targets[row] > 0.5, weights);
}

/** The same of checked data. Rows of the class are those that `isOfClass` accepts. */
export function areaUnderRoc(
  scores: Float64Array,
  isOfClass: (row: number) => boolean,
  weights: ArrayLike<number> | null,
): number {
  if (scores.some(Number.isNaN)) return Number.NaN;
  const order = ascendingOrder(scores);
  let pairs = 0;
  let negatives = 0;
  let positives = 0;
  for (let i = 0; i < order.length; ) {
    const score = scores[order[i]];
    let tiedPositives = 0;
    let tiedNegatives = 0;
    for (; i < order.length && scores[order[i]] === score; i++) {
      const row = order[i];
      const weight = weights === null ? 1 : weights[row];
      if (isOfClass(row)) tiedPositives += weight;
      else tiedNegatives += weight;
    }
    pairs += tiedPositives * (negatives + tiedNegatives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
  }
  return pairs / (positives * negatives);
}

/** Options of `logLoss`. */
export interface LogLossOptions extends MetricOptions {
  /** Columns of the probabilities. Default 1: the probability of the positive class. */
  classes?: number | undefined;
}

/**
 * Mean over the rows of -sum_j y_j log p_j, the negative log-likelihood (Good, "Rational decisions", 1952).
 * With one column that is -(y log p + (1 - y) log(1 - p)). Probabilities are kept 2^-23 away from 0 and 1,
 * as scikit-learn does for float32, so that a single row cannot make it infinite.
 *
 * @param targets - (rows) class indices, or target probabilities in the shape of `probabilities`
 * @param probabilities - (rows, classes) row-major, or (rows) of the positive class
 * @throws {@link ChainruleError} ERR_SHAPE, ERR_DATA
 */
export function logLoss(
  targets: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: LogLossOptions = {},
): number {
  const { sampleWeight, columns: classes = 1 } = metricOptions(options, 'logLoss', 'classes');
  checkNumbers('probabilities', probabilities, null);
  checkFinite('targets', targets, null);
  const { rows, weights } = checkRows('probabilities', probabilities, classes, sampleWeight);
  if (classes === 1) {
    checkFinite('targets', targets, rows);
    return weightedMean(rows, weights, (row) => {
      const p = clip(probabilities[row]);
      return -(targets[row] * Math.log(p) + (1 - targets[row]) * Math.log(1 - p));
    });
  }
  if (targets.length === rows) {
    return weightedMean(rows, weights, (row) => {
      const index = targets[row];
      if (!Number.isInteger(index) || index < 0 || index >= classes) {
        throw new ChainruleError('ERR_DATA', `targets holds ${index} in row ${row}, expected a class index`);
      }
      return -Math.log(clip(probabilities[row * classes + index]));
    });
  }
  checkFinite('targets', targets, rows * classes);
  return weightedMean(rows, weights, (row) => {
    let sum = 0;
    for (let i = row * classes; i < (row + 1) * classes; i++) {
      sum -= targets[i] * Math.log(clip(probabilities[i]));
    }
    return sum;
  });
}

function clip(probability: number): number {
  return Math.min(Math.max(probability, FLOAT32_EPSILON), 1 - FLOAT32_EPSILON);
}
