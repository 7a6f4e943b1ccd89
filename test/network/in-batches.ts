/** Rows in memory and in batches, and a network that trains on either. */

import type { BackendName } from '../../src/engine/contract.js';
import type { Batch } from '../../src/network/batches.js';
import { Network } from '../../src/network/network.js';

export const INPUTS = 3;

/** Rows of a smooth function and of classes by its sign, the same every time. */
export function makeData(rows: number): { x: Float32Array; y: Float32Array; classes: Int32Array } {
  const x = Float32Array.from({ length: rows * INPUTS }, (_, i) => Math.sin(7 * i + i * i * 0.01));
  const y = Float32Array.from(
    { length: rows },
    (_, r) => x[INPUTS * r] * x[INPUTS * r + 1] - x[INPUTS * r + 2],
  );
  return { x, y, classes: Int32Array.from(y, (value) => (value > 0 ? 1 : 0)) };
}

export function regressor(backend: BackendName, changes = {}): Network {
  return new Network({
    inputSize: INPUTS,
    layers: [{ units: 7, activation: 'tanh', dropout: 0.1 }, { units: 1 }],
    optimizer: { kind: 'adamW', learningRate: 0.02 },
    seed: 3,
    backend,
    ...changes,
  });
}

/** The rows in batches of these sizes, over and over, as an object that can be iterated again. */
export function inBatches(
  x: Float32Array,
  y: Float32Array | Int32Array,
  sizes: number[],
  sampleWeight?: Float32Array,
) {
  const rows = x.length / INPUTS;
  return {
    async *[Symbol.asyncIterator](): AsyncGenerator<Batch> {
      for (let from = 0, i = 0; from < rows; i++) {
        const to = Math.min(from + sizes[i % sizes.length], rows);
        const part = { x: x.slice(from * INPUTS, to * INPUTS), y: y.slice(from, to) };
        yield sampleWeight === undefined ? part : { ...part, sampleWeight: sampleWeight.slice(from, to) };
        from = to;
      }
    },
  };
}
