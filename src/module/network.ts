/** What the module of a network runs. */

import { toInputs } from '../data/inputs.js';
import type { NetworkState } from '../network/module.js';
import { plainFinder } from '../numbers/finite.js';
import { ForwardPass } from './forward-pass.js';

export function network(state: NetworkState, weights: string): { predict(x: unknown): Float32Array } {
  const pass = new ForwardPass(state, weights);
  return { predict: (x) => pass.predict(toInputs('x', x, pass.inputSize, plainFinder).inputs) };
}
