/** The trained networks of an estimator, or a constant where there was nothing to learn. */

import type { Network } from '../network/network.js';

/** What gives an estimator its outputs. */
export interface Ensemble {
  /** Empty if every row gets `constant`. */
  networks: readonly Network[];
  /** Outputs of a network: classes, or 1, or quantiles. */
  outputs: number;
  /** (outputs) of a model without networks. */
  constant: readonly number[];
}

/**
 * The mean over the networks of their outputs, (rows, outputs).
 *
 * @param adjust - what is done to the outputs of each network before
 */
export function meanOutputs(
  { networks, outputs, constant }: Ensemble,
  x: Float32Array,
  rows: number,
  adjust: (outputs: Float32Array) => ArrayLike<number> = (own) => own,
): Float64Array {
  const mean = new Float64Array(rows * outputs);
  if (rows === 0) return mean;
  if (networks.length === 0) return mean.map((_, i) => constant[i % outputs]);
  for (const network of networks) {
    const own = adjust(network.predict(x));
    for (let i = 0; i < mean.length; i++) mean[i] += own[i];
  }
  return mean.map((sum) => sum / networks.length);
}
