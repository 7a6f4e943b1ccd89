import type { BackendName } from '../../src/engine/contract.js';
import { Network, type NetworkOptions } from '../../src/index.js';

/** Rows of three values, and whether the first of them is positive. */
export const rows = 64;
export const x = Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * i));
export const y = Int32Array.from({ length: rows }, (_, row) => (x[3 * row] > 0 ? 1 : 0));

/** A small network for two classes of such rows, the same each time. */
export function createClassifier(backend: BackendName, changes: Partial<NetworkOptions> = {}): Network {
  return new Network({
    inputSize: 3,
    layers: [
      { units: 8, activation: 'tanh' },
      { units: 2, activation: 'softmax' },
    ],
    optimizer: { kind: 'adam', learningRate: 0.02 },
    seed: 3,
    threads: 1,
    backend,
    ...changes,
  });
}
