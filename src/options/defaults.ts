import { availableParallelism } from 'node:os';

export const MAX_THREADS = 1024;

/**
 * What holds where an option is not given. Kinds have theirs in engine/kinds/; the loss and the seed are chosen
 * in network.ts.
 */
export const defaults = {
  layer: { activation: 'identity', slope: 0.01, useBias: true, dropout: 0 },
  optimizerKind: 'adam',
  l2: 0,
  labelSmoothing: 0,
  backend: 'auto',
  /** The cores that this process may use, which can be fewer than the machine has. */
  threads: () => Math.min(availableParallelism(), MAX_THREADS),
  fit: { epochs: 1, batchSize: 32, sampling: 'shuffle', validationSplit: 0, statistics: false },
  // Of Keras's ReduceLROnPlateau and EarlyStopping, but for the patience and the restoring of the latter.
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
