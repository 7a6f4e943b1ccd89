/**
 * The seam between the public API and an engine, at the height of a training session: a network from
 * a spec, data, whole fits, parameters as flat arrays. Everything that arrives here has been validated
 * and every default filled in; an engine computes and says no word about options.
 */

export type Activation = 'identity' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'softmax';
export type Loss = 'mse' | 'halfMse' | 'bce' | 'crossEntropy';
export type Sampling = 'shuffle' | 'sequential' | 'replacement';
export type BackendName = 'native' | 'reference';

export interface LayerSpec {
  units: number;
  activation: Activation;
  /** Slope of leakyRelu for z <= 0; 0 for every other activation. */
  slope: number;
  useBias: boolean;
}

/** Coefficients of one optimizer; the update rules are in docs/mathematics.md. */
export type OptimizerSpec = { learningRate: number; clipNorm: number | null } & (
  | { kind: 'sgd' }
  | { kind: 'momentum'; momentum: number; nesterov: boolean }
  | { kind: 'momentumEma'; beta: number }
  | {
      kind: 'adam' | 'adamW';
      beta1: number;
      beta2: number;
      epsilon: number;
      epsilonInsideSqrt: boolean;
      weightDecay: number;
    }
);

export interface NetworkSpec {
  inputSize: number;
  layers: LayerSpec[];
  loss: Loss;
  optimizer: OptimizerSpec;
  /** Coefficient of 1/2 * l2 * sum W^2. */
  l2: number;
  /** The most threads a step may use; the results do not depend on it. */
  threads: number;
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

export interface FitSpec {
  epochs: number;
  batchSize: number;
  sampling: Sampling;
  /** The order of epoch e is a pure function of (seed, e). */
  seed: number;
  /** Rows of the dataset to train on, or null for all. */
  trainingRows: Uint32Array | null;
  /** What to measure after every epoch: rows of `dataset` (null for all), or null for nothing. */
  validation: { dataset: BackendDataset; rows: Uint32Array | null } | null;
}

/** What one epoch came to. */
export interface EpochOutcome {
  /** 1 for the first. */
  epoch: number;
  /** Mean over the epoch's samples of the loss before each step, L2 penalty included. */
  loss: number;
  /** Loss on the validation rows after the epoch; absent without validation. */
  validationLoss?: number;
  /** Share of validation rows classified right; only for crossEntropy and bce. */
  validationAccuracy?: number;
  /** Wall time of the epoch's training, without its validation. */
  seconds: number;
  samples: number;
}

export type FitEnd = 'epochs' | 'aborted' | 'diverged';

export interface FitOutcome {
  stoppedBy: FitEnd;
  /** For 'diverged': where the first non-finite loss arose, both from 1. */
  divergedAt?: { epoch: number; step: number };
}

/** A fit under way. */
export interface FitJob {
  /** Resolves after the last epoch has been reported. */
  readonly done: Promise<FitOutcome>;
  /** Asks the fit to end at the next step boundary. */
  stop(): void;
}

/** Values of the optimizer between two steps: `slots` lie in the layout of the parameters. */
export interface OptimizerState {
  /** Steps taken. */
  step: number;
  /** velocity; or firstMoment, secondMoment; none for sgd. */
  slots: Float32Array[];
}

/** Data prepared once for many fits; opaque outside its engine. */
export interface BackendDataset {
  readonly rows: number;
  dispose(): void;
}

/**
 * A network in an engine. Parameters are flat: for each layer the weight (out, in) row-major, then
 * the bias (out) if the layer has one. Between the calls of a running fit the others see the weights
 * at a step boundary.
 */
export interface BackendNetwork {
  readonly parameterCount: number;
  readonly threads: number;
  fit(dataset: BackendDataset, spec: FitSpec, onEpoch: (outcome: EpochOutcome) => void): FitJob;
  /** One step on the whole of `samples`; returns the loss before it. */
  trainBatch(samples: Samples): number;
  /** Loss and its gradient in the layout of the parameters. Changes nothing. */
  lossAndGradients(samples: Samples): { loss: number; gradients: Float32Array };
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

export interface Backend {
  readonly name: BackendName;
  /** The instruction set of the kernels, in Highway's names; 'none' for the reference engine. */
  readonly simd: string;
  /** The BLAS with version and kernel family; 'none' for the reference engine. */
  readonly blas: string;
  createNetwork(spec: NetworkSpec, parameters: Float32Array): BackendNetwork;
  createDataset(samples: Samples): BackendDataset;
  /** Index of the first NaN or infinity, or -1. */
  firstNonFinite(values: Float32Array): number;
}
