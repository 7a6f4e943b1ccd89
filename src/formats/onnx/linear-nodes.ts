/** Nodes of ONNX that are linear in the columns: dense layers, and steps that scale and shift columns. */

import { type Affine, type Linear, normalise } from '../imports/affine.js';
import type { LayerChain } from '../imports/layer-chain.js';
import type { GraphIndex, GraphNode } from './graph-index.js';
import type { Constant } from './tensor-values.js';

/** Where a node is, for the functions here. */
export interface Place {
  readonly graph: GraphIndex;
  readonly chain: LayerChain;
  /** The tensor that comes from the inputs. */
  readonly tensor: string;
}

/**
 * The dense layer of a Gemm or MatMul; undefined for other nodes.
 *
 * @throws {@link ChainruleError} ERR_FILE if it is not one of constant weights
 */
export function linearOf(node: GraphNode, { graph, chain, tensor }: Place): Linear | undefined {
  const { op, inputs, attributes, words } = node;
  if (op !== 'Gemm' && op !== 'MatMul') return undefined;
  const [x, weightName = '', biasName = ''] = inputs;
  const weight = x === tensor ? graph.constant(weightName) : undefined;
  if (weight === undefined || weight.dims.length !== 2 || weight.values.length === 0) {
    throw chain.refusal(words, 'does not multiply what comes before it by a constant matrix');
  }
  const number = (name: string, fallback: number) => attributes.get(name)?.float ?? fallback;
  const flag = (name: string) => (attributes.get(name)?.int ?? 0) !== 0;
  if (flag('transA')) throw chain.refusal(words, 'transposes what comes before it');
  const [rows, columns] = weight.dims;
  const [units, size] = flag('transB') ? [rows, columns] : [columns, rows];
  const factor = number('alpha', 1);
  const bias = new Float64Array(units);
  if (biasName !== '') {
    const values = vector(graph.constant(biasName), units);
    if (values === undefined) throw chain.refusal(words, `has no constant bias of ${units} numbers`);
    for (let unit = 0; unit < units; unit++) {
      bias[unit] = number('beta', 1) * values[values.length === 1 ? 0 : unit];
    }
  }
  return { weight: rowsOfUnits(weight, flag('transB'), factor), bias, units, inputs: size };
}

/** (units, inputs) */
function rowsOfUnits(
  { dims: [rows, columns], values }: Constant,
  isSo: boolean,
  factor: number,
): Float64Array {
  if (isSo) return factor === 1 ? values : values.map((value) => factor * value);
  const out = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = factor * values[i * columns + j];
  }
  return out;
}

/** The values of a row, or of a single number, for `width` columns. */
function vector(constant: Constant | undefined, width: number | undefined): Float64Array | undefined {
  if (constant === undefined) return undefined;
  const { dims, values } = constant;
  const isRow = dims.slice(0, -1).every((dim) => dim === 1);
  const fits = values.length === 1 || width === undefined || values.length === width;
  return isRow && fits ? values : undefined;
}

/** What a node does to each column by itself; undefined for other nodes. Throws ERR_FILE. */
export function affineOf(node: GraphNode, { graph, chain, tensor }: Place): Affine | undefined {
  const { op, inputs, attributes } = node;
  switch (op) {
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div': {
      const isFirst = inputs[0] === tensor;
      const values = vector(graph.constant(inputs[isFirst ? 1 : 0]), chain.width);
      return values && byConstant(op, values, isFirst);
    }
    case 'BatchNormalization':
      return normalisation(node, { graph, chain, tensor });
    case 'Scaler': {
      const { floats: offset = [0] } = attributes.get('offset') ?? {};
      const { floats: scale = [1] } = attributes.get('scale') ?? {};
      const length = Math.max(offset.length, scale.length);
      const at = (values: ArrayLike<number>, i: number) => values[values.length === 1 ? 0 : i];
      const shift = Float64Array.from({ length }, (_, i) => -at(offset, i) * at(scale, i));
      return { scale: Float64Array.from(scale), shift };
    }
    default:
      return undefined;
  }
}

function byConstant(
  op: 'Add' | 'Sub' | 'Mul' | 'Div',
  values: Float64Array,
  isFirst: boolean,
): Affine | undefined {
  switch (op) {
    case 'Add':
      return { scale: [1], shift: values };
    case 'Sub':
      return isFirst ? { scale: [1], shift: values.map((value) => -value) } : { scale: [-1], shift: values };
    case 'Mul':
      return { scale: values, shift: [0] };
    case 'Div':
      return isFirst ? { scale: values.map((value) => 1 / value), shift: [0] } : undefined;
  }
}

/** scale (x - mean) / sqrt(variance + epsilon) + shift */
function normalisation({ inputs, attributes, words }: GraphNode, { graph, chain, tensor }: Place): Affine {
  const [x, ...names] = inputs;
  const [scale, shift, mean, variance] = names.map((name) => vector(graph.constant(name), chain.width));
  if (x !== tensor || !scale || !shift || !mean || !variance || attributes.get('training_mode')?.int) {
    throw chain.refusal(words, 'does not normalise by constants');
  }
  const epsilon = attributes.get('epsilon')?.float ?? 1e-5;
  return normalise(scale, shift, mean, variance, epsilon);
}
