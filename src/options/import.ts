/** Options of networks that are made of other software's files. */

import type { Activation } from '../engine/contract.js';
import { activationNames } from '../engine/kinds.js';
import { oneOf, optional, optionsObject } from './checks.js';
import { type NetworkOptions, TRAINING_FIELDS } from './network.js';

/** How to take a network from a file of other software, which says nothing of how to train it. */
export interface ImportOptions extends Pick<NetworkOptions, (typeof TRAINING_FIELDS)[number]> {
  /**
   * An activation for an output layer that has none, such as 'softmax': PyTorch's losses take logits, so that its
   * models often end with them. Default: as in the file.
   */
  outputActivation?: Activation | undefined;
}

const activation = oneOf<Activation>(activationNames);

/** Tells the options of the network from the others. Throws ERR_OPTION. */
export function resolveImport(
  value: unknown,
  method: string,
): { network: Partial<NetworkOptions>; outputActivation: Activation | null } {
  const known = [...TRAINING_FIELDS, 'outputActivation'];
  const { outputActivation, ...network } = optionsObject(value, known, `the options of ${method}`);
  return { network, outputActivation: optional(outputActivation, 'outputActivation', activation, null) };
}
