/** Outputs for rows by all networks of an estimator, or for each row by the one that had not seen it. */

import type { RowEncoder } from '../data/row-encoder.js';
import type { Table } from '../data/table.js';
import type { Adjust, Ensemble } from '../estimators/ensemble.js';
import type { Network } from '../network/network.js';
import { finishInTurns } from '../turns.js';

/** What gives rows their outputs. */
export interface Judge {
  encoder: RowEncoder;
  ensemble: Ensemble;
}

/** Features, (rows, width). Cells that do not suit their column are missing, as in a fit. */
export function encode({ encoder }: Judge, table: Table): Promise<Float32Array> {
  return finishInTurns(encoder.features(table, { lenient: true }).all());
}

/**
 * Outputs, (rows, outputs); off the event loop if they take long.
 *
 * @param x - (rows, width)
 * @param networks - (rows) the only network for each row; null for the mean of all
 * @param adjust - what is done to a network's outputs
 */
export async function judge(
  { encoder, ensemble }: Judge,
  x: Float32Array,
  networks: Uint8Array | null,
  adjust: Adjust,
): Promise<Float64Array> {
  const { width } = encoder;
  const rows = x.length / width;
  const sum = new Float64Array(rows * ensemble.outputs);
  for (const [n, network] of ensemble.networks.entries()) {
    const own = networks === null ? null : placesOf(networks, n);
    if (own !== null && own.length === 0) continue;
    const outputs = adjust(await predict(network, own === null ? x : takeFeatures(x, width, own), width));
    const share = own === null ? 1 / ensemble.networks.length : 1;
    for (let i = 0; i < outputs.length; i++) {
      const row = Math.floor(i / ensemble.outputs);
      const place = (own === null ? row : own[row]) * ensemble.outputs + (i % ensemble.outputs);
      sum[place] += share * outputs[i];
    }
  }
  return sum;
}

/** Multiplications that take less time than to have another thread do them, about a millisecond. */
const FEW_PRODUCTS = 2e7;

function predict(network: Network, x: Float32Array, width: number): Float32Array | Promise<Float32Array> {
  const products = (x.length / width) * network.parameterCount;
  const isSmall = network.backend.name === 'native' && products < FEW_PRODUCTS;
  return isSmall ? network.predict(x) : network.predictAsync(x);
}

function placesOf(networks: Uint8Array, network: number): Uint32Array {
  const places = new Uint32Array(networks.length);
  let count = 0;
  for (let row = 0; row < networks.length; row++) if (networks[row] === network) places[count++] = row;
  return places.subarray(0, count);
}

/** Some rows of features. */
function takeFeatures(x: Float32Array, width: number, rows: Uint32Array): Float32Array {
  const taken = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    taken.set(x.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  }
  return taken;
}
