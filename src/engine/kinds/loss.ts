import type { Activation } from './activation.js';
import type { FieldsOf } from './field.js';

/** A loss without a parameter, in the form of those with one. */
export interface PlainLossOptions {
  kind: 'mse' | 'halfMse' | 'absolute' | 'bce' | 'crossEntropy';
}

/**
 * e² / 2 up to |e| = delta and delta (|e| - delta / 2) beyond, where e is the error of an output; the mean over
 * the outputs, as for 'mse' (Huber, "Robust estimation of a location parameter", 1964).
 */
export interface HuberOptions {
  kind: 'huber';
  /** Above 0. Default 1. */
  delta?: number | undefined;
}

/**
 * max(q e, (q - 1) e) with the quantile q of an output and its error e = y - a, the mean over the outputs: output j
 * learns the number below which a share q_j of the targets lies (Koenker and Bassett, "Regression quantiles", 1978).
 */
export interface QuantileOptions {
  kind: 'quantile';
  /** One for each output, each above 0 and below 1. */
  quantiles: readonly number[];
}

/** A loss with its parameter. */
export type LossOptions = PlainLossOptions | HuberOptions | QuantileOptions;

export type Loss = LossOptions['kind'];

interface LossInfo<Options> {
  /** What a target is: a number for each output, yes or no for each output, or one class of several. */
  task: 'regression' | 'labels' | 'classes';
  /** Computed from the logits of an output layer with this activation only; null: any output. */
  output: Activation | null;
  /** Has no derivative where an output is its target; 0 is used. */
  hasKink?: true;
  /**
   * At most one, a number or an array with one for each output, which engines know as
   * `NetworkSpec.lossParameters`.
   */
  fields: FieldsOf<Options>;
}

export const losses: { readonly [K in Loss]: LossInfo<Extract<LossOptions, { kind: K }>> } = {
  mse: { task: 'regression', output: null, fields: {} },
  halfMse: { task: 'regression', output: null, fields: {} },
  bce: { task: 'labels', output: 'sigmoid', fields: {} },
  crossEntropy: { task: 'classes', output: 'softmax', fields: {} },
  huber: { task: 'regression', output: null, fields: { delta: { holds: 'positive', default: 1 } } },
  absolute: { task: 'regression', output: null, hasKink: true, fields: {} },
  quantile: {
    task: 'regression',
    output: null,
    hasKink: true,
    fields: { quantiles: { holds: 'innerFractions' } },
  },
};

/** The losses that work with any output activation. */
export const lossesOfAnyOutput = (Object.keys(losses) as Loss[]).filter(
  (loss) => losses[loss].output === null,
);
