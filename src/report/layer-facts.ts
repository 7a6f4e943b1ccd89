/** How the layers of each network are doing, on a part of the tested rows. */

import { takeRows } from '../data/table.js';
import { layerHealth } from '../inspect/layer-health.js';
import { modelOf, type Network } from '../network/network.js';
import type { MemberLayers } from './facts.js';
import { encode, type Judge } from './judge.js';
import type { TestedRows } from './tested-rows.js';

const MOST_ROWS = 512;

/**
 * @param trainingTargets - what the networks are trained to put out for so many rows: class indices, or (rows, outputs)
 */
export async function layerFacts<Targets>(
  model: Judge,
  { table, places, networks: ofRows, targets }: TestedRows<Targets & ArrayLike<number>>,
  trainingTargets: (rows: Uint32Array) => Int32Array | Float32Array,
): Promise<MemberLayers[]> {
  if (table === null) return [];
  const found: MemberLayers[] = [];
  for (const [n, network] of model.ensemble.networks.entries()) {
    const rows = firstRows(targets.length, (row) => ofRows === null || ofRows[row] === n);
    if (rows.length === 0) continue;
    const inTable = places === null ? rows : rows.map((row) => places[row]);
    const x = await encode(model, takeRows(table, inTable));
    found.push({ rows: rows.length, layers: layersOf(network, x, rows.length, trainingTargets(rows)) });
  }
  return found;
}

function firstRows(count: number, isWanted: (row: number) => boolean): Uint32Array {
  const rows: number[] = [];
  for (let row = 0; row < count && rows.length < MOST_ROWS; row++) if (isWanted(row)) rows.push(row);
  return Uint32Array.from(rows);
}

function layersOf(
  network: Network,
  x: Float32Array,
  rows: number,
  y: Int32Array | Float32Array,
): MemberLayers['layers'] {
  const { spec, parameters } = modelOf(network, 'makeReport');
  const { gradients } = network.lossAndGradients(x, y);
  // What a file leaves out depends on the machine and changes no result here.
  const health = layerHealth({ ...spec, threads: 1, gemm: 'own' }, parameters, x, rows);
  let inputs = spec.inputSize;
  return health.map((layer, l) => {
    const described = { ...layer, inputs, gradientNorm: normOf(gradients[l].weight) };
    inputs = layer.units;
    return described;
  });
}

function normOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum);
}
