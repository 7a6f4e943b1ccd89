/** The layers of a model of TensorFlow.js or Keras, if they are a chain. */

import { ChainruleError, excerpt, show } from '../../error.js';
import { type Fields, fieldsOf, isFields, listOf, own, textOf } from '../imports/json-fields.js';

export interface LayerConfig {
  readonly type: string;
  readonly name: string;
  readonly config: Fields;
}

const MOST_LAYERS = 4096;
/** Models within models. */
const MOST_DEPTH = 8;

/**
 * @param topology - `modelTopology` of model.json
 * @param file - what messages call the file
 * @throws {@link ChainruleError} ERR_FILE if it is no chain
 */
export function chainOf(topology: unknown, file: string): LayerConfig[] {
  const fields = fieldsOf(topology, `modelTopology of ${file}`);
  // Keras puts its model one level deeper, beside the settings of training.
  const model = own(fields, 'model_config') ?? fields;
  const layers = layersOf(fieldsOf(model, `model_config of ${file}`), file, 0);
  if (layers.length <= MOST_LAYERS) return layers;
  throw new ChainruleError(
    'ERR_FILE',
    `${file} has ${layers.length} layers, expected at most ${MOST_LAYERS}`,
  );
}

function layersOf(model: Fields, file: string, depth: number): LayerConfig[] {
  if (depth > MOST_DEPTH)
    throw new ChainruleError('ERR_FILE', `${file} has models within models within models`);
  const type = textOf(own(model, 'class_name'), `class_name of ${file}`);
  const config = own(model, 'config');
  switch (type) {
    case 'Sequential': {
      const layers = Array.isArray(config) ? config : own(fieldsOf(config, `config of ${file}`), 'layers');
      return listOf(layers, `layers of ${file}`).flatMap((layer) => flattened(layer, file, depth));
    }
    case 'Functional':
    case 'Model':
      return inOrder(fieldsOf(config, `config of ${file}`), file).flatMap((layer) =>
        flattened(layer, file, depth),
      );
    default:
      throw new ChainruleError(
        'ERR_FILE',
        `${file} holds ${show(type)}, expected a Sequential or Functional model`,
      );
  }
}

/** A layer, or those of a model that is used as one. */
function flattened(value: unknown, file: string, depth: number): LayerConfig[] {
  const layer = fieldsOf(value, `a layer of ${file}`);
  const type = textOf(own(layer, 'class_name'), `class_name of a layer of ${file}`);
  if (['Sequential', 'Functional', 'Model'].includes(type)) return layersOf(layer, file, depth + 1);
  const config = fieldsOf(own(layer, 'config'), `config of a layer of ${file}`);
  return [{ type, name: textOf(own(config, 'name'), `name of a layer of ${file}`), config }];
}

/** The layers of a functional model from its input on. */
function inOrder(config: Fields, file: string): Fields[] {
  const layers = listOf(own(config, 'layers'), `layers of ${file}`).map((layer) =>
    fieldsOf(layer, `a layer of ${file}`),
  );
  const after = new Map<string | null, Fields>();
  for (const layer of layers) {
    const before = layerBefore(layer, file);
    if (after.has(before)) {
      const what = before === null ? 'more than one input' : `more than one layer after '${excerpt(before)}'`;
      throw new ChainruleError('ERR_FILE', `${file} has ${what}, expected a chain of layers`);
    }
    after.set(before, layer);
  }
  const chain: Fields[] = [];
  let next = after.get(null);
  while (next !== undefined && chain.length <= layers.length) {
    chain.push(next);
    next = after.get(nameOf(next, file));
  }
  if (chain.length === layers.length) return chain;
  throw new ChainruleError('ERR_FILE', `${file} has layers that are no chain from one input to one output`);
}

const nameOf = (layer: Fields, file: string) => textOf(own(layer, 'name'), `name of a layer of ${file}`);

/** The name of the layer whose output a layer takes; null for an input. */
function layerBefore(layer: Fields, file: string): string | null {
  const nodes = listOf(own(layer, 'inbound_nodes'), `inbound_nodes of a layer of ${file}`);
  if (nodes.length === 0) return null;
  const [node] = nodes;
  if (nodes.length === 1 && Array.isArray(node) && node.length === 1 && Array.isArray(node[0])) {
    const [name] = node[0];
    const options: unknown = node[0][3];
    if (!isFields(options) || Object.keys(options).length === 0)
      return textOf(name, `inbound_nodes of ${file}`);
  }
  throw new ChainruleError(
    'ERR_FILE',
    `the layer '${excerpt(nameOf(layer, file))}' in ${file} is used several times or takes several inputs, expected one`,
  );
}
