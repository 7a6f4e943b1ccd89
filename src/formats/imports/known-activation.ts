/** Tells which of our activations a function is, from its values: files of other software write them in many ways. */

import type { Activation } from '../../engine/contract.js';
import { erfc } from '../../numbers/erf.js';

/** Where functions are compared: dense around 0, and far out. */
export const SAMPLES = Float64Array.from(
  { length: 121 },
  (_, i) => ((i - 60) / 60) ** 3 * 30 + (i - 60) / 40,
);

const softplus = (z: number) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

const FUNCTIONS: readonly (readonly [Activation, (z: number) => number])[] = [
  ['relu', (z) => Math.max(z, 0)],
  ['sigmoid', sigmoid],
  ['tanh', Math.tanh],
  ['gelu', (z) => (z * erfc(-z * Math.SQRT1_2)) / 2],
  ['silu', (z) => z * sigmoid(z)],
  ['selu', (z) => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z))],
  ['mish', (z) => z * Math.tanh(softplus(z))],
];

/** Constants in files are float32. */
const TOLERANCE = 1e-6;

export type Recognised =
  | { kind: 'affine'; scale: number; shift: number }
  | { kind: 'activation'; activation: Activation; slope?: number };

/** @param values - of the function at `SAMPLES` */
export function recognise(values: Float64Array): Recognised | null {
  const is = (f: (z: number) => number) =>
    values.every((value, i) => {
      const expected = f(SAMPLES[i]);
      return Math.abs(value - expected) <= TOLERANCE * (1 + Math.abs(expected));
    });
  const [first, last] = [0, SAMPLES.length - 1];
  const scale = (values[last] - values[first]) / (SAMPLES[last] - SAMPLES[first]);
  const shift = values[SAMPLES.length >> 1];
  if (Number.isFinite(scale) && is((z) => scale * z + shift)) return { kind: 'affine', scale, shift };
  const found = FUNCTIONS.find(([, f]) => is(f));
  if (found !== undefined) return { kind: 'activation', activation: found[0] };
  const slope = values[first] / SAMPLES[first];
  if (slope >= 0 && is((z) => (z > 0 ? z : slope * z)))
    return { kind: 'activation', activation: 'leakyRelu', slope };
  return null;
}
