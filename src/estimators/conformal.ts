/**
 * Prediction intervals from errors on rows that were not trained on (split conformal prediction: Lei, G'Sell,
 * Rinaldo, Tibshirani and Wasserman, "Distribution-free predictive inference for regression", JASA 2018).
 */

import { ChainruleError } from '../error.js';
import { number } from '../options/checks.js';

/** Lower and upper ends, (rows) each. */
export interface Intervals {
  lower: number[];
  upper: number[];
}

export const coverageNumber = number('a number above 0 and below 1', (value) => value > 0 && value < 1);

/** |y - prediction| of each row, in ascending order. */
export function absoluteScores(targets: ArrayLike<number>, predictions: ArrayLike<number>): Float32Array {
  return Float32Array.from(targets, (target, row) => Math.abs(target - predictions[row])).sort();
}

/**
 * How far each row is outside the interval between two quantiles, negative if it is inside, in ascending order:
 * max(low - y, y - high) (Romano, Patterson and Candès, "Conformalized quantile regression", NeurIPS 2019).
 *
 * @param quantiles - (rows, heads), ascending in each row; the first and the last are the interval's ends
 */
export function quantileScores(
  targets: ArrayLike<number>,
  quantiles: ArrayLike<number>,
  heads: number,
): Float32Array {
  return Float32Array.from(targets, (target, row) =>
    Math.max(quantiles[row * heads] - target, target - quantiles[(row + 1) * heads - 1]),
  ).sort();
}

/** The largest coverage that intervals by these scores can have. */
export function maximalCoverage(scores: ArrayLike<number>): number {
  return scores.length / (scores.length + 1);
}

/**
 * By how much to widen a prediction so that it covers a new row with probability `coverage`: the
 * ceil((rows + 1) coverage)-th smallest score. That holds on average over rows drawn like those of the scores.
 *
 * @param scores - ascending
 * @throws {@link ChainruleError} ERR_OPTION if there are too few scores: the interval would be infinite
 */
export function conformalRadius(scores: ArrayLike<number>, coverage: number): number {
  // A product such as 10 * 0.9 may be just above the whole number that it stands for.
  const rank = Math.ceil((scores.length + 1) * coverage - 1e-9);
  if (rank > scores.length) {
    const most = maximalCoverage(scores);
    throw new ChainruleError(
      'ERR_OPTION',
      scores.length === 0
        ? 'intervals need rows that were held out of training, and there were none: ' +
            'fit with validationSplit above 0, validation data or members'
        : `coverage is ${coverage}, but ${scores.length} held-out rows give at most ${most.toFixed(4)}`,
    );
  }
  return scores[Math.max(rank, 1) - 1];
}
