/**
 * The seam between the public API and an engine, at the level of a training session: networks made from
 * specs, data, whole fits, parameters as flat arrays. Everything that arrives here is validated, with all
 * defaults filled in; an engine only computes and knows nothing about options.
 */

import type { BackendDataset, EpochListener, FitJob, FitSpec, OptimizerState } from './fit-contract.js';
import type { Activation, Loss, OptimizerSpec, Precision } from './kinds.js';

export type * from './fit-contract.js';
export type { Activation, Loss, OptimizerSpec, Precision } from './kinds.js';

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
  /** The least precision of matrix products. */
  precision: Precision;
}

/** What computes the products of a network. */
export interface Products {
  /** 'float32', or a unit and a precision: 'vdpbf16-bf16', 'amx-bf16x3'. */
  name: string;
  /** Why they are float32 although less was asked for; otherwise ''. */
  reason: string;
}

/** Rows of data as the engines take them; engines copy what they keep. */
export interface Samples {
  rows: number;
  /** (rows, inputSize) */
  inputs: Float32Array;
  /** (rows, outputs), or for crossEntropy (rows) class indices. */
  targets: Float32Array | Int32Array;
  /** (rows), or null for all ones. Below 2^-126, where numbers are denormal, a weight is 0. */
  weights: Float32Array | null;
}

/**
 * A network in an engine. Parameters are flat: for each layer the weight (out, in), row-major, then the bias
 * (out) if the layer has one; at the end the scale of the inputs (in) if there is one. During a fit, other calls see the weights at a step boundary.
 */
export interface BackendNetwork {
  readonly parameterCount: number;
  readonly threads: number;
  readonly products: Products;
  /** Starts a fit, or queues it if as many run as the process has cores. */
  fit(dataset: BackendDataset, spec: FitSpec, onEpochs: EpochListener): FitJob;
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
