/** Fits as a checkpoint has them, small enough to be written thousands of times. */

import type { SavedFit } from '../../src/checkpoint/snapshot.js';

/** A fit of which `epochs` of 20 epochs are done. */
export function savedFit(epochs: number, changes: Partial<SavedFit> = {}): SavedFit {
  const rows = Array.from({ length: epochs }, (_, i) => [
    i + 1,
    1 / (i + 1),
    NaN,
    NaN,
    0.1,
    NaN,
    0.5,
    8,
    0,
    0,
  ]);
  return {
    fingerprint: { inputSize: 2, layers: [{ units: 1 }], seed: 7, x: 'digest', rows: 8 },
    engine: { backend: 'native', gemm: 'own', simd: 'AVX2', products: 'float32' },
    epochs: 20,
    moments: ['firstMoment', 'secondMoment'],
    parameters: Float32Array.of(epochs, -0.5, 1e-30),
    optimizerState: { step: 3 * epochs, moments: [Float32Array.of(1, -2, 3), Float32Array.of(4, 5, 6)] },
    state: {
      epochsDone: epochs,
      lastLoss: epochs === 0 ? NaN : 1 / epochs,
      plateau: { best: Infinity, scale: 0.25, waited: 1, cooling: 2 },
      earlyStopping: { best: 0.125, waited: 3, bestEpoch: 1 },
      rollbacks: 2,
      best: {
        parameters: Float32Array.of(9, 8, 7),
        step: 3,
        moments: [Float32Array.of(-1, -1, -1), Float32Array.of(0, 0, 0)],
      },
    },
    history: { format: { validates: false, layers: 0 }, rows: Float64Array.from(rows.flat()) },
    ended: null,
    ...changes,
  };
}
