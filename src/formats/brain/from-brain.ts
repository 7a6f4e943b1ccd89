/**
 * Makes a network of what brain.js's `toJSON` gives for a NeuralNetwork or NeuralNetworkGPU. Version 1 has an object of
 * nodes by their names for each layer, version 2 arrays of weights and biases.
 */

import { ChainruleError, show } from '../../error.js';
import type { Linear } from '../imports/affine.js';
import { type Fields, fieldsOf, isFields, listOf, numberOf, own, wrong } from '../imports/json-fields.js';
import { type ImportedNetwork, LayerChain } from '../imports/layer-chain.js';
import { parseStrictJson } from '../strict-json.js';

const FILE = 'the JSON of brain.js';
const MAX_DEPTH = 8;

/**
 * @param json - what `toJSON` gave, or its text
 * @throws {@link ChainruleError} ERR_FILE if it is not that
 */
export function fromBrain(json: unknown): ImportedNetwork {
  const value = typeof json === 'string' ? parseStrictJson(json, FILE, MAX_DEPTH) : json;
  const fields = fieldsOf(value, FILE);
  const type = own(fields, 'type') ?? 'NeuralNetwork';
  if (type !== 'NeuralNetwork' && type !== 'NeuralNetworkGPU') {
    throw new ChainruleError(
      'ERR_FILE',
      `${FILE} is of a ${show(type)}, expected 'NeuralNetwork' or 'NeuralNetworkGPU'`,
    );
  }
  const layers = listOf(own(fields, 'layers'), `layers of ${FILE}`).map((layer, l) =>
    fieldsOf(layer, `layers[${l}] of ${FILE}`),
  );
  if (layers.length < 2)
    throw wrong(`layers of ${FILE}`, layers, 'at least 2, or the network was not trained');
  const isOld = !layers.some((layer) => Array.isArray(own(layer, 'weights')));
  const chain = new LayerChain(FILE, Number.POSITIVE_INFINITY);
  const activation = activationOf(fields, type, isOld);
  layers.slice(1).forEach((layer, i) => {
    const where = `layers[${i + 1}]`;
    const linear = isOld ? byNames(layer, layers[i], where) : byPlaces(layer, where);
    chain.linear(where, linear);
    activation(chain, where);
  });
  return chain.finish();
}

type TakeActivation = (chain: LayerChain, where: string) => void;

function activationOf(fields: Fields, type: string, isOld: boolean): TakeActivation {
  const [training, options] = ['trainOpts', 'options']
    .map((key) => own(fields, key))
    .map((value) => (isFields(value) ? value : {}));
  const name = isOld
    ? own(fields, 'activation')
    : (own(training, 'activation') ?? own(options, 'activation'));
  switch (name ?? 'sigmoid') {
    case 'sigmoid':
    case 'tanh':
    case 'relu': {
      const activation = (name ?? 'sigmoid') as 'sigmoid' | 'tanh' | 'relu';
      return (chain, where) => chain.activation(where, activation);
    }
    case 'leaky-relu': {
      const given = isOld ? own(fields, 'leakyReluAlpha') : own(training, 'leakyReluAlpha');
      const alpha = numberOf(given ?? 0.01, `leakyReluAlpha of ${FILE}`);
      if (!isOld && type === 'NeuralNetwork')
        return (chain, where) => chain.activation(where, 'leakyRelu', alpha);
      // Version 1, and in version 2 the GPU's, compute alpha z for positive z and 0 for others.
      return (chain, where) => {
        chain.affine(where, { scale: [type === 'NeuralNetwork' ? alpha : 0.01], shift: [0] });
        chain.activation(where, 'relu');
      };
    }
    default:
      throw wrong(`the activation of ${FILE}`, name, "'sigmoid', 'tanh', 'relu' or 'leaky-relu'");
  }
}

/** A layer of version 2. */
function byPlaces(layer: Fields, where: string): Linear {
  const biases = numbersOf(own(layer, 'biases'), `biases of ${where}`);
  const rows = listOf(own(layer, 'weights'), `weights of ${where}`).map((row) =>
    numbersOf(row, `weights of ${where}`),
  );
  return joined(rows, biases, where);
}

/** A layer of version 1: an object of nodes, each with a weight for every node of the layer before. */
function byNames(layer: Fields, before: Fields, where: string): Linear {
  const names = Object.keys(before);
  const nodes = Object.keys(layer).map((node) =>
    fieldsOf(own(layer, node), `the node ${show(node)} of ${where}`),
  );
  const rows = nodes.map((node) => {
    const weights = own(node, 'weights');
    if (Array.isArray(weights)) return numbersOf(weights, `weights of ${where}`);
    const byName = fieldsOf(weights, `weights of ${where}`);
    return Float64Array.from(names, (name) =>
      numberOf(own(byName, name), `the weight of ${show(name)} in ${where}`),
    );
  });
  return joined(
    rows,
    Float64Array.from(nodes, (node) => numberOf(own(node, 'bias'), `bias in ${where}`)),
    where,
  );
}

/** Arrays, also typed ones: the JSON may not have been text yet. */
function numbersOf(value: unknown, where: string): Float64Array {
  const list = ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : listOf(value, where);
  return Float64Array.from(list, (each) => numberOf(each, where));
}

function joined(rows: readonly Float64Array[], bias: Float64Array, where: string): Linear {
  const units = rows.length;
  const inputs = rows[0]?.length ?? 0;
  if (units === 0 || inputs === 0 || bias.length !== units || rows.some(({ length }) => length !== inputs)) {
    const shape = `${units} rows of ${inputs} weights and ${bias.length} biases`;
    throw new ChainruleError(
      'ERR_FILE',
      `${where} of ${FILE} has ${shape}, expected a bias and as many weights for each unit`,
    );
  }
  const weight = new Float64Array(units * inputs);
  rows.forEach((row, unit) => {
    weight.set(row, unit * inputs);
  });
  return { weight, bias, units, inputs };
}
