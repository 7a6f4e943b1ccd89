import type { OptimizerSpec } from '../backend/backend.js';
import { ChainruleError } from '../error.js';
import { defaults } from './defaults.js';
import {
  boolean,
  type Check,
  nullable,
  number,
  oneOf,
  optional,
  optionsObject,
  show,
  unexpected,
} from './option-checks.js';

export type OptimizerKind = OptimizerSpec['kind'];

/** What every optimizer takes. */
interface CommonOptions {
  /** Step size, at least 0. Default 0.001. */
  learningRate?: number | undefined;
  /** All gradients are scaled together when their global L2 norm exceeds this. Default null: never. */
  clipNorm?: number | null | undefined;
}

/** Plain gradient descent. */
export interface SgdOptions extends CommonOptions {
  kind: 'sgd';
}

/** v = momentum * v + g; p -= learningRate * v. */
export interface MomentumOptions extends CommonOptions {
  kind: 'momentum';
  /** Share of the velocity that is kept, in [0, 1). Default 0.9. */
  momentum?: number | undefined;
  /** Look ahead: p -= learningRate * (g + momentum * v). Default false. */
  nesterov?: boolean | undefined;
}

/** Momentum as an exponential moving average of gradients with bias correction. */
export interface MomentumEmaOptions extends CommonOptions {
  kind: 'momentumEma';
  /** Decay of the average, in [0, 1). Default 0.9. */
  beta?: number | undefined;
}

/** Adam (Kingma and Ba 2015). */
export interface AdamOptions extends CommonOptions {
  kind?: 'adam' | undefined;
  /** Decay of the first moment, in [0, 1). Default 0.9. */
  beta1?: number | undefined;
  /** Decay of the second moment, in [0, 1). Default 0.999. */
  beta2?: number | undefined;
  /** Keeps the divisor from zero, above 0. Default 1e-8. */
  epsilon?: number | undefined;
  /** sqrt(s + epsilon) in place of sqrt(s) + epsilon. Default false. */
  epsilonInsideSqrt?: boolean | undefined;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019). */
export interface AdamWOptions extends Omit<AdamOptions, 'kind'> {
  kind: 'adamW';
  /** Share of each parameter, times the learning rate, that a step takes away. Default 0.01. */
  weightDecay?: number | undefined;
}

/** An optimizer with its coefficients; the update rules are those of PyTorch's optimizers of these names. */
export type OptimizerOptions = SgdOptions | MomentumOptions | MomentumEmaOptions | AdamOptions | AdamWOptions;

const decay = number('a number from 0 to below 1', (value) => value >= 0 && value < 1);
const positive = number('a number above 0', (value) => value > 0);
const nonNegative = number('a number of at least 0', (value) => value >= 0);

const common = { learningRate: nonNegative, clipNorm: nullable(positive) };
const adam = { beta1: decay, beta2: decay, epsilon: positive, epsilonInsideSqrt: boolean };

/** The fields of each kind and what they may hold. */
const fieldsOfKind: Record<OptimizerKind, Record<string, Check<unknown>>> = {
  sgd: { ...common },
  momentum: { ...common, momentum: decay, nesterov: boolean },
  momentumEma: { ...common, beta: decay },
  adam: { ...common, ...adam },
  adamW: { ...common, ...adam, weightDecay: nonNegative },
};

const allFields = [...new Set(Object.values(fieldsOfKind).flatMap(Object.keys))];
const optimizerKind = oneOf(Object.keys(fieldsOfKind) as OptimizerKind[]);

/** The spec of an optimizer from the `optimizer` option: a kind, an object, or undefined. */
export function resolveOptimizer(value: unknown): OptimizerSpec {
  if (value === undefined) return resolveOptimizer({});
  if (typeof value === 'string') return resolveOptimizer({ kind: optimizerKind(value, 'optimizer') });
  if (typeof value !== 'object')
    throw unexpected('optimizer', value, 'the name of an optimizer or an object');

  const options = optionsObject(value, ['kind', ...allFields], 'optimizer');
  const kind = optional(options.kind, 'optimizer.kind', optimizerKind, defaults.optimizerKind);
  const fields = fieldsOfKind[kind];
  for (const key of Object.keys(options)) {
    if (key !== 'kind' && !Object.hasOwn(fields, key) && options[key] !== undefined) {
      const takes = Object.keys(fields).join(', ');
      throw new ChainruleError(
        'ERR_OPTION',
        `option ${show(key)} does not go with optimizer ${show(kind)}, which takes ${takes}`,
      );
    }
  }
  const spec: Record<string, unknown> = { kind };
  for (const [field, check] of Object.entries(fields)) {
    const fallback = defaults.optimizer[field as keyof typeof defaults.optimizer];
    spec[field] = optional(options[field], `optimizer.${field}`, check, fallback);
  }
  // adam is adamW without decay; it has no such option, but the engines share the code.
  if (kind === 'adam') spec.weightDecay = 0;
  // The table above gives each kind its fields, which the compiler cannot follow.
  return spec as unknown as OptimizerSpec;
}

/** The options that `resolveOptimizer` makes this spec of. */
export function describeOptimizer(spec: OptimizerSpec): OptimizerOptions {
  if (spec.kind !== 'adam') return { ...spec };
  const { weightDecay: _, ...options } = spec;
  return { ...options, kind: 'adam' };
}
