/**
 * Parameters between their two forms: flat, as the engines take them (for each layer the weight (out, in)
 * row-major, then the bias), and one { weight, bias } a layer, as people do.
 */

import { type Finder, toFloat32, toTable } from '../data/inputs.js';
import type { NetworkSpec } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { optionsObject, show } from '../options/checks.js';

/** Parameters of one layer, or values in their layout such as gradients. */
export interface LayerParameters {
  /** (out, in), row-major. */
  weight: Float32Array;
  /** (out); empty for a layer without a bias. */
  bias: Float32Array;
}

/** A part of a flat array. */
export interface Span {
  start: number;
  end: number;
}

/** Where the parameters of one layer lie in a flat array. */
export interface LayerLayout {
  inputs: number;
  units: number;
  /** (units, inputs) */
  weight: Span;
  /** (units), or empty for a layer without a bias. */
  bias: Span;
}

/** Where the parameters of every layer lie, and how many there are. */
export function parameterLayout(spec: NetworkSpec): { layers: LayerLayout[]; length: number } {
  let length = 0;
  const take = (count: number): Span => {
    const start = length;
    length += count;
    return { start, end: length };
  };
  let inputs = spec.inputSize;
  const layers = spec.layers.map(({ units, useBias }): LayerLayout => {
    const layout = { inputs, units, weight: take(units * inputs), bias: take(useBias ? units : 0) };
    inputs = units;
    return layout;
  });
  return { layers, length };
}

/** Zeros for `length` parameters. Throws ERR_MEMORY where there is no room for them. */
export function allocateParameters(length: number): Float32Array {
  try {
    return new Float32Array(length);
  } catch (cause) {
    throw new ChainruleError('ERR_MEMORY', `no memory for the ${length} parameters of the network`, {
      cause,
    });
  }
}

/** Flat parameters taken apart into arrays of their own. */
export function splitParameters(flat: Float32Array, spec: NetworkSpec): LayerParameters[] {
  return parameterLayout(spec).layers.map(({ weight, bias }) => ({
    weight: flat.slice(weight.start, weight.end),
    bias: flat.slice(bias.start, bias.end),
  }));
}

/**
 * Checks a list of { weight, bias }, one a layer, and makes it flat. Throws ERR_SHAPE where a shape is not
 * the network's, ERR_DATA for values that are not finite numbers.
 */
export function joinParameters(list: unknown, spec: NetworkSpec, finder: Finder): Float32Array {
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

/** Copies a tensor of `shape` (rows and columns, or one dimension) that comes in rows or flat. */
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
