import { availableParallelism } from 'node:os';

export const MAX_THREADS = 1024;

/** What holds where an option is not given; the loss and the seed are chosen in options.ts. */
export const defaults = {
  layer: { activation: 'identity', slope: 0.01, useBias: true },
  optimizerKind: 'adam',
  optimizer: {
    learningRate: 0.001,
    clipNorm: null,
    momentum: 0.9,
    nesterov: false,
    beta: 0.9,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    epsilonInsideSqrt: false,
    weightDecay: 0.01,
  },
  l2: 0,
  backend: 'auto',
  /** The cores that this process may use, which can be fewer than the machine has. */
  threads: () => Math.min(availableParallelism(), MAX_THREADS),
  fit: { epochs: 1, batchSize: 32, sampling: 'shuffle', validationSplit: 0 },
} as const;
