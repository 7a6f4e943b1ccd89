/** A fitted classifier as an ONNX model. */

import type { Label } from '../../data/label-encoder.js';
import { OnnxGraph, ROWS } from '../../formats/onnx/graph.js';
import { type Calibration, SMALLEST_PROBABILITY } from '../calibration.js';
import type { ClassifierModel } from '../classifier-model.js';
import { addEnsemble } from './ensemble-outputs.js';

/**
 * The outputs are 'label' (N) and 'probabilities' (N, classes).
 *
 * @throws {@link ChainruleError} ERR_BUSY while the networks are trained
 */
export function classifierToOnnx(model: ClassifierModel): Uint8Array {
  const graph = new OnnxGraph();
  const { classes } = model.labels;
  const { mean, metadata } = addEnsemble(graph, model, (outputs, prefix) =>
    addTempered(graph, outputs, prefix, model.calibration),
  );
  const { uniform } = model.calibration;
  const isMixed = uniform > 0 && model.ensemble.networks.length > 0;
  const calibrated = isMixed ? addUniform(graph, mean, uniform, classes.length) : mean;
  const { values, type } = labelTensor(classes);
  const place = addChoice(graph, calibrated, classes.length === 2 ? model.threshold : null);
  const label = graph.node('Gather', [graph.constant('classes', values), place], 'label', { axis: 0 });
  const probabilities = graph.cast(calibrated, 'float', 'probabilities');
  graph.output(label, type, [ROWS], 'predicted class');
  graph.output(probabilities, 'float', [ROWS, classes.length], 'of each class, in the order of classes');
  const { target } = model.shape;
  return graph.finish('MLPClassifier', {
    task: 'classification',
    ...(target !== null && { target }),
    classes: JSON.stringify(model.labels.toJSON().classes),
    ...(model.threshold !== null && { threshold: String(model.threshold) }),
    ...metadata,
  });
}

/** softmax(beta log p), where beta is 1 / temperature. */
function addTempered(
  graph: OnnxGraph,
  outputs: string,
  prefix: string,
  { inverseTemperature }: Calibration,
): string {
  const name = `${prefix}calibration`;
  const least = graph.numbers(`${name}.smallest`, [SMALLEST_PROBABILITY]);
  const log = graph.node('Log', [graph.node('Max', [outputs, least], `${name}.positive`)], `${name}.log`);
  const beta = graph.numbers(`${name}.inverseTemperature`, [inverseTemperature]);
  const logits = graph.node('Mul', [log, beta], `${name}.logits`);
  return graph.node('Softmax', [logits], `${prefix}calibrated`, { axis: 1 });
}

function addUniform(graph: OnnxGraph, probabilities: string, uniform: number, classes: number): string {
  const own = graph.node(
    'Mul',
    [probabilities, graph.numbers('uniform.others', [1 - uniform])],
    'uniform.own',
  );
  return graph.node(
    'Add',
    [own, graph.numbers('uniform.share', [uniform / classes])],
    'probabilities.double',
  );
}

/** The place of the class to predict, (N). */
function addChoice(graph: OnnxGraph, probabilities: string, threshold: number | null): string {
  if (threshold === null)
    return graph.node('ArgMax', [probabilities], 'label.place', { axis: 1, keepdims: 0 });
  const second = graph.node('Gather', [probabilities, graph.place('second', 1)], 'probability.second', {
    axis: 1,
  });
  const reaches = graph.node(
    'GreaterOrEqual',
    [second, graph.numbers('threshold', [threshold], [])],
    'label.isSecond',
  );
  return graph.cast(reaches, 'int64', 'label.place');
}

/** Labels as a tensor: whole numbers as int64, bigints beyond it as text. */
function labelTensor(classes: readonly Label[]) {
  const isInt64 = (label: Label) =>
    typeof label === 'bigint' ? BigInt.asIntN(64, label) === label : Number.isSafeInteger(label);
  if (classes.every(isInt64)) {
    return { values: BigInt64Array.from(classes as (number | bigint)[], BigInt), type: 'int64' } as const;
  }
  switch (typeof classes[0]) {
    case 'number':
      return { values: Float64Array.from(classes as number[]), type: 'double' } as const;
    case 'boolean':
      return { values: classes as boolean[], type: 'boolean' } as const;
    default:
      return { values: classes.map(String), type: 'text' } as const;
  }
}
