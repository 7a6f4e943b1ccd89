/**
 * The seam between the public API and an engine, at the level of a training session: networks made from
 * specs, data, whole fits, parameters as flat arrays. Everything that arrives here is validated, with all
 * defaults filled in; an engine only computes and knows nothing about options.
 */

import type { Activation, Loss, OptimizerSpec } from './kinds.js';

export type { Activation, Loss, OptimizerSpec } from './kinds.js';
export type Sampling = 'shuffle' | 'sequential' | 'replacement';
export type BackendName = 'native' | 'reference';

/** Factors of the optimizer's coefficients for one tensor. */
export interface TensorFactors {
  learningRate: number;
  weightDecay: number;
  epsilon: number;
}

export interface LayerSpec {
  units: number;
  activation: Activation;
  /** Slope of leakyRelu for z <= 0; 0 for every other activation. */
  slope: number;
  useBias: boolean;
  /** Fraction of the layer's activations that a training step drops, in [0, 1); 0 for the output. */
  dropout: number;
  /** Null: all factors are 1. */
  factors: { weight: TensorFactors; bias: TensorFactors } | null;
}

/** Factors of each step of a fit, (epochs * steps of an epoch); null: all 1. */
export interface StepSchedule {
  learningRate: Float64Array | null;
  /** Of every layer's dropout. */
  dropout: Float64Array | null;
  weightDecay: Float64Array | null;
}

export interface NetworkSpec {
  inputSize: number;
  layers: LayerSpec[];
  /** Factors for the scale g of the inputs, which the first layer sees as x (.) g; null: there is none. */
  inputScale: TensorFactors | null;
  loss: Loss;
  /** The field of the loss's descriptor: none, one number, or one for each output. */
  lossParameters: readonly number[];
  optimizer: OptimizerSpec;
  /** Coefficient of 1/2 * l2 * sum W^2. */
  l2: number;
  /** The loss sees targets (1 - s) y + s / outputs for crossEntropy, (1 - s) y + s / 2 for bce; else 0. */
  labelSmoothing: number;
  /** For the dropout masks, which are a pure function of (seed, layer, step, row, unit). */
  seed: number;
  /** The most threads a step may use; the results do not depend on it. */
  threads: number;
  /** What computes matrix products. */
  gemm: GemmChoice;
}

/** Rows of data as the engines take them; engines copy what they keep. */
export interface Samples {
  rows: number;
  /** (rows, inputSize) */
  inputs: Float32Array;
  /** (rows, outputs), or for crossEntropy (rows) class indices. */
  targets: Float32Array | Int32Array;
  /** (rows), or null for all ones. */
  weights: Float32Array | null;
}

/** What early stopping and the plateau monitor. */
export type Monitor = 'loss' | 'validationLoss' | 'validationAccuracy';

/** A fit's state between two epochs, without its network's parameters and optimizer state. */
export interface FitState {
  epochsDone: number;
  /** Of the last epoch; NaN before the first. */
  lastLoss: number;
  /** The best value of the monitor, with an accuracy negated; Infinity before there is one. */
  plateau: { best: number; scale: number; waited: number; cooling: number };
  earlyStopping: { best: number; waited: number; bestEpoch: number };
  /** The network after its best epoch, if it is to be restored. */
  best: ({ parameters: Float32Array } & OptimizerState) | null;
}

