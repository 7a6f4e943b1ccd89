import { erfc } from '../../numbers/erf.js';
import type { Activation } from '../contract.js';
import type { FloatArray } from './vector.js';

/**
 * A = g(Z), both (rows, units). A NaN in Z is a NaN in A: Math.max passes it on, and comparisons are written
 * so that it reaches the branch that keeps it.
 */
export function activate(
  activation: Activation,
  slope: number,
  rows: number,
  units: number,
  z: FloatArray,
  a: FloatArray,
): void {
  const count = rows * units;
  switch (activation) {
    case 'identity':
      for (let i = 0; i < count; i++) a[i] = z[i];
      break;
    case 'sigmoid':
      for (let i = 0; i < count; i++) a[i] = sigmoid(z[i]);
      break;
    case 'tanh':
      for (let i = 0; i < count; i++) a[i] = Math.tanh(z[i]);
      break;
    case 'relu':
      for (let i = 0; i < count; i++) a[i] = Math.max(0, z[i]);
      break;
    case 'leakyRelu':
      for (let i = 0; i < count; i++) a[i] = z[i] <= 0 ? slope * z[i] : z[i];
      break;
    case 'gelu':
      for (let i = 0; i < count; i++) a[i] = z[i] === -Infinity ? 0 : z[i] * normalDistribution(z[i]);
      break;
    case 'silu':
      for (let i = 0; i < count; i++) a[i] = z[i] === -Infinity ? 0 : z[i] * sigmoid(z[i]);
      break;
    case 'selu':
      for (let i = 0; i < count; i++) a[i] = SELU_SCALE * (z[i] <= 0 ? SELU_ALPHA * Math.expm1(z[i]) : z[i]);
      break;
    case 'mish':
      for (let i = 0; i < count; i++) a[i] = z[i] === -Infinity ? 0 : z[i] * Math.tanh(softplus(z[i]));
      break;
    case 'softmax':
      for (let row = 0; row < rows; row++) softmax(z, a, row * units, units);
      break;
    default:
      activation satisfies never;
  }
}

/**
 * delta = delta (.) g'(Z): turns dJ/dA into dJ/dZ in place, all (rows, units). At the kink of relu and
 * leakyRelu the derivative is the left one.
 */
export function multiplyByDerivative(
  activation: Activation,
  slope: number,
  rows: number,
  units: number,
  z: FloatArray,
  a: FloatArray,
  delta: FloatArray,
): void {
  const count = rows * units;
  switch (activation) {
    case 'identity':
      break;
    case 'sigmoid':
      for (let i = 0; i < count; i++) delta[i] *= a[i] * (1 - a[i]);
      break;
    case 'tanh':
      for (let i = 0; i < count; i++) delta[i] *= 1 - a[i] * a[i];
      break;
    case 'relu':
      for (let i = 0; i < count; i++) if (z[i] <= 0) delta[i] = 0;
      break;
    case 'leakyRelu':
      for (let i = 0; i < count; i++) if (z[i] <= 0) delta[i] *= slope;
      break;
    case 'gelu':
      for (let i = 0; i < count; i++) delta[i] *= normalDistribution(z[i]) + z[i] * normalDensity(z[i]);
      break;
    case 'silu':
      for (let i = 0; i < count; i++) {
        const s = sigmoid(z[i]);
        delta[i] *= s * (1 + z[i] * (1 - s));
      }
      break;
    case 'selu':
      for (let i = 0; i < count; i++) delta[i] *= z[i] <= 0 ? a[i] + SELU_SCALE * SELU_ALPHA : SELU_SCALE;
      break;
    case 'mish':
      for (let i = 0; i < count; i++) {
        const t = Math.tanh(softplus(z[i]));
        delta[i] *= t + z[i] * (1 - t * t) * sigmoid(z[i]);
      }
      break;
    case 'softmax':
      for (let row = 0; row < rows; row++) multiplyBySoftmaxJacobian(a, delta, row * units, units);
      break;
    default:
      activation satisfies never;
  }
}

/** Of Klambauer, Unterthiner, Mayr and Hochreiter, arXiv:1706.02515. */
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** Phi(z) of the standard normal distribution, erfc(-z / sqrt 2) / 2. */
function normalDistribution(z: number): number {
  return erfc(-z * Math.SQRT1_2) / 2;
}

function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** log(1 + e^z) */
function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

/** 1 / (1 + e^-z), in two branches whose exponentials do not overflow. */
function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

function softmax(z: FloatArray, a: FloatArray, first: number, units: number): void {
  const end = first + units;
  const max = rowMax(z, first, units);
  let sum = 0;
  for (let i = first; i < end; i++) sum += Math.exp(z[i] - max);
  for (let i = first; i < end; i++) a[i] = Math.exp(z[i] - max) / sum;
}

/** da_i/dz_j = a_i (1{i = j} - a_j), hence delta_j = a_j (d_j - sum_i d_i a_i). */
function multiplyBySoftmaxJacobian(a: FloatArray, delta: FloatArray, first: number, units: number): void {
  const end = first + units;
  let mean = 0;
  for (let i = first; i < end; i++) mean += delta[i] * a[i];
  for (let i = first; i < end; i++) delta[i] = a[i] * (delta[i] - mean);
}

/** Largest of z[first], ..., z[first + units - 1]. */
export function rowMax(z: FloatArray, first: number, units: number): number {
  let max = z[first];
  for (let i = first + 1; i < first + units; i++) if (z[i] > max) max = z[i];
  return max;
}
