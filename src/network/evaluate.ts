/** How good outputs are, in the terms of the task. */

import type { Loss, Samples } from '../backend/backend.js';

/** The loss and the metrics that suit the task. To the metrics every row counts alike, without weights. */
export interface Evaluation {
  /** Mean loss, weighted by the sample weights if there are any, L2 penalty included. */
  loss: number;
  /**
   * For crossEntropy the share of rows whose largest output is that of the class; for bce the share of
   * (row, output) pairs that lie on the right side of 0.5.
   */
  accuracy?: number;
  /** Root of the mean squared error over all outputs; for mse and halfMse. */
  rmse?: number;
  /** Mean absolute error over all outputs; for mse and halfMse. */
  mae?: number;
  /** Coefficient of determination, the mean over the outputs; for mse and halfMse. */
  r2?: number;
}

export type Metrics = Omit<Evaluation, 'loss'>;

/** The metrics of `outputs` (rows, columns) against the targets, for a network trained on `loss`. */
export function metricsOf(loss: Loss, outputs: Float32Array, samples: Samples): Metrics {
  const { targets, rows } = samples;
  const columns = outputs.length / rows;
  switch (loss) {
    case 'crossEntropy':
      return { accuracy: classAccuracy(outputs, targets, rows, columns) };
    case 'bce':
      return { accuracy: labelAccuracy(outputs, targets) };
    default:
      return regressionMetrics(outputs, targets, rows, columns);
  }
}

function classAccuracy(
  outputs: Float32Array,
  targets: Float32Array | Int32Array,
  rows: number,
  columns: number,
): number {
  let right = 0;
  for (let row = 0; row < rows; row++) {
    const wanted = targets instanceof Int32Array ? targets[row] : largest(targets, row, columns);
    if (largest(outputs, row, columns) === wanted) right++;
  }
  return right / rows;
}

/** Column of the largest value of a row; the first of several. */
function largest(values: Float32Array, row: number, columns: number): number {
  const start = row * columns;
  let best = 0;
  for (let column = 1; column < columns; column++) {
    if (values[start + column] > values[start + best]) best = column;
  }
  return best;
}

function labelAccuracy(outputs: Float32Array, targets: Float32Array | Int32Array): number {
  let right = 0;
  for (let i = 0; i < outputs.length; i++) {
    if (outputs[i] > 0.5 === targets[i] > 0.5) right++;
  }
  return right / outputs.length;
}

function regressionMetrics(
  outputs: Float32Array,
  targets: Float32Array | Int32Array,
  rows: number,
  columns: number,
): Metrics {
  let squared = 0;
  let absolute = 0;
  let r2 = 0;
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let i = column; i < outputs.length; i += columns) sum += targets[i];
    const mean = sum / rows;
    let residual = 0;
    let total = 0;
    for (let i = column; i < outputs.length; i += columns) {
      const error = outputs[i] - targets[i];
      residual += error * error;
      absolute += Math.abs(error);
      total += (targets[i] - mean) ** 2;
    }
    squared += residual;
    r2 += determination(residual, total) / columns;
  }
  return { rmse: Math.sqrt(squared / outputs.length), mae: absolute / outputs.length, r2 };
}

/** 1 - residual / total; for a constant target 1 if it is met exactly and else 0, as scikit-learn has it. */
function determination(residual: number, total: number): number {
  if (total > 0) return 1 - residual / total;
  return residual === 0 ? 1 : 0;
}