export interface FitSpec {
  /** Of the whole fit, including the epochs done before `resume`. */
  epochs: number;
  /** Pauses after this epoch, as `FitJob.pause` does after one that is not known before. 0 never pauses. */
  pauseAfter: number;
  /**
   * Continues after the last epoch of this state, in a network with the parameters and the optimizer's state
   * that the paused one had; null starts a new fit.
   */
  resume: FitState | null;
  batchSize: number;
  sampling: Sampling;
  /** The order of epoch e is a pure function of (seed, e). */
  seed: number;
  /** Rows of the dataset to train on, or null for all. */
  trainingRows: Uint32Array | null;
  /**
   * The rows of each epoch in order of use, instead of `sampling` and `trainingRows`: one epoch's order for
   * all epochs, or all epochs' orders in sequence. Or null.
   */
  order: { rows: Uint32Array; rowsPerEpoch: number } | null;
  /** What to measure after every epoch: rows of `dataset` (null for all), or null for nothing. */
  validation: { dataset: BackendDataset; rows: Uint32Array | null } | null;
  /** Learning rate of each epoch, (epochs), or null for the optimizer's own. */
  learningRates: Float64Array | null;
  schedule: StepSchedule | null;
  /** Whether to leave out the rows of an epoch's order that do not fill a batch. */
  dropLast: boolean;
  /**
   * After `patience` epochs without an improvement of more than `minDelta`, multiplies all later learning
   * rates by `factor`, but never goes below `minLearningRate`; then ignores `cooldown` epochs. Or null.
   */
  plateau: {
    monitor: Monitor;
    factor: number;
    patience: number;
    minDelta: number;
    cooldown: number;
    minLearningRate: number;
    /** The first epoch to observe, from 1. */
    firstEpoch: number;
  } | null;
  /** Ends the fit after `patience` epochs without an improvement of more than `minDelta`. Or null. */
  earlyStopping: {
    monitor: Monitor;
    patience: number;
    minDelta: number;
    restoreBest: boolean;
    /** Whether a value equal to the best counts as best. */
    lastOfTies: boolean;
  } | null;
  /** Ends the fit when the epoch's loss changes by less than this; 0 never does. */
  functionTolerance: number;
  /**
   * Ends the fit when the norm of the epoch's mean gradient (with full batches: of the gradient itself) is
   * below this; 0 never does.
   */
  gradientTolerance: number;
  /** Ends the fit at the first step boundary after this many milliseconds; Infinity never does. */
  maxTimeMs: number;
  /** Whether to collect statistics of the layers after every epoch. */
  statistics: boolean;
}

/** The health of one layer after an epoch. */
export interface LayerStatistics {
  /** Fraction of (row, unit) pairs outside [0.02, 0.98] for sigmoid, beyond +-0.96 for tanh; 0 for others. */
  saturated: number;
  /** Fraction of relu or leakyRelu units with z <= 0 on every row; 0 for others. */
  dead: number;
  /** L2 norm of dLoss/dWeight, without the bias. */
  gradientNorm: number;
  /** L2 norm of the weight, without the bias. */
  weightNorm: number;
  /** L2 norm of the last step's change of the weight over the norm of the weight before it. */
  updateRatio: number;
}

/** The results of one epoch. */
export interface EpochOutcome {
  /** 1 for the first. */
  epoch: number;
  /** Mean loss over the epoch's samples, computed before each step, L2 penalty included. */
  loss: number;
  /** Loss on the validation rows after the epoch; absent without validation. */
  validationLoss?: number;
  /** Fraction of validation rows classified correctly; only for crossEntropy and bce. */
  validationAccuracy?: number;
  learningRate: number;
  /** Norm of the epoch's mean gradient; only if `gradientTolerance` is above 0. */
  gradientNorm?: number;
  /**
   * One entry for each layer, only with `statistics`: on the epoch's first rows (at most 1,024), with the
   * weights after the epoch and without dropout.
   */
  layers?: LayerStatistics[];
  /** Wall time of the epoch's training, without its validation. */
  seconds: number;
  samples: number;
}

/**
 * Both from 1: the step that was not taken because its loss was not finite, or the last step of an epoch after
 * which a parameter was not finite. Such an epoch is not reported.
 */
export interface DivergedAt {
  epoch: number;
  step: number;
}

/** Why a fit ended, and what depends on that. */
export type FitEnding =
  | {
      stoppedBy: 'paused';
      /** Continues the fit. The network is as after the last epoch: its best one is in the state. */
      state: FitState;
    }
  | {
      stoppedBy: 'diverged';
      divergedAt: DivergedAt;
      /** As in every ending but 'paused': the network is not as after the last epoch, so nothing continues. */
      state: null;
    }
  | { stoppedBy: 'epochs' | 'converged' | 'earlyStopping' | 'maxTime' | 'aborted'; state: null };

export type FitEnd = FitEnding['stoppedBy'];

export type FitOutcome = FitEnding & {
  /** With early stopping: the epoch with the best value of its monitor, from 1; 0 if no epoch ended. */
  bestEpoch?: number;
};

