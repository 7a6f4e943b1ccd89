/**
 * Converts parameters between two forms: flat, for the engines (for each layer the weight (out, in),
 * row-major, then the bias; at the end the scale of the inputs), and one { weight, bias } per layer, for people,
 * the first with the scale.
 */

import { parameterLayout, type Shape } from '../engine/layout.js';
import { ChainruleError, show } from '../error.js';
import { copyFloats, newFloats } from '../numbers/allocate.js';
import type { Finder } from '../numbers/finite.js';
import { toFloat32, toMatrix } from '../numbers/matrix.js';
import { optionsObject } from '../options/checks.js';

/** Parameters of one layer, or values in their layout such as gradients. */
export interface LayerParameters {
  /** (out, in), row-major. */
  weight: Float32Array;
  /** (out); empty for a layer without a bias. */
  bias: Float32Array;
  /** The scale of the inputs, (inputSize): in the first entry of a network with `inputScale`, otherwise absent. */
  scale?: Float32Array;
}

/** Splits flat parameters into separate arrays. */
export function splitParameters(flat: Float32Array, spec: Shape): LayerParameters[] {
  const { layers, scale } = parameterLayout(spec);
  return layers.map(({ weight, bias }, l) => ({
    weight: part(flat, weight),
    bias: part(flat, bias),
    ...(l === 0 && scale.end > scale.start && { scale: part(flat, scale) }),
  }));
}

function part(flat: Float32Array, { start, end }: { start: number; end: number }): Float32Array {
  return copyFloats(flat.subarray(start, end), 'a copy of the parameters');
}

/**
 * Checks a list of { weight, bias }, one per layer, the first with the scale if there is one, and flattens it. Throws ERR_SHAPE if a shape is not the
 * network's, ERR_DATA for values that are not finite numbers.
 */
export function joinParameters(list: unknown, spec: Shape, finder: Finder): Float32Array {
  const { layers, scale: scaleSpan, length } = parameterLayout(spec);
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
  const flat = newFloats(length, 'the parameters');
  layers.forEach((layout, l) => {
    const name = `parameters[${l}]`;
    const { weight, bias, scale } = optionsObject(list[l], ['weight', 'bias', 'scale'], name);
    const weights = flat.subarray(layout.weight.start, layout.weight.end);
    copyTensor(weights, `${name}.weight`, weight, [layout.units, layout.inputs], finder);
    const biases = flat.subarray(layout.bias.start, layout.bias.end);
    copyIfAny(biases, `${name}.bias`, bias, finder);
    const scales = l === 0 ? flat.subarray(scaleSpan.start, scaleSpan.end) : flat.subarray(0, 0);
    copyIfAny(scales, `${name}.scale`, scale, finder);
  });
  return flat;
}

/** Copies a tensor of one dimension, which may be absent if there is none. */
function copyIfAny(target: Float32Array, name: string, data: unknown, finder: Finder): void {
  if (target.length === 0 && (data === undefined || data === null)) return;
  copyTensor(target, name, data, [target.length], finder);
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
  const matrix = toMatrix(name, data, columns);
  if (matrix.values.length !== target.length || (matrix.columns !== null && matrix.columns !== columns)) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `${name} has ${matrix.values.length} values, expected ${target.length} (${shape.join(' x ')})`,
    );
  }
  target.set(toFloat32(name, matrix, columns ?? target.length, finder));
}
