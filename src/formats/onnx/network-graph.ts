/** A network as nodes of an ONNX graph: Gemm and an activation for each layer. */

import type { LayerSpec } from '../../engine/contract.js';
import { parameterLayout } from '../../engine/layout.js';
import type { Model } from '../model.js';
import { OnnxGraph, ROWS } from './graph.js';

type Parameters = Pick<Model, 'spec' | 'parameters'>;

/** A network by itself: the input 'x', (N, inputSize), and the output 'output', (N, outputs). */
export function networkToOnnx({ spec, parameters }: Parameters): Uint8Array {
  const graph = new OnnxGraph();
  const x = graph.input('x', 'float', spec.inputSize, 'rows of features');
  const { units, activation } = spec.layers[spec.layers.length - 1];
  const output = addNetwork(graph, x, { spec, parameters }, '', 'output');
  graph.output(output, 'float', [ROWS, units], `outputs of ${activation}`);
  return graph.finish('network', {});
}

/**
 * Adds a network to a graph.
 *
 * @param input - a float tensor, (N, inputSize)
 * @param prefix - of the names of its tensors
 * @param outputName - of the tensor that it returns, (N, outputs)
 */
export function addNetwork(
  graph: OnnxGraph,
  input: string,
  { spec, parameters }: Parameters,
  prefix: string,
  outputName: string,
): string {
  const { layers, scale } = parameterLayout(spec);
  let a = input;
  if (spec.inputScale !== null) {
    const g = graph.constant(`${prefix}inputScale`, parameters.slice(scale.start, scale.end));
    a = graph.node('Mul', [a, g], `${prefix}scaled`);
  }
  layers.forEach(({ inputs, units, weight, bias }, l) => {
    const name = `${prefix}layer${l}`;
    const w = graph.constant(`${name}.weight`, parameters.slice(weight.start, weight.end), [units, inputs]);
    const tensors = [a, w];
    if (spec.layers[l].useBias) {
      tensors.push(graph.constant(`${name}.bias`, parameters.slice(bias.start, bias.end)));
    }
    const isLast = l === layers.length - 1;
    const own = isLast ? outputName : name;
    const isPlain = spec.layers[l].activation === 'identity';
    const z = graph.node('Gemm', tensors, isPlain ? own : `${name}.linear`, { transB: 1 });
    a = isPlain ? z : addActivation(graph, z, spec.layers[l], name, own);
  });
  return a;
}

function addActivation(
  graph: OnnxGraph,
  z: string,
  { activation, slope }: LayerSpec,
  layer: string,
  name: string,
): string {
  switch (activation) {
    case 'identity':
      return z;
    case 'sigmoid':
      return graph.node('Sigmoid', [z], name);
    case 'tanh':
      return graph.node('Tanh', [z], name);
    case 'relu':
      return graph.node('Relu', [z], name);
    case 'leakyRelu':
      return graph.node('LeakyRelu', [z], name, { alpha: { float: slope } });
    case 'softmax':
      return graph.node('Softmax', [z], name, { axis: 1 });
    case 'selu':
      return graph.node('Selu', [z], name);
    case 'silu':
      return graph.node('Mul', [z, graph.node('Sigmoid', [z], `${layer}.sigmoid`)], name);
    case 'mish': {
      const tanh = graph.node('Tanh', [graph.node('Softplus', [z], `${layer}.softplus`)], `${layer}.tanh`);
      return graph.node('Mul', [z, tanh], name);
    }
    case 'gelu':
      return addGelu(graph, z, layer, name);
  }
}

/** z (1 + erf(z / sqrt 2)) / 2, in the order in which exporters write it and runtimes look for it. */
function addGelu(graph: OnnxGraph, z: string, layer: string, name: string): string {
  const constant = (what: string, value: number) =>
    graph.constant(`${layer}.${what}`, Float32Array.of(value), []);
  const ratio = graph.node('Div', [z, constant('sqrt2', Math.SQRT2)], `${layer}.ratio`);
  const erf = graph.node('Erf', [ratio], `${layer}.erf`);
  const sum = graph.node('Add', [erf, constant('one', 1)], `${layer}.erf1`);
  const product = graph.node('Mul', [z, sum], `${layer}.product`);
  return graph.node('Mul', [product, constant('half', 0.5)], name);
}
