import type { Activation } from './activation.js';
import type { FieldsOf } from './field.js';

/** A loss without a parameter, in the form of those with one. */
export interface PlainLossOptions {
  kind: 'mse' | 'halfMse' | 'bce' | 'crossEntropy';
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

/** A loss with its parameter. */
export type LossOptions = PlainLossOptions | HuberOptions;

export type Loss = LossOptions['kind'];

interface LossInfo<Options> {
  /** What a target is: a number for each output, yes or no for each output, or one class of several. */
  task: 'regression' | 'labels' | 'classes';
  /** Computed from the logits of an output layer with this activation only; null: any output. */
  output: Activation | null;
  /** At most one, the loss's parameter, which engines know as `NetworkSpec.lossParameter`. */
  fields: FieldsOf<Options>;
}

export const losses: { readonly [K in Loss]: LossInfo<Extract<LossOptions, { kind: K }>> } = {
  mse: { task: 'regression', output: null, fields: {} },
  halfMse: { task: 'regression', output: null, fields: {} },
  bce: { task: 'labels', output: 'sigmoid', fields: {} },
  crossEntropy: { task: 'classes', output: 'softmax', fields: {} },
  huber: { task: 'regression', output: null, fields: { delta: { holds: 'positive', default: 1 } } },
};

/** The losses that work with any output activation. */
export const lossesOfAnyOutput = (Object.keys(losses) as Loss[]).filter(
  (loss) => losses[loss].output === null,
);
