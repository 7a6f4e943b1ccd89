/**
 * Initial parameters, drawn from the seed alone. Element i of the weight of layer l (both from 0, the
 * weight in its (out, in) layout) depends on nothing but (seed, l, i), so that it is the same on every
 * engine and whatever else is drawn.
 */

import type { LayerSpec, NetworkSpec } from '../backend/backend.js';
import { Stream, threefry2x32, unitInterval } from '../random.js';
import { allocateParameters, type LayerLayout, parameterLayout } from './parameters.js';

/** Fills `out` with draws from the normal distribution of mean 0. */
export function fillNormal(
  out: Float32Array,
  seed: number,
  position: number,
  standardDeviation: number,
): void {
  const words = new Uint32Array(2);
  for (let i = 0; i < out.length; i++) {
    // Box and Muller's transform of words 2i and 2i + 1, which are one block; its other value is not used.
    threefry2x32(seed, Stream.initialisation, i, position, words);
    const radius = Math.sqrt(-2 * Math.log(unitInterval(words[0])));
    out[i] = standardDeviation * radius * Math.cos(2 * Math.PI * unitInterval(words[1]));
  }
}

/** Fills `out` with draws from the uniform distribution on (-limit, limit). */
export function fillUniform(out: Float32Array, seed: number, position: number, limit: number): void {
  const words = new Uint32Array(2);
  for (let i = 0; i < out.length; i++) {
    if (i % 2 === 0) threefry2x32(seed, Stream.initialisation, i / 2, position, words);
    out[i] = limit * (2 * unitInterval(words[i % 2]) - 1);
  }
}

/** Parameters to start from, flat: weights He normal or Glorot uniform by the activation, biases 0. */
export function initialParameters(spec: NetworkSpec, seed: number): Float32Array {
  const { layers, length } = parameterLayout(spec);
  const flat = allocateParameters(length);
  layers.forEach((layout, l) => {
    const weight = flat.subarray(layout.weight.start, layout.weight.end);
    initialiseWeight(weight, spec.layers[l], layout, seed, l);
  });
  return flat;
}

function initialiseWeight(
  weight: Float32Array,
  { activation, slope }: LayerSpec,
  { inputs, units }: LayerLayout,
  seed: number,
  position: number,
): void {
  if (activation === 'relu' || activation === 'leakyRelu') {
    const gain = Math.sqrt(2 / (1 + slope * slope));
    fillNormal(weight, seed, position, gain / Math.sqrt(inputs));
  } else {
    fillUniform(weight, seed, position, Math.sqrt(6 / (inputs + units)));
  }
}
