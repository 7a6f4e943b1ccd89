import { randomInt } from 'node:crypto';

import type { Activation, BackendName, LayerSpec, Loss, NetworkSpec } from '../backend/backend.js';
import { ChainruleError } from '../error.js';
import { defaults, MAX_THREADS } from './defaults.js';
import type { Rows } from './inputs.js';
import {
  describeOptimizer,
  type OptimizerKind,
  type OptimizerOptions,
  resolveOptimizer,
} from './optimizer-options.js';
import {
  boolean,
  integer,
  number,
  oneOf,
  optional,
  optionsObject,
  show,
  unexpected,
} from './option-checks.js';

/** One dense layer: activation(x W^T + b). */
export interface LayerOptions {
  /** Number of outputs of the layer. */
  units: number;
  /** Default 'identity'. 'softmax' is for the output layer only. */
  activation?: Activation | undefined;
  /** Slope of leakyRelu for z <= 0, at least 0. Default 0.01; only with 'leakyRelu'. */
  slope?: number | undefined;
  /** Whether a bias is added. Default true. */
  useBias?: boolean | undefined;
}

/** Parameters of one layer to start from or to set: weight (out, in), in rows or flat, and bias (out). */
export interface LayerParametersInput {
  weight: Float32Array | Float64Array | readonly number[] | Rows;
  /** Absent, null or empty for a layer without a bias. */
  bias?: Float32Array | Float64Array | readonly number[] | null | undefined;
}

/** What a `Network` is made of. */
export interface NetworkOptions {
  /** Number of features of a row of x. */
  inputSize: number;
  /** The layers from the first hidden one to the output. */
  layers: readonly LayerOptions[];
  /**
   * Default: 'crossEntropy' after softmax, 'bce' after sigmoid, 'mse' otherwise. 'crossEntropy' needs
   * softmax, 'bce' needs sigmoid; 'mse' and 'halfMse' go with every output activation.
   */
  loss?: Loss | undefined;
  /** An optimizer by its name or with its coefficients. Default 'adam'. */
  optimizer?: OptimizerKind | OptimizerOptions | undefined;
  /** Adds 1/2 * l2 * sum W^2 over the weights, not the biases, to the loss. Default 0. */
  l2?: number | undefined;
  /** Fixes initial parameters, shuffling and splitting; below 2^32. Default: drawn at random. */
  seed?: number | undefined;
  /** The most threads to use; the results do not depend on it. Default: the cores this process may use. */
  threads?: number | undefined;
  /**
   * The engine. Default 'auto': the native one where it loads, else the reference engine. The environment
   * variable CHAINRULE_BACKEND decides in the place of 'auto'.
   */
  backend?: BackendName | 'auto' | undefined;
  /**
   * Initial parameters, one entry a layer. Default: weights He normal before relu and leakyRelu, Glorot
   * uniform otherwise; biases 0.
   */
  parameters?: readonly LayerParametersInput[] | undefined;
}

/** `NetworkOptions` checked, with every default filled in. */
export interface ResolvedNetworkOptions {
  spec: NetworkSpec;
  seed: number;
  backend: BackendName | 'auto';
  /** Still to be checked against the layers' shapes; undefined for the default initialisation. */
  parameters: unknown;
}

/** The most values that an array of one layer may have: BLAS counts them in signed 32-bit integers. */
const MAX_ELEMENTS = 2 ** 31 - 1;

const size = integer(1, MAX_ELEMENTS);
const threadCount = integer(1, MAX_THREADS);
const seedNumber = integer(0, 2 ** 32 - 1);
const nonNegative = number('a number of at least 0', (value) => value >= 0);
const activationName = oneOf<Activation>(['identity', 'sigmoid', 'tanh', 'relu', 'leakyRelu', 'softmax']);
const lossName = oneOf<Loss>(['mse', 'halfMse', 'bce', 'crossEntropy']);
const backendChoice = oneOf<BackendName | 'auto'>(['auto', 'native', 'reference']);

const NETWORK_FIELDS = [
  'inputSize',
  'layers',
  'loss',
  'optimizer',
  'l2',
  'seed',
  'threads',
  'backend',
  'parameters',
] as const satisfies (keyof NetworkOptions)[];
const LAYER_FIELDS = ['units', 'activation', 'slope', 'useBias'] as const satisfies (keyof LayerOptions)[];

