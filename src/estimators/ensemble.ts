/** The trained networks of an estimator, or a constant where there was nothing to learn. */

import type { RowFeatures } from '../data/row-features.js';
import { finitePredictions } from '../network/finite-outputs.js';
import type { Network } from '../network/network.js';
import { arrayOf, newDoubles } from '../numbers/allocate.js';
import { Turns } from '../turns.js';

/** What is asked of a network to predict. */
export type Predictor = Pick<Network, 'predict'>;

/** What gives an estimator its outputs. */
export interface Ensemble<Member = Network> {
  /** Empty if every row gets `constant`. */
  networks: readonly Member[];
  /** Outputs of a network: classes, or 1, or quantiles. */
  outputs: number;
  /** (outputs) of a model without networks. */
  constant: readonly number[];
}

/** What is done to the outputs of each network before their mean. */
export type Adjust = (outputs: Float32Array) => ArrayLike<number>;

const OUTPUTS = 'the outputs';

/** The outputs of a model without networks, (rows, outputs). */
export function constantOutputs({ outputs, constant }: Ensemble<unknown>, rows: number): Float64Array {
  return arrayOf(Float64Array, rows * outputs, OUTPUTS, (i) => constant[i % outputs]);
}

/** The mean over the networks of their outputs, (rows, outputs). Throws ERR_DATA if one is NaN or infinite. */
export function meanOutputs(
  { networks, outputs }: Ensemble<Predictor>,
  features: RowFeatures,
  adjust: Adjust,
): Float64Array {
  const steps = meanSteps(features, networks.length, outputs, adjust);
  let step = steps.next();
  while (!step.done) {
    const x = step.value;
    step = steps.next(networks.map((network) => network.predict(x)));
  }
  return step.value;
}

/** The same, to the bit; the networks compute off the event loop, which turns while rows are encoded, too. */
export async function meanOutputsAsync(
  { networks, outputs }: Ensemble,
  features: RowFeatures,
  adjust: Adjust,
): Promise<Float64Array> {
  const turns = new Turns();
  const steps = meanSteps(features, networks.length, outputs, adjust);
  let step = steps.next();
  while (!step.done) {
    const x = step.value;
    step = steps.next(await Promise.all(networks.map((network) => network.predictAsync(x))));
    if (turns.isDue()) await turns.next();
  }
  return step.value;
}

/**
 * A block of rows after the other, so that the features of all need not be in memory: yields the features of a
 * block, and goes on with the outputs of each network.
 */
function* meanSteps(
  features: RowFeatures,
  networks: number,
  outputs: number,
  adjust: Adjust,
): Generator<Float32Array, Float64Array, readonly Float32Array[]> {
  const mean = newDoubles(features.rowCount * outputs, OUTPUTS);
  for (const [from, to] of features.blocks(networks * outputs)) {
    const ofNetworks = yield features.encode(from, to);
    const block = mean.subarray(from * outputs, to * outputs);
    for (const own of ofNetworks.map(adjust)) for (let i = 0; i < block.length; i++) block[i] += own[i];
    for (let i = 0; i < block.length; i++) block[i] /= networks;
    finitePredictions(block, outputs, from);
  }
  return mean;
}
