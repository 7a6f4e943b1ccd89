/**
 * Converts parameters between two forms: flat, for the engines (for each layer the weight (out, in),
 * row-major, then the bias), and one { weight, bias } per layer, for people.
 */

import { parameterLayout, type Shape } from '../engine/layout.js';
import { ChainruleError, show } from '../error.js';
import type { Finder } from '../numbers/finite.js';
import { toFloat32, toTable } from '../numbers/table.js';
import { optionsObject } from '../options/checks.js';

/** Parameters of one layer, or values in their layout such as gradients. */
export interface LayerParameters {
  /** (out, in), row-major. */
  weight: Float32Array;
  /** (out); empty for a layer without a bias. */
  bias: Float32Array;
}

/** Zeros for `length` parameters. Throws ERR_MEMORY if there is not enough memory. */
export function allocateParameters(length: number): Float32Array {
  try {
    return new Float32Array(length);
  } catch (cause) {
    throw new ChainruleError('ERR_MEMORY', `no memory for the ${length} parameters of the network`, {
      cause,
    });
  }
}

/** Splits flat parameters into separate arrays. */
export function splitParameters(flat: Float32Array, spec: Shape): LayerParameters[] {
  return parameterLayout(spec).layers.map(({ weight, bias }) => ({
    weight: flat.slice(weight.start, weight.end),
    bias: flat.slice(bias.start, bias.end),
  }));
}

/**
 * Checks a list of { weight, bias }, one per layer, and flattens it. Throws ERR_SHAPE if a shape is not the
 * network's, ERR_DATA for values that are not finite numbers.
 */
export function joinParameters(list: unknown, spec: Shape, finder: Finder): Float32Array {
  const { layers, length } = parameterLayout(spec);
  if (!Array.isArray(list)) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `parameters is ${show(list)}, expected an array of { weight, bias }`,
    );
  }
  if (list.length !== layers.length) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `parameters is an array of length ${list.length}, expected ${layers.length}, one { weight, bias } for each layer`,
    );
  }
  const flat = allocateParameters(length);
  layers.forEach((layout, l) => {
    const name = `parameters[${l}]`;
    const { weight, bias } = optionsObject(list[l], ['weight', 'bias'], name);
    const weights = flat.subarray(layout.weight.start, layout.weight.end);
    copyTensor(weights, `${name}.weight`, weight, [layout.units, layout.inputs], finder);
    const biases = flat.subarray(layout.bias.start, layout.bias.end);
    if (biases.length > 0 || !(bias === undefined || bias === null)) {
      copyTensor(biases, `${name}.bias`, bias, [biases.length], finder);
    }
  });
  return flat;
}

/** Copies a tensor of `shape` (rows and columns, or one dimension), given as rows or flat. */
function copyTensor(
  target: Float32Array,
  name: string,
  data: unknown,
  shape: readonly number[],
  finder: Finder,
): void {
  const columns = shape[1] ?? null;
  const table = toTable(name, data, columns);
  if (table.values.length !== target.length || (table.columns !== null && table.columns !== columns)) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `${name} has ${table.values.length} values, expected ${target.length} (${shape.join(' x ')})`,
    );
  }
  target.set(toFloat32(name, table, columns ?? target.length, finder));
}
