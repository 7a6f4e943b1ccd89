/** Activations of tfjs-layers and Keras. */

import type { Activation } from '../../engine/contract.js';
import { excerpt } from '../../error.js';
import { numberOf, own } from '../imports/json-fields.js';
import type { LayerChain } from '../imports/layer-chain.js';
import type { LayerConfig } from './topology.js';

const ACTIVATIONS = new Map<unknown, Activation>([
  ['linear', 'identity'],
  ['sigmoid', 'sigmoid'],
  ['tanh', 'tanh'],
  ['relu', 'relu'],
  ['softmax', 'softmax'],
  ['gelu', 'gelu'],
  ['selu', 'selu'],
  ['swish', 'silu'],
  ['silu', 'silu'],
  ['mish', 'mish'],
]);

/** @throws {@link ChainruleError} ERR_FILE for an activation that networks here do not have */
export function takeActivation(chain: LayerChain, name: unknown, where: string): void {
  const activation = ACTIVATIONS.get(name);
  if (activation !== undefined) {
    chain.activation(where, activation);
    return;
  }
  const known = [...ACTIVATIONS.keys()].join(', ');
  const came = typeof name === 'string' ? `'${excerpt(name)}'` : 'of its own';
  throw chain.refusal(where, `has the activation ${came}, expected one of ${known}`);
}

/** Takes a layer that is an activation. False if it is of another kind. */
export function takeActivationLayer(
  chain: LayerChain,
  { type, config }: LayerConfig,
  where: string,
): boolean {
  switch (type) {
    case 'Activation':
      takeActivation(chain, own(config, 'activation'), where);
      return true;
    case 'ReLU':
      if ((own(config, 'max_value') ?? null) !== null) throw chain.refusal(where, 'has a largest value');
      if (own(config, 'threshold')) throw chain.refusal(where, 'has a threshold');
      takeLeakyRelu(chain, own(config, 'negative_slope') ?? 0, where);
      return true;
    case 'LeakyReLU':
      takeLeakyRelu(chain, own(config, 'alpha') ?? 0.3, where);
      return true;
    case 'Softmax': {
      const axis = own(config, 'axis') ?? -1;
      if (axis !== -1 && axis !== 1)
        throw chain.refusal(where, 'is along another axis than that of the columns');
      chain.activation(where, 'softmax');
      return true;
    }
    default:
      return false;
  }
}

function takeLeakyRelu(chain: LayerChain, slope: unknown, where: string): void {
  if (slope === 0) chain.activation(where, 'relu');
  else chain.activation(where, 'leakyRelu', numberOf(slope, `the slope of ${where}`));
}
