import type { Activation, LayerSpec, TensorFactors } from '../engine/contract.js';
import { activationNames, activations } from '../engine/kinds.js';
import { ChainruleError, show } from '../error.js';
import {
  boolean,
  type Check,
  fraction,
  integer,
  nonNegative,
  oneOf,
  optional,
  optionsObject,
  positiveFloat,
  unexpected,
} from './checks.js';
import { defaults } from './defaults.js';
import {
  defaultInitializers,
  type InitializerKind,
  type InitializerOptions,
  type LayerInitializers,
  resolveInitializer,
} from './initializer.js';

/** Factors of the optimizer's coefficients for one tensor, at least 0, of epsilon above 0. Default 1. */
export interface TensorFactorsOptions {
  learningRate?: number | undefined;
  /** Of the weight decay of 'adamW'. */
  weightDecay?: number | undefined;
  epsilon?: number | undefined;
}

/** Factors for a layer's two tensors. */
export interface LayerFactors {
  weight?: TensorFactorsOptions | undefined;
  bias?: TensorFactorsOptions | undefined;
}

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
  /**
   * Fraction of the layer's outputs that training drops, drawn for every row and step; the others are multiplied
   * by 1 / (1 - dropout), which keeps the mean. Outside training all outputs are used unchanged. In [0, 1),
   * default 0; not for the output layer. (Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, JMLR
   * 2014, in the inverted form.)
   */
  dropout?: number | undefined;
  /**
   * Factors of the optimizer's coefficients for the weight and for the bias, at least 0, each 1 by default. With
   * them Adam trains z = W x / sqrt(d) + b, say, as a plain layer whose weight has the learning rate's factor
   * 1 / sqrt(d) and epsilon's factor sqrt(d).
   */
  factors?: LayerFactors | undefined;
  /** How to initialise the weight. Default 'heNormal' with relu and leakyRelu, 'glorotUniform' otherwise. */
  initializer?: InitializerKind | InitializerOptions | undefined;
  /** How to initialise the bias. Default 'zeros'. */
  biasInitializer?: InitializerKind | InitializerOptions | undefined;
}

/** The most values that an array of one layer may have: BLAS counts them in signed 32-bit integers. */
export const MAX_ELEMENTS = 2 ** 31 - 1;

const TENSOR_FACTORS = ['learningRate', 'weightDecay', 'epsilon'] as const satisfies (keyof TensorFactors)[];

const size = integer(1, MAX_ELEMENTS);
const activationName = oneOf<Activation>(activationNames);

const LAYER_FIELDS = [
  'units',
  'activation',
  'slope',
  'useBias',
  'dropout',
  'factors',
  'initializer',
  'biasInitializer',
] as const satisfies (keyof LayerOptions)[];

/**
 * Checks the layers of a network and fills in the defaults. Throws ERR_OPTION.
 *
 * @param hasParameters whether parameters are given; initializers are then not allowed
 */
export function resolveLayers(
  value: unknown,
  inputSize: number,
  hasParameters: boolean,
): { layers: LayerSpec[]; initializers: LayerInitializers[] } {
  if (!Array.isArray(value) || value.length === 0) {
    const came = Array.isArray(value) ? 'empty' : show(value);
    throw new ChainruleError('ERR_OPTION', `layers is ${came}, expected an array of at least one layer`);
  }
  const layers: LayerSpec[] = [];
  const initializers: LayerInitializers[] = [];
  let inputs = inputSize;
  for (let i = 0; i < value.length; i++) {
    const name = `layers[${i}]`;
    const options = optionsObject(value[i], LAYER_FIELDS, name);
    const layer = resolveLayer(options, name, i === value.length - 1);
    if (layer.units * inputs > MAX_ELEMENTS) {
      throw new ChainruleError(
        'ERR_OPTION',
        `${name} has ${inputs} x ${layer.units} weights, expected at most ${MAX_ELEMENTS}`,
      );
    }
    layers.push(layer);
    initializers.push(resolveInitializers(options, name, layer, hasParameters));
    inputs = layer.units;
  }
  return { layers, initializers };
}

/** The options from which `resolveLayers` makes this layer, without initializers. */
export function describeLayer({ slope, factors, ...options }: LayerSpec): LayerOptions {
  return {
    ...options,
    ...(options.activation === 'leakyRelu' && { slope }),
    ...(factors !== null && { factors }),
  };
}

/** Checks the factors of one tensor; those that are absent are 1. */
export function resolveTensorFactors(value: unknown, name: string): TensorFactors {
  const given = optionsObject(value, TENSOR_FACTORS, name);
  const factor = (field: keyof TensorFactors, check: Check<number>) =>
    optional(given[field], `${name}.${field}`, check, 1);
  return {
    learningRate: factor('learningRate', nonNegative),
    weightDecay: factor('weightDecay', nonNegative),
    // Without any, a gradient of 0 is divided by 0.
    epsilon: factor('epsilon', positiveFloat),
  };
}

/** Null if all factors are 1. */
function resolveFactors(value: unknown, name: string): LayerSpec['factors'] {
  const options = optionsObject(value, ['weight', 'bias'], name);
  const tensor = (which: 'weight' | 'bias') => resolveTensorFactors(options[which] ?? {}, `${name}.${which}`);
  const factors = { weight: tensor('weight'), bias: tensor('bias') };
  const all = [...Object.values(factors.weight), ...Object.values(factors.bias)];
  return all.every((factor) => factor === 1) ? null : factors;
}

function resolveLayer(
  options: Readonly<Record<string, unknown>>,
  name: string,
  isOutput: boolean,
): LayerSpec {
  const units = size(options.units, `${name}.units`);
  const activation = optional(
    options.activation,
    `${name}.activation`,
    activationName,
    defaults.layer.activation,
  );
  if ('rowWise' in activations[activation] && !isOutput) {
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
  const dropout = optional(options.dropout, `${name}.dropout`, fraction, defaults.layer.dropout);
  if (dropout > 0 && isOutput) {
    throw unexpected(`${name}.dropout`, dropout, 'none in the output layer, whose outputs are all needed');
  }
  return {
    units,
    activation,
    slope: activation === 'leakyRelu' ? slope : 0,
    useBias: optional(options.useBias, `${name}.useBias`, boolean, defaults.layer.useBias),
    dropout,
    factors: optional(options.factors, `${name}.factors`, resolveFactors, null),
  };
}

function resolveInitializers(
  options: Readonly<Record<string, unknown>>,
  name: string,
  layer: LayerSpec,
  hasParameters: boolean,
): LayerInitializers {
  for (const field of ['initializer', 'biasInitializer']) {
    if (options[field] === undefined) continue;
    if (hasParameters) {
      throw new ChainruleError(
        'ERR_OPTION',
        `${name}.${field} is given beside parameters, expected one of them`,
      );
    }
    if (field === 'biasInitializer' && !layer.useBias) {
      throw new ChainruleError('ERR_OPTION', `${name}.${field} is given for a layer without a bias`);
    }
  }
  const byDefault = defaultInitializers(layer);
  return {
    weight: optional(options.initializer, `${name}.initializer`, resolveInitializer, byDefault.weight),
    bias: optional(options.biasInitializer, `${name}.biasInitializer`, resolveInitializer, byDefault.bias),
  };
}