/** Checks the options of a network and fills in the defaults. Throws ERR_OPTION. */
export function resolveNetworkOptions(value: unknown): ResolvedNetworkOptions {
  const options = optionsObject(value, NETWORK_FIELDS, 'the options of Network');
  const inputSize = size(options.inputSize, 'inputSize');
  const layers = resolveLayers(options.layers, inputSize);
  const output = layers[layers.length - 1];
  const loss = optional(options.loss, 'loss', lossName, defaultLoss(output.activation));
  checkOutput(output, loss);
  return {
    spec: {
      inputSize,
      layers,
      loss,
      optimizer: resolveOptimizer(options.optimizer),
      l2: optional(options.l2, 'l2', nonNegative, defaults.l2),
      threads: optional(options.threads, 'threads', threadCount, defaults.threads()),
    },
    seed: optional(options.seed, 'seed', seedNumber, randomInt(2 ** 32)),
    backend: optional(options.backend, 'backend', backendChoice, defaults.backend),
    parameters: options.parameters,
  };
}

/** The options that `resolveNetworkOptions` makes this spec of, but for what belongs to a machine. */
export function describeNetwork(spec: NetworkSpec): NetworkOptions {
  return {
    inputSize: spec.inputSize,
    layers: spec.layers.map(({ units, activation, slope, useBias }) =>
      activation === 'leakyRelu' ? { units, activation, slope, useBias } : { units, activation, useBias },
    ),
    loss: spec.loss,
    optimizer: describeOptimizer(spec.optimizer),
    l2: spec.l2,
  };
}

function resolveLayers(value: unknown, inputSize: number): LayerSpec[] {
  if (!Array.isArray(value) || value.length === 0) {
    const came = Array.isArray(value) ? 'empty' : show(value);
    throw new ChainruleError('ERR_OPTION', `layers is ${came}, expected an array of at least one layer`);
  }
  const layers: LayerSpec[] = [];
  let inputs = inputSize;
  for (let i = 0; i < value.length; i++) {
    const layer = resolveLayer(value[i], `layers[${i}]`, i === value.length - 1);
    if (layer.units * inputs > MAX_ELEMENTS) {
      throw new ChainruleError(
        'ERR_OPTION',
        `layers[${i}] has ${inputs} x ${layer.units} weights, expected at most ${MAX_ELEMENTS}`,
      );
    }
    layers.push(layer);
    inputs = layer.units;
  }
  return layers;
}

function resolveLayer(value: unknown, name: string, isOutput: boolean): LayerSpec {
  const options = optionsObject(value, LAYER_FIELDS, name);
  const units = size(options.units, `${name}.units`);
  const activation = optional(
    options.activation,
    `${name}.activation`,
    activationName,
    defaults.layer.activation,
  );
  if (activation === 'softmax' && !isOutput) {
    throw unexpected(
      `${name}.activation`,
      activation,
      "'relu', 'tanh' or another: only the output layer can be softmax",
    );
  }
  if (options.slope !== undefined && activation !== 'leakyRelu') {
    throw new ChainruleError(
      'ERR_OPTION',
      `${name}.slope goes with 'leakyRelu' only, not with '${activation}'`,
    );
  }
  const slope = optional(options.slope, `${name}.slope`, nonNegative, defaults.layer.slope);
  return {
    units,
    activation,
    slope: activation === 'leakyRelu' ? slope : 0,
    useBias: optional(options.useBias, `${name}.useBias`, boolean, defaults.layer.useBias),
  };
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
      "a softmax layer of 1 unit always puts out 1: use 1 unit with 'sigmoid' and loss 'bce', or 2 units",
    );
  }
  const needed = loss === 'crossEntropy' ? 'softmax' : loss === 'bce' ? 'sigmoid' : activation;
  if (activation === needed) return;
  const advice =
    activation === 'softmax'
      ? "loss 'crossEntropy', 'mse' or 'halfMse'"
      : `loss 'mse' or 'halfMse' with '${activation}'`;
  throw new ChainruleError(
    'ERR_OPTION',
    `loss '${loss}' needs the output activation '${needed}', got '${activation}': ` +
      `use '${needed}', or ${advice}`,
  );
}
