import type { NetworkSpec } from '../contract.js';
import { type Loss, losses } from '../kinds.js';
import { rowMax } from './activation.js';
import { type Batch, weightOf } from './batches.js';
import type { Smoothing } from './label-smoothing.js';
import type { FloatArray } from './vector.js';

/** bce and crossEntropy are functions of the logits Z, not of log(A), which fails at a = 0. */
export function isFromLogits(loss: Loss): boolean {
  return losses[loss].output !== null;
}

/** A loss with its parameter. */
type LossRule = Pick<NetworkSpec, 'loss' | 'lossParameters'>;

/** sum(w_p): the divisor of a weighted mean over the batch. */
export function weightSum({ rows, weights }: Batch): number {
  if (weights === null) return rows;
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += weightOf(weights, row);
  return sum;
}

/** sum / weight, or 0 if all weights are 0. */
export function divideNoNan(sum: number, weight: number): number {
  return weight === 0 ? 0 : sum / weight;
}

/** sum(w_p L_p) over a batch with logits Z and outputs A, both (rows, units). */
export function lossSum(
  rule: LossRule,
  smoothing: Smoothing,
  batch: Batch,
  units: number,
  z: FloatArray,
  a: FloatArray,
): number {
  let sum = 0;
  for (let row = 0; row < batch.rows; row++) {
    const weight = weightOf(batch.weights, row);
    sum += weight * sampleLoss(rule, smoothing, batch.targets, row, units, z, a);
  }
  return sum;
}

function sampleLoss(
  { loss, lossParameters }: LossRule,
  { keep, share }: Smoothing,
  y: FloatArray | Int32Array,
  row: number,
  units: number,
  z: FloatArray,
  a: FloatArray,
): number {
  const first = row * units;
  const end = first + units;
  let sum = 0;
  switch (loss) {
    case 'halfMse':
    case 'mse':
      for (let i = first; i < end; i++) sum += (a[i] - y[i]) ** 2;
      return sum / (loss === 'mse' ? units : 2);
    case 'huber': {
      const [delta] = lossParameters;
      for (let i = first; i < end; i++) {
        const e = Math.abs(a[i] - y[i]);
        sum += e <= delta ? (e * e) / 2 : delta * (e - delta / 2);
      }
      return sum / units;
    }
    case 'absolute':
      for (let i = first; i < end; i++) sum += Math.abs(a[i] - y[i]);
      return sum / units;
    case 'quantile':
      for (let i = first; i < end; i++) {
        const q = lossParameters[i - first];
        const e = y[i] - a[i];
        sum += Math.max(q * e, (q - 1) * e);
      }
      return sum / units;
    case 'bce':
      for (let i = first; i < end; i++) {
        sum += Math.max(z[i], 0) - z[i] * (keep * y[i] + share) + Math.log1p(Math.exp(-Math.abs(z[i])));
      }
      return sum;
    case 'crossEntropy': {
      const max = rowMax(z, first, units);
      // log sum_k e^z_k - z_i, without a sum of z_i and something that may be far smaller
      const logSum = logSumBelow(z, first, units, max);
      const lossOf = (i: number) => max - z[i] + logSum;
      if (y instanceof Int32Array) {
        // A class index means its one-hot row.
        sum = keep * lossOf(first + y[row]);
        if (share > 0) for (let i = first; i < end; i++) sum += share * lossOf(i);
        return sum;
      }
      for (let i = first; i < end; i++) sum += (keep * y[i] + share) * lossOf(i);
      return sum;
    }
  }
}

/** log sum_k e^(z_k - max), to the last digit also where the largest logit leaves next to nothing to the others. */
function logSumBelow(z: FloatArray, first: number, units: number, max: number): number {
  let others = 0;
  let largest = 0;
  for (let i = first; i < first + units; i++) {
    if (z[i] === max) largest++;
    else others += Math.exp(z[i] - max);
  }
  return Math.log1p(others + (largest - 1));
}

/**
 * Gradient of the batch's mean loss, (rows, units): with respect to the logits Z for losses that are
 * functions of Z, otherwise with respect to the outputs A.
 */
export function lossGradient(
  rule: LossRule,
  smoothing: Smoothing,
  batch: Batch,
  units: number,
  a: FloatArray,
  delta: FloatArray,
): void {
  const total = weightSum(batch);
  for (let row = 0; row < batch.rows; row++) {
    const weight = weightOf(batch.weights, row);
    sampleLossGradient(rule, smoothing, batch.targets, row, units, divideNoNan(weight, total), a, delta);
  }
}

function sampleLossGradient(
  { loss, lossParameters }: LossRule,
  { keep, share }: Smoothing,
  y: FloatArray | Int32Array,
  row: number,
  units: number,
  scale: number,
  a: FloatArray,
  delta: FloatArray,
): void {
  const first = row * units;
  const end = first + units;
  switch (loss) {
    case 'halfMse':
    case 'mse': {
      const factor = loss === 'mse' ? (2 * scale) / units : scale;
      for (let i = first; i < end; i++) delta[i] = factor * (a[i] - y[i]);
      break;
    }
    case 'huber': {
      const [limit] = lossParameters;
      for (let i = first; i < end; i++) {
        const e = a[i] - y[i];
        delta[i] = (scale / units) * Math.min(Math.max(e, -limit), limit);
      }
      break;
    }
    case 'absolute':
      for (let i = first; i < end; i++) delta[i] = (scale / units) * Math.sign(a[i] - y[i]);
      break;
    case 'quantile':
      for (let i = first; i < end; i++) {
        const q = lossParameters[i - first];
        const e = y[i] - a[i];
        delta[i] = (scale / units) * -Math.sign(e) * (e > 0 ? q : 1 - q);
      }
      break;
    case 'bce':
      for (let i = first; i < end; i++) delta[i] = scale * (a[i] - (keep * y[i] + share));
      break;
    case 'crossEntropy': {
      if (y instanceof Int32Array) {
        const target = first + y[row];
        for (let i = first; i < end; i++) delta[i] = scale * (a[i] - (i === target ? keep + share : share));
        break;
      }
      // A row of soft targets need not sum to one; A is scaled by its sum.
      let sum = 0;
      for (let i = first; i < end; i++) sum += keep * y[i] + share;
      for (let i = first; i < end; i++) delta[i] = scale * (a[i] * sum - (keep * y[i] + share));
      break;
    }
    default:
      loss satisfies never;
  }
}
