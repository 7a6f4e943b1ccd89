import { availableParallelism } from 'node:os';

export const MAX_THREADS = 1024;

/** Further threads would only wait for each other, for as long as the process lives. */
export function usefulThreads(): number {
  return Math.max(16, 4 * availableParallelism());
}

/**
 * Values of options that are not given. The tables of kinds have their own; network.ts chooses the loss and
 * the seed.
 */
export const defaults = {
  layer: { activation: 'identity', slope: 0.01, useBias: true, dropout: 0 },
  optimizerKind: 'adam',
  l2: 0,
  labelSmoothing: 0,
  backend: 'auto',
  gemm: 'auto',
  precision: 'float32',
  /** The cores that this process may use, which can be fewer than the machine has. */
  threads: () => Math.min(availableParallelism(), MAX_THREADS),
  fit: {
    epochs: 1,
    batchSize: 32,
    sampling: 'shuffle',
    validationSplit: 0,
    statistics: false,
    historyLimit: 2 ** 20,
  },
  // As in Keras's ReduceLROnPlateau and EarlyStopping, except the latter's patience and restoreBest.
  plateau: {
    monitor: 'validationLoss',
    factor: 0.1,
    patience: 10,
    minDelta: 1e-4,
    cooldown: 0,
    minLearningRate: 0,
  },
  earlyStopping: { monitor: 'validationLoss', patience: 10, minDelta: 0, restoreBest: true },
} as const;
