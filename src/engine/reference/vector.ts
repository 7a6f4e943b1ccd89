import type { FloatArray } from './plan.js';

/** L2 norm of all the values together. */
export function norm(values: FloatArray): number {
  return Math.sqrt(sumOfSquares(values));
}

export function sumOfSquares(values: FloatArray): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  return squares;
}

/** sum = sum + scale * values */
export function addScaled(scale: number, values: FloatArray, sum: FloatArray): void {
  for (let i = 0; i < values.length; i++) sum[i] += scale * values[i];
}

/** Index of the first NaN or infinity, or -1. */
export function firstNonFinite(values: FloatArray): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
