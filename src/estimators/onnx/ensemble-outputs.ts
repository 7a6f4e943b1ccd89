/** The networks of an estimator in an ONNX graph. */

import type { RowEncoder } from '../../data/row-encoder.js';
import type { OnnxGraph } from '../../formats/onnx/graph.js';
import { addNetwork } from '../../formats/onnx/network-graph.js';
import { partsOf } from '../../network/network.js';
import type { Ensemble } from '../ensemble.js';
import { addInputs } from './column-inputs.js';
import { addFeatures } from './features.js';

export interface EnsembleOutputs {
  /** The mean over the networks of their adjusted outputs, (N, outputs), double. */
  readonly mean: string;
  /** What the file says of columns and features, as JSON. */
  readonly metadata: { readonly columns: string; readonly features: string };
}

/**
 * Adds the inputs of an estimator, its features and its networks.
 *
 * @param adjust - adds what is done to the outputs of a network, (N, outputs) in double, before their mean
 * @throws {@link ChainruleError} ERR_BUSY while the networks are trained
 */
export function addEnsemble(
  graph: OnnxGraph,
  { encoder, ensemble }: { encoder: RowEncoder; ensemble: Ensemble },
  adjust: (outputs: string, prefix: string) => string,
): EnsembleOutputs {
  const inputs = addInputs(graph, encoder);
  const metadata = { columns: inputs.description, features: JSON.stringify(encoder.featureNames) };
  const { networks, constant } = ensemble;
  if (networks.length === 0) return { mean: addConstant(graph, inputs.first, constant), metadata };
  const features = addFeatures(graph, inputs);
  const outputs = networks.map((network, i) => {
    const { spec, engine } = partsOf(network, 'toONNX');
    const prefix = networks.length === 1 ? '' : `member${i}.`;
    const model = { spec, parameters: engine.getParameters() };
    const own = addNetwork(graph, features, model, prefix, `${prefix}output`);
    return adjust(graph.cast(own, 'double', `${prefix}outputs`), prefix);
  });
  return { mean: addMean(graph, outputs), metadata };
}

function addMean(graph: OnnxGraph, tensors: readonly string[]): string {
  if (tensors.length === 1) return tensors[0];
  const sum = graph.node('Sum', tensors, 'members.sum');
  return graph.node('Div', [sum, graph.numbers('members.count', [tensors.length])], 'members.mean');
}

/** The same outputs for each row of a tensor. */
function addConstant(graph: OnnxGraph, input: string, outputs: readonly number[]): string {
  const rows = graph.node('Shape', [input], 'rows', { start: 0, end: 1 });
  const shape = graph.node(
    'Concat',
    [rows, graph.places('outputs.count', [outputs.length])],
    'outputs.shape',
    {
      axis: 0,
    },
  );
  return graph.node('Expand', [graph.numbers('constant', outputs), shape], 'outputs');
}
