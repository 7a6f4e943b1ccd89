/** Metrics of values. Conventions are those of scikit-learn, except for `rmse` of several outputs. */

import {
  checkFinite,
  checkNumbers,
  checkRows,
  type MetricOptions,
  metricOptions,
  weightedMean,
} from './weighting.js';

/** Options of the metrics of values. */
export interface RegressionOptions extends MetricOptions {
  /** Columns of the targets and the predictions. Default 1. */
  outputs?: number | undefined;
}

/**
 * Root of the mean squared error over all rows and outputs together. (scikit-learn takes the root of each
 * output first and then the mean, which for one output is the same.)
 *
 * @param targets - (rows, outputs) row-major
 * @param predictions - (rows, outputs) row-major
 * @throws {@link ChainruleError} ERR_SHAPE, ERR_DATA
 */
export function rmse(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: RegressionOptions = {},
): number {
  return Math.sqrt(meanError('rmse', targets, predictions, options, (error) => error * error));
}

/**
 * Mean absolute error over all rows and outputs.
 *
 * @param targets - (rows, outputs) row-major
 * @param predictions - (rows, outputs) row-major
 * @throws {@link ChainruleError} ERR_SHAPE, ERR_DATA
 */
export function mae(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: RegressionOptions = {},
): number {
  return meanError('mae', targets, predictions, options, Math.abs);
}

/**
 * Coefficient of determination, 1 - sum((y - prediction)^2) / sum((y - mean y)^2), the mean over the
 * outputs: 1 for a perfect prediction, 0 for one as good as the mean. For a constant target it is 1 if every
 * prediction is exact, otherwise 0.
 *
 * @param targets - (rows, outputs) row-major
 * @param predictions - (rows, outputs) row-major
 * @throws {@link ChainruleError} ERR_SHAPE, ERR_DATA
 */
export function r2(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: RegressionOptions = {},
): number {
  const { rows, outputs, weights } = checkValues('r2', targets, predictions, options);
  let sum = 0;
  for (let output = 0; output < outputs; output++) {
    const target = (row: number) => targets[row * outputs + output];
    const residual = weightedMean(
      rows,
      weights,
      (row) => (target(row) - predictions[row * outputs + output]) ** 2,
    );
    const mean = weightedMean(rows, weights, target);
    const variance = weightedMean(rows, weights, (row) => (target(row) - mean) ** 2);
    // The squares of tiny differences are 0.
    const hasSpread = variance !== 0 && !isConstant(rows, weights, target);
    sum += hasSpread ? 1 - residual / variance : constantDetermination(residual);
  }
  return sum / outputs;
}

/** Not from the variance: if the mean is not a float itself, rounding keeps that from being 0. */
function isConstant(
  rows: number,
  weights: ArrayLike<number> | null,
  target: (row: number) => number,
): boolean {
  let first: number | undefined;
  for (let row = 0; row < rows; row++) {
    if (weights !== null && weights[row] === 0) continue;
    first ??= target(row);
    if (target(row) !== first) return false;
  }
  return true;
}

function constantDetermination(residual: number): number {
  if (Number.isNaN(residual)) return residual;
  return residual === 0 ? 1 : 0;
}

function checkValues(metric: string, targets: unknown, predictions: unknown, options: unknown) {
  const { sampleWeight, columns: outputs = 1 } = metricOptions(options, metric, 'outputs');
  checkFinite('targets', targets, null);
  checkNumbers('predictions', predictions, targets.length);
  return { outputs, ...checkRows('targets', targets, outputs, sampleWeight) };
}

function meanError(
  metric: string,
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: RegressionOptions,
  measure: (error: number) => number,
): number {
  const { rows, outputs, weights } = checkValues(metric, targets, predictions, options);
  return weightedMean(rows, weights, (row) => {
    let sum = 0;
    for (let i = row * outputs; i < (row + 1) * outputs; i++) sum += measure(predictions[i] - targets[i]);
    return sum / outputs;
  });
}
