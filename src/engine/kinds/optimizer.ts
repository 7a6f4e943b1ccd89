import type { Complete, FieldsOf } from './field.js';

/** The options of every optimizer. */
interface CommonOptions {
  /** Step size, at least 0. Default 0.001. `fit` can change it over the epochs: `learningRateSchedule`. */
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
  /** Fraction of the velocity that each step keeps, in [0, 1). Default 0.9. */
  momentum?: number | undefined;
  /** Whether to look ahead: p -= learningRate * (g + momentum * v). Default false. */
  nesterov?: boolean | undefined;
}

/** Momentum as an exponential moving average of gradients with bias correction. */
export interface MomentumEmaOptions extends CommonOptions {
  kind: 'momentumEma';
  /** Decay of the average, in [0, 1). Default 0.9. */
  beta?: number | undefined;
}

/**
 * Adam: m and s are moving averages of g and g², p -= learningRate * m / (1 - beta1^t) / (sqrt(s / (1 -
 * beta2^t)) + epsilon) (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1).
 */
export interface AdamOptions extends CommonOptions {
  kind?: 'adam' | undefined;
  /** Decay of the first moment, in [0, 1). Default 0.9. */
  beta1?: number | undefined;
  /** Decay of the second moment, in [0, 1). Default 0.999. */
  beta2?: number | undefined;
  /**
   * Keeps the divisor from zero, above 0. Default 1e-8, as in PyTorch and scikit-learn; Keras has 1e-7.
   *
   * It is added to the root of the bias-corrected second moment, as in algorithm 1 and PyTorch. Keras and
   * scikit-learn add it before the correction: `epsilonHat: true`.
   */
  epsilon?: number | undefined;
  /** sqrt(s + epsilon) in place of sqrt(s) + epsilon. Default false. */
  epsilonInsideSqrt?: boolean | undefined;
  /**
   * Adds epsilon outside the bias correction: p -= learningRate * sqrt(1 - beta2^t) / (1 - beta1^t) * m /
   * (sqrt(s) + epsilon), the "epsilon hat" of the paper's section 2, as in Keras and scikit-learn. In the first
   * steps epsilon then counts up to 1 / sqrt(1 - beta2), about 30, times as much. Default false.
   */
  epsilonHat?: boolean | undefined;
}

/**
 * Adam with decoupled weight decay: p -= learningRate * weightDecay * p, then Adam (Loshchilov and Hutter,
 * "Decoupled weight decay regularization", ICLR 2019). As in PyTorch, it decays biases too.
 */
export interface AdamWOptions extends Omit<AdamOptions, 'kind'> {
  kind: 'adamW';
  /** Each step subtracts learningRate * weightDecay * p. Default 0.01. */
  weightDecay?: number | undefined;
}

/**
 * RMSprop: s = alpha * s + (1 - alpha) * g², p -= learningRate * g / (sqrt(s) + epsilon) (Hinton, lecture 6e of
 * "Neural networks for machine learning", 2012), in the form and with the defaults of PyTorch.
 */
export interface RmspropOptions extends CommonOptions {
  kind: 'rmsprop';
  /** Decay of the mean of g², in [0, 1). Default 0.99. */
  alpha?: number | undefined;
  /** Fraction of the velocity that each step keeps, in [0, 1): v = momentum * v + the step. Default 0: none. */
  momentum?: number | undefined;
  /** Divides by the standard deviation of g, sqrt(s - m²) with m the mean of g. Default false. */
  centered?: boolean | undefined;
  /** Added to the root, above 0. Default 1e-8. */
  epsilon?: number | undefined;
}

/** An optimizer with its coefficients; the update rules are those of PyTorch's optimizers of these names. */
export type OptimizerOptions =
  | SgdOptions
  | MomentumOptions
  | MomentumEmaOptions
  | AdamOptions
  | AdamWOptions
  | RmspropOptions;

export type OptimizerKind = NonNullable<OptimizerOptions['kind']>;

/** The options with every field given; the update rules are in docs/mathematics.md. */
export type OptimizerSpec = Complete<OptimizerOptions>;

interface OptimizerInfo<Options> {
  /** In the order of messages and files. */
  fields: FieldsOf<Options>;
  /** The names of its moments in files, in the order of the engines. */
  moments(optimizer: Complete<Options>): readonly string[];
}

const common = {
  learningRate: { holds: 'nonNegative', default: 0.001 },
  clipNorm: { holds: 'positiveOrNull', default: null },
} satisfies FieldsOf<CommonOptions>;

const adam = {
  beta1: { holds: 'fraction', default: 0.9 },
  beta2: { holds: 'fraction', default: 0.999 },
  epsilon: { holds: 'positive', default: 1e-8 },
  epsilonInsideSqrt: { holds: 'boolean', default: false },
  epsilonHat: { holds: 'boolean', default: false },
} satisfies Partial<FieldsOf<AdamOptions>>;

export const optimizers: {
  readonly [K in OptimizerKind]: OptimizerInfo<Extract<OptimizerOptions, { kind?: K | undefined }>>;
} = {
  sgd: { fields: common, moments: () => [] },
  momentum: {
    fields: {
      ...common,
      momentum: { holds: 'fraction', default: 0.9 },
      nesterov: { holds: 'boolean', default: false },
    },
    moments: () => ['velocity'],
  },
  momentumEma: {
    fields: { ...common, beta: { holds: 'fraction', default: 0.9 } },
    moments: () => ['firstMoment'],
  },
  adam: {
    fields: { ...common, ...adam },
    moments: () => ['firstMoment', 'secondMoment'],
  },
  adamW: {
    fields: { ...common, ...adam, weightDecay: { holds: 'nonNegative', default: 0.01 } },
    moments: () => ['firstMoment', 'secondMoment'],
  },
  rmsprop: {
    fields: {
      ...common,
      alpha: { holds: 'fraction', default: 0.99 },
      momentum: { holds: 'fraction', default: 0 },
      centered: { holds: 'boolean', default: false },
      epsilon: { holds: 'positive', default: 1e-8 },
    },
    moments: ({ momentum, centered }) => [
      'secondMoment',
      ...(momentum > 0 ? ['velocity'] : []),
      ...(centered ? ['firstMoment'] : []),
    ],
  },
};

export function momentNames(optimizer: OptimizerSpec): readonly string[] {
  const info: OptimizerInfo<OptimizerOptions> = optimizers[optimizer.kind];
  return info.moments(optimizer);
}
