import type {
  Activation,
  BackendName,
  GemmChoice,
  LayerSpec,
  Loss,
  NetworkSpec,
  Precision,
  TensorFactors,
} from '../engine/contract.js';
import {
  type LossOptions,
  losses,
  lossesOfAnyOutput,
  type OptimizerKind,
  type OptimizerOptions,
  precisions,
} from '../engine/kinds.js';
import { ChainruleError } from '../error.js';
import type { Rows } from '../numbers/matrix.js';
import { fraction, integer, nonNegative, oneOf, optional, optionsObject, unexpected } from './checks.js';
import { defaults, MAX_THREADS, usefulThreads } from './defaults.js';
import type { LayerInitializers } from './initializer.js';
import {
  describeLayer,
  type LayerOptions,
  MAX_ELEMENTS,
  resolveLayers,
  resolveTensorFactors,
  type TensorFactorsOptions,
} from './layer.js';
import { describeLoss, resolveLoss } from './loss.js';
import { describeOptimizer, resolveOptimizer } from './optimizer.js';

/** Parameters of one layer to start from or to set: weight (out, in), in rows or flat, and bias (out). */
export interface LayerParametersInput {
  weight: Float32Array | Float64Array | readonly number[] | Rows;
  /** Absent, null or empty for a layer without a bias. */
  bias?: Float32Array | Float64Array | readonly number[] | null | undefined;
  /** The scale of the inputs, (inputSize): in the first entry of a network with `inputScale`, and only there. */
  scale?: Float32Array | Float64Array | readonly number[] | null | undefined;
}

/** The options of a `Network`. */
export interface NetworkOptions {
  /** Number of features of a row of x. */
  inputSize: number;
  /** The layers from the first hidden one to the output. */
  layers: readonly LayerOptions[];
  /**
   * A scale g of the inputs, a number for each, which begins at 1 and is trained: the first layer sees x times g,
   * element by element. `true`, or factors of the optimizer's coefficients for g as a layer has them for its
   * tensors. `l2` does not count g. Default false. (Holzmüller, Grinsztajn and Steinwart, NeurIPS 2024.)
   */
  inputScale?: boolean | TensorFactorsOptions | undefined;
  /**
   * Default: 'crossEntropy' after softmax, 'bce' after sigmoid, 'mse' otherwise. 'crossEntropy' needs
   * softmax, 'bce' needs sigmoid; the others go with every output activation.
   */
  loss?: Loss | LossOptions | undefined;
  /** An optimizer by its name or with its coefficients. Default 'adam'. */
  optimizer?: OptimizerKind | OptimizerOptions | undefined;
  /**
   * Adds 1/2 * l2 * sum W² over the weights, not the biases, to the loss, whatever the batch. Default 0.
   *
   * Equivalents: PyTorch's `weight_decay = l2` with sgd, momentum and Adam (not AdamW), which decays biases too
   * and does not appear in its loss; Keras's `kernel_regularizer=l2(l2 / 2)` in every layer; scikit-learn's
   * `alpha = l2 * rows of the batch`, since it divides by those.
   */
  l2?: number | undefined;
  /**
   * Fraction s of the target to spread evenly: the loss sees (1 - s) y + s / outputs for 'crossEntropy' and
   * (1 - s) y + s / 2 for 'bce'; metrics see y. In [0, 1), default 0; for these two losses only. (Szegedy,
   * Vanhoucke, Ioffe, Shlens and Wojna, CVPR 2016.)
   */
  labelSmoothing?: number | undefined;
  /** Fixes initial parameters, shuffling, splitting and dropout; below 2^32. Default: drawn at random. */
  seed?: number | undefined;
  /**
   * The most threads to use, from 1 to 1,024; the results do not depend on it. More than four times the cores, and
   * more than 16, are not started. Default: the cores this process may use.
   */
  threads?: number | undefined;
  /**
   * The engine. Default 'auto': the native one if it loads, otherwise the reference engine. The environment
   * variable CHAINRULE_BACKEND overrides 'auto'.
   */
  backend?: BackendName | 'auto' | undefined;
  /**
   * What computes matrix products: 'own' kernels, or 'openblas', which gets whole matrices. Default 'auto': our
   * own where the processor has vector instructions, which were as fast or faster wherever we measured. The
   * environment variable CHAINRULE_GEMM decides instead of 'auto'. The results differ in rounding.
   */
  gemm?: GemmChoice | undefined;
  /**
   * The least precision that you accept in matrix products; all else is float32. 'bf16' rounds their operands to 8
   * significant bits, 'bf16x3' splits them into two bf16 and keeps 16. Where the processor has no unit that is faster
   * so, and in small networks, products are float32: `net.backend.products` has what computes them. Default
   * 'float32'.
   */
  precision?: Precision | undefined;
  /**
   * Initial parameters, one entry per layer, instead of those that `initializer` and `biasInitializer` draw;
   * not together with these options.
   */
  parameters?: readonly LayerParametersInput[] | undefined;
}

/** Options of a loaded network that depend on this machine, not on the file. */
export type LoadOptions = Pick<NetworkOptions, 'backend' | 'gemm' | 'threads'>;

/** `NetworkOptions` checked, with every default filled in. */
export interface ResolvedNetworkOptions {
  spec: NetworkSpec;
  /** Whether the seed was given, not drawn. */
  hasOwnSeed: boolean;
  backend: BackendName | 'auto';
  /** One entry per layer. */
  initializers: LayerInitializers[];
  /** Not yet checked against the layers' shapes; undefined if the initializers draw them. */
  parameters: unknown;
}

