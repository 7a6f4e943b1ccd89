/** Makes a network of a model that tfjs-layers saved, or that was converted from Keras: model.json and weight files. */

import { ChainruleError, excerpt } from '../../error.js';
import { normalise } from '../imports/affine.js';
import { fieldsOf, numberOf, own } from '../imports/json-fields.js';
import { type ImportedNetwork, LayerChain } from '../imports/layer-chain.js';
import { readWhole } from '../read-whole.js';
import { parseStrictJson } from '../strict-json.js';
import { takeActivation, takeActivationLayer } from './activations.js';
import { chainOf, type LayerConfig } from './topology.js';
import { readWeights, type Weight } from './weights.js';

const MAX_DEPTH = 64;
/** The weights are in files of their own. */
const MOST_JSON_BYTES = 2 ** 24;

/** @throws {@link ChainruleError} ERR_FILE with the first layer that cannot be taken */
export async function fromTfjs(path: string): Promise<ImportedNetwork> {
  const text = new TextDecoder().decode(await readWhole(path, MOST_JSON_BYTES));
  const model = fieldsOf(parseStrictJson(text, path, MAX_DEPTH), path);
  const format = own(model, 'format');
  if (format === 'graph-model') {
    throw new ChainruleError(
      'ERR_FILE',
      `${path} holds a graph model, whose layers are not known any more: convert the Keras model ` +
        'with --output_format=tfjs_layers_model',
    );
  }
  const layers = chainOf(own(model, 'modelTopology'), path);
  const weights = await readWeights(own(model, 'weightsManifest'), path);
  const bytes = [...weights.values()].reduce((sum, { values }) => sum + values.length, 0);
  const chain = new LayerChain(path, bytes);
  for (const layer of layers) takeLayer(chain, layer, weights);
  return chain.finish();
}

/** Layers that do nothing at prediction, or only to the form of rows. */
const AT_REST = [
  'InputLayer',
  'ActivityRegularization',
  'AlphaDropout',
  'Flatten',
  'GaussianDropout',
  'GaussianNoise',
];

function takeLayer(chain: LayerChain, layer: LayerConfig, weights: ReadonlyMap<string, Weight>): void {
  const { type, name, config } = layer;
  const where = `the layer '${excerpt(name)}' (${excerpt(type)})`;
  if (AT_REST.includes(type)) return;
  const number = (key: string, fallback: number) =>
    numberOf(own(config, key) ?? fallback, `${key} of ${where}`);
  switch (type) {
    case 'Dense':
      takeDense(chain, layer, where, weights);
      return;
    case 'Dropout':
      chain.dropout(number('rate', 0));
      return;
    case 'BatchNormalization':
      takeNormalisation(chain, layer, where, weights);
      return;
    case 'Rescaling':
      chain.affine(where, { scale: [number('scale', 1)], shift: [number('offset', 0)] });
      return;
    default:
      if (!takeActivationLayer(chain, layer, where))
        throw chain.refusal(where, 'is of no kind that a network here can have');
  }
}

function takeDense(
  chain: LayerChain,
  { name, config }: LayerConfig,
  where: string,
  weights: ReadonlyMap<string, Weight>,
): void {
  const kernel = weightOf(chain, weights, name, 'kernel', where);
  const [inputs, units] = kernel.shape;
  // An empty one may have any number of rows.
  if (kernel.shape.length !== 2 || kernel.values.length === 0) {
    throw chain.refusal(where, `has a kernel of shape [${kernel.shape.slice(0, 8)}]`);
  }
  const weight = new Float64Array(kernel.values.length);
  for (let i = 0; i < inputs; i++) {
    for (let unit = 0; unit < units; unit++) weight[unit * inputs + i] = kernel.values[i * units + unit];
  }
  const hasBias = own(config, 'use_bias') !== false;
  const bias = hasBias
    ? weightOf(chain, weights, name, 'bias', where).values.slice()
    : new Float64Array(units);
  if (bias.length !== units)
    throw chain.refusal(where, `has a bias of ${bias.length} numbers for ${units} units`);
  chain.linear(where, { weight, bias, units, inputs });
  takeActivation(chain, own(config, 'activation') ?? 'linear', where);
}

function takeNormalisation(
  chain: LayerChain,
  { name, config }: LayerConfig,
  where: string,
  weights: ReadonlyMap<string, Weight>,
): void {
  const mean = weightOf(chain, weights, name, 'moving_mean', where).values;
  const part = (what: string, isUsed: unknown, fallback: number) =>
    isUsed === false ? mean.map(() => fallback) : weightOf(chain, weights, name, what, where).values;
  const gamma = part('gamma', own(config, 'scale'), 1);
  const beta = part('beta', own(config, 'center'), 0);
  const variance = weightOf(chain, weights, name, 'moving_variance', where).values;
  if ([gamma, beta, variance].some(({ length }) => length !== mean.length)) {
    throw chain.refusal(where, 'has weights of different lengths');
  }
  const epsilon = numberOf(own(config, 'epsilon') ?? 1e-3, `epsilon of ${where}`);
  chain.affine(where, normalise(gamma, beta, mean, variance, epsilon));
}

/** By the name of its layer, before which converted models may have those of others. */
function weightOf(
  chain: LayerChain,
  weights: ReadonlyMap<string, Weight>,
  layer: string,
  what: string,
  where: string,
): Weight {
  const name = `${layer}/${what}`;
  const exact = weights.get(name);
  if (exact !== undefined) return exact;
  const found = [...weights].filter(([other]) => other.endsWith(`/${name}`));
  if (found.length === 1) return found[0][1];
  throw chain.refusal(where, `has ${found.length === 0 ? 'no' : 'more than one'} weight '${excerpt(name)}'`);
}
