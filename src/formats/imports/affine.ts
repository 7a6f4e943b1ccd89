/** Scales and shifts of columns, and how dense layers beside them take them in. All in double. */

/** A dense layer: x W^T + b. */
export interface Linear {
  /** (units, inputs) */
  readonly weight: Float64Array;
  /** (units) */
  readonly bias: Float64Array;
  readonly units: number;
  readonly inputs: number;
}

/** scale_j x_j + shift_j for each column j. A single number goes for all of them. */
export interface Affine {
  readonly scale: ArrayLike<number>;
  readonly shift: ArrayLike<number>;
}

export const at = (values: ArrayLike<number>, column: number) =>
  values.length === 1 ? values[0] : values[column];

export function isScale({ shift }: Affine): boolean {
  return Array.from(shift).every((value) => value === 0);
}

/** The second step after the first. */
export function combine(first: Affine, second: Affine): Affine {
  const length = Math.max(...[first, second].flatMap(({ scale, shift }) => [scale.length, shift.length]));
  const scale = new Float64Array(length);
  const shift = new Float64Array(length);
  for (let j = 0; j < length; j++) {
    scale[j] = at(second.scale, j) * at(first.scale, j);
    shift[j] = at(second.scale, j) * at(first.shift, j) + at(second.shift, j);
  }
  return { scale, shift };
}

/**
 * The most that a column may be shifted by for the layer's bias to take it in: every factor of 10 costs a digit of the
 * float32 that the bias becomes.
 */
const LARGEST_SHIFT = 1000;

/** Makes a layer take columns before they are scaled and shifted. False, and nothing, if that would lose digits. */
export function foldIn({ weight, bias, units, inputs }: Linear, { scale, shift }: Affine): boolean {
  if (Array.from(shift).some((value) => Math.abs(value) > LARGEST_SHIFT)) return false;
  for (let unit = 0; unit < units; unit++) {
    for (let j = 0; j < inputs; j++) {
      const place = unit * inputs + j;
      bias[unit] += weight[place] * at(shift, j);
      weight[place] *= at(scale, j);
    }
  }
  return true;
}

/** Makes a layer give outputs that are scaled and shifted. */
export function foldOut({ weight, bias, units, inputs }: Linear, { scale, shift }: Affine): void {
  for (let unit = 0; unit < units; unit++) {
    for (let j = 0; j < inputs; j++) weight[unit * inputs + j] *= at(scale, unit);
    bias[unit] = bias[unit] * at(scale, unit) + at(shift, unit);
  }
}

/** What a trained normalisation over batches does to columns. */
export function normalise(
  scale: ArrayLike<number>,
  shift: ArrayLike<number>,
  mean: ArrayLike<number>,
  variance: ArrayLike<number>,
  epsilon: number,
): Affine {
  const factor = Float64Array.from(scale, (value, j) => value / Math.sqrt(variance[j] + epsilon));
  return { scale: factor, shift: factor.map((value, j) => shift[j] - value * mean[j]) };
}