const size = integer(1, MAX_ELEMENTS);
const threadCount = integer(1, MAX_THREADS);
export const seedNumber = integer(0, 2 ** 32 - 1);
const gemmChoice = oneOf<GemmChoice>(['auto', 'own', 'openblas']);
export const precisionChoice = oneOf<Precision>(precisions);
const backendChoice = oneOf<BackendName | 'auto'>(['auto', 'native', 'reference']);

/** Those that say how to train and on what, not what the network is. */
export const TRAINING_FIELDS = [
  'loss',
  'optimizer',
  'l2',
  'labelSmoothing',
  'seed',
  'threads',
  'backend',
  'gemm',
  'precision',
] as const satisfies (keyof NetworkOptions)[];

const NETWORK_FIELDS = [
  'inputSize',
  'layers',
  'inputScale',
  ...TRAINING_FIELDS,
  'parameters',
] as const satisfies (keyof NetworkOptions)[];

/** Checks the options of a network and fills in the defaults. Throws ERR_OPTION. */
export function resolveNetworkOptions(value: unknown): ResolvedNetworkOptions {
  const options = optionsObject(value, NETWORK_FIELDS, 'the options of Network');
  const inputSize = size(options.inputSize, 'inputSize');
  const { layers, initializers } = resolveLayers(options.layers, inputSize, options.parameters !== undefined);
  const output = layers[layers.length - 1];
  const { loss, lossParameters } = resolveLoss(options.loss, defaultLoss(output.activation), output.units);
  checkOutput(output, loss);
  return {
    spec: {
      inputSize,
      layers,
      inputScale: optional(options.inputScale, 'inputScale', resolveInputScale, null),
      loss,
      lossParameters,
      optimizer: resolveOptimizer(options.optimizer),
      l2: optional(options.l2, 'l2', nonNegative, defaults.l2),
      labelSmoothing: resolveLabelSmoothing(options.labelSmoothing, loss),
      seed: optional(options.seed, 'seed', seedNumber, drawnSeed()),
      threads: Math.min(
        optional(options.threads, 'threads', threadCount, defaults.threads()),
        usefulThreads(),
      ),
      gemm: optional(options.gemm, 'gemm', gemmChoice, defaults.gemm),
      precision: optional(options.precision, 'precision', precisionChoice, defaults.precision),
    },
    hasOwnSeed: options.seed !== undefined,
    backend: optional(options.backend, 'backend', backendChoice, defaults.backend),
    initializers,
    parameters: options.parameters,
  };
}

/** The options from which `resolveNetworkOptions` makes this spec, without the seed and what depends on the machine. */
export function describeNetwork(spec: Omit<NetworkSpec, 'threads' | 'gemm'>): NetworkOptions {
  return {
    inputSize: spec.inputSize,
    layers: spec.layers.map(describeLayer),
    ...(spec.inputScale !== null && { inputScale: spec.inputScale }),
    loss: describeLoss(spec),
    optimizer: describeOptimizer(spec.optimizer),
    l2: spec.l2,
    labelSmoothing: spec.labelSmoothing,
    // Older versions refuse a field that they do not know.
    ...(spec.precision !== defaults.precision && { precision: spec.precision }),
  };
}

function resolveInputScale(value: unknown, name: string): TensorFactors | null {
  if (value === false) return null;
  if (value !== true && (typeof value !== 'object' || value === null || Array.isArray(value))) {
    throw unexpected(name, value, 'true, false or an object of factors');
  }
  return resolveTensorFactors(value === true ? {} : value, name);
}

function resolveLabelSmoothing(value: unknown, loss: Loss): number {
  const smoothing = optional(value, 'labelSmoothing', fraction, defaults.labelSmoothing);
  if (smoothing > 0 && losses[loss].task === 'regression') {
    throw new ChainruleError(
      'ERR_OPTION',
      `labelSmoothing is ${smoothing}, which goes with loss 'crossEntropy' or 'bce' only, not with '${loss}'`,
    );
  }
  return smoothing;
}

function defaultLoss(output: Activation): Loss {
  if (output === 'softmax') return 'crossEntropy';
  return output === 'sigmoid' ? 'bce' : 'mse';
}

function checkOutput(output: LayerSpec, loss: Loss): void {
  const { activation, units } = output;
  if (activation === 'softmax' && units === 1) {
    throw new ChainruleError(
      'ERR_OPTION',
      "a softmax layer of 1 unit always outputs 1: use 1 unit with 'sigmoid' and loss 'bce', or 2 units",
    );
  }
  const needed = losses[loss].output ?? activation;
  if (activation === needed) return;
  const others = lossesOfAnyOutput.map((name) => `'${name}'`);
  const advice =
    activation === 'softmax'
      ? `loss 'crossEntropy', ${others.join(' or ')}`
      : `loss ${others.join(' or ')} with '${activation}'`;
  throw new ChainruleError(
    'ERR_OPTION',
    `loss '${loss}' needs the output activation '${needed}', got '${activation}': ` +
      `use '${needed}', or ${advice}`,
  );
}

/** Not from node:crypto, which takes longer to load than this whole library: a seed is no secret. */
function drawnSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
