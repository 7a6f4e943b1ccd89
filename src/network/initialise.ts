/**
 * Initial parameters, drawn from the seed alone. Element i of the weight of layer l (both from 0, the
 * weight in its (out, in) layout) depends only on (seed, l, i), so that it is the same on every engine and
 * whatever else is drawn; so does element i of its bias.
 */

import type { NetworkSpec } from '../engine/contract.js';
import { type LayerLayout, parameterLayout } from '../engine/layout.js';
import { newFloats } from '../numbers/allocate.js';
import { Stream, threefry2x32, unitInterval } from '../numbers/random.js';
import type { Initializer, LayerInitializers } from '../options/initializer.js';

/** Positions in the stream below this are for weights, from here on for biases. */
const BIAS_POSITION = 2 ** 31;

/** Parameters to start from, flat. `initializers` has one entry per layer. */
export function initialParameters(
  spec: NetworkSpec,
  initializers: readonly LayerInitializers[],
): Float32Array {
  const { layers, scale, length } = parameterLayout(spec);
  const flat = newFloats(length, 'the parameters');
  layers.forEach((layout, l) => {
    const weight = flat.subarray(layout.weight.start, layout.weight.end);
    const bias = flat.subarray(layout.bias.start, layout.bias.end);
    const { slope } = spec.layers[l];
    initialise(weight, initializers[l].weight, layout, slope, spec.seed, l);
    initialise(bias, initializers[l].bias, layout, slope, spec.seed, BIAS_POSITION + l);
  });
  flat.fill(1, scale.start, scale.end);
  return flat;
}

function initialise(
  out: Float32Array,
  initializer: Initializer,
  { inputs, units }: LayerLayout,
  slope: number,
  seed: number,
  position: number,
): void {
  const normal = (mean: number, standardDeviation: number) =>
    fillNormal(out, seed, position, mean, standardDeviation);
  const uniform = (minimum: number, maximum: number) => fillUniform(out, seed, position, minimum, maximum);
  const symmetric = (limit: number) => uniform(-limit, limit);
  // The fraction of the variance that relu and leakyRelu pass on, times two.
  const passed = 1 + slope * slope;
  switch (initializer.kind) {
    case 'zeros':
      break;
    case 'constant':
      out.fill(initializer.value);
      break;
    case 'normal':
      normal(initializer.mean, initializer.standardDeviation);
      break;
    case 'uniform':
      uniform(initializer.minimum, initializer.maximum);
      break;
    case 'glorotNormal':
      normal(0, Math.sqrt(2 / (inputs + units)));
      break;
    case 'glorotUniform':
      symmetric(Math.sqrt(6 / (inputs + units)));
      break;
    case 'heNormal':
      normal(0, Math.sqrt(2 / (passed * inputs)));
      break;
    case 'heUniform':
      symmetric(Math.sqrt(6 / (passed * inputs)));
      break;
    case 'lecunNormal':
      normal(0, Math.sqrt(1 / inputs));
      break;
    case 'lecunUniform':
      symmetric(Math.sqrt(3 / inputs));
      break;
    default:
      initializer satisfies never;
  }
}

/** Fills `out` with draws from a normal distribution. */
export function fillNormal(
  out: Float32Array,
  seed: number,
  position: number,
  mean: number,
  standardDeviation: number,
): void {
  const words = new Uint32Array(2);
  for (let i = 0; i < out.length; i++) {
    // The Box-Muller transform of words 2i and 2i + 1, which are one block; its second value is not used.
    threefry2x32(seed, Stream.initialisation, i, position, words);
    const radius = Math.sqrt(-2 * Math.log(unitInterval(words[0])));
    out[i] = mean + standardDeviation * radius * Math.cos(2 * Math.PI * unitInterval(words[1]));
  }
}

/** Fills `out` with draws from the uniform distribution on (minimum, maximum). */
export function fillUniform(
  out: Float32Array,
  seed: number,
  position: number,
  minimum: number,
  maximum: number,
): void {
  const words = new Uint32Array(2);
  for (let i = 0; i < out.length; i++) {
    if (i % 2 === 0) threefry2x32(seed, Stream.initialisation, i / 2, position, words);
    out[i] = minimum + (maximum - minimum) * unitInterval(words[i % 2]);
  }
}
