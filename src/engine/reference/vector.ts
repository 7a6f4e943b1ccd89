/** Numbers of a tensor: float32 in the engine, float64 where a gradient is checked. */
export type FloatArray = Float32Array | Float64Array;

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