/**
 * A running fit. Its methods may be called at any time, also from `onEpoch`. Once the fit has ended, they do
 * nothing, even if `done` has not resolved yet.
 */
export interface FitJob {
  /**
   * Resolves after the last epoch has been reported.
   *
   * If `onEpoch` throws, the fit ends as by `stop`, and this rejects with the same error. There is no state
   * to continue from, even if a pause was due: the best network is restored, if that was requested.
   */
  readonly done: Promise<FitOutcome>;
  /** Asks the fit to end as 'aborted' at the next step boundary. Wins over `pause`. */
  stop(): void;
  /**
   * Asks the fit to end as 'paused' after the epoch that is running, or after the first one if none has
   * begun. If something else ends the fit in this epoch, it is not paused. An engine may be some epochs
   * ahead of `onEpoch`: `done` resolves after all of them have been reported.
   */
  pause(): void;
}

/** The optimizer's state between two steps. */
export interface OptimizerState {
  /** Steps taken. */
  step: number;
  /** Each in the layout of the parameters, in the order of `momentNames` in kinds.ts. */
  moments: Float32Array[];
}

/** Data prepared once for many fits; opaque outside its engine. */
export interface BackendDataset {
  readonly rows: number;
  dispose(): void;
}

/**
 * A network in an engine. Parameters are flat: for each layer the weight (out, in), row-major, then the bias
 * (out) if the layer has one; at the end the scale of the inputs (in) if there is one. During a fit, other calls see the weights at a step boundary.
 */
export interface BackendNetwork {
  readonly parameterCount: number;
  readonly threads: number;
  fit(dataset: BackendDataset, spec: FitSpec, onEpoch: (outcome: EpochOutcome) => void): FitJob;
  /** One step on all of `samples`; returns the loss before it. */
  trainBatch(samples: Samples): number;
  /**
   * Loss and its gradient in the layout of the parameters, and on request the gradient with respect to the
   * inputs (rows, inputSize). Without dropout. Changes nothing.
   */
  lossAndGradients(
    samples: Samples,
    inputGradients: boolean,
  ): { loss: number; gradients: Float32Array; inputGradients: Float32Array | null };
  /** Loss and outputs (rows, outputs) of the network as it is. Changes nothing. */
  evaluate(samples: Samples): { loss: number; outputs: Float32Array };
  /** (rows, outputs) from (rows, inputSize). */
  predict(inputs: Float32Array, rows: number): Float32Array;
  predictAsync(inputs: Float32Array, rows: number): Promise<Float32Array>;
  getParameters(): Float32Array;
  setParameters(flat: Float32Array): void;
  getOptimizerState(): OptimizerState;
  setOptimizerState(state: OptimizerState): void;
  dispose(): void;
}

/** What computes matrix products: chainrule's own kernels, or OpenBLAS. */
export type Gemm = 'own' | 'openblas';

/** 'auto' leaves it to the engine. */
export type GemmChoice = Gemm | 'auto';

export interface Backend {
  readonly name: BackendName;
  /** The instruction set of the kernels, in Highway's names; 'none' for the reference engine. */
  readonly simd: string;
  /** The BLAS with version and kernel family; 'none' if the engine has none. */
  readonly blas: string;
  /** Absolute path of the addon; undefined for exports given to `useAddon` and the reference engine. */
  readonly path?: string | undefined;
  /**
   * What computes the products of a network with this choice.
   *
   * @throws {@link ChainruleError} ERR_BACKEND if there is no such provider
   */
  resolveGemm(choice: GemmChoice): Gemm;
  createNetwork(spec: NetworkSpec, parameters: Float32Array): BackendNetwork;
  createDataset(samples: Samples): BackendDataset;
  /** Index of the first NaN or infinity, or -1. */
  firstNonFinite(values: Float32Array): number;
}

/** The native engine before it is loaded. */
export interface NativeEngine {
  /** @throws {@link ChainruleError} ERR_BACKEND if no addon can be loaded */
  load(): Backend;
  /**
   * Explains an error of `load`. `demand`: the setting that asks for exactly what is not available, so that
   * there is no fallback, or null. `solutions`: what to do, likeliest first.
   */
  explain(error: unknown): { demand: string | null; solutions: string[] };
  useAddon(pathOrExports: string | object): void;
}
