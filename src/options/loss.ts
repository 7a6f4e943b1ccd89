import type { Loss, NetworkSpec } from '../engine/contract.js';
import { positive } from './checks.js';
import { defaults } from './defaults.js';
import { type FieldsOfKind, resolveKind, withDefault } from './kinds.js';

/** A loss without a parameter, in the form of those with one. */
export interface PlainLossOptions {
  kind: Exclude<Loss, 'huber'>;
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

const fieldsOfKind: FieldsOfKind<Loss> = {
  mse: {},
  halfMse: {},
  bce: {},
  crossEntropy: {},
  huber: { delta: withDefault(positive, defaults.huberDelta) },
};

/** The `loss` option: a kind, an object, or undefined for `fallback`. */
export function resolveLoss(value: unknown, fallback: Loss): Pick<NetworkSpec, 'loss' | 'huberDelta'> {
  const { kind, delta = defaults.huberDelta } = resolveKind(
    value ?? fallback,
    'loss',
    'a loss',
    fieldsOfKind,
  );
  return { loss: kind, huberDelta: delta as number };
}

/** The option from which `resolveLoss` makes this. */
export function describeLoss({
  loss,
  huberDelta,
}: Pick<NetworkSpec, 'loss' | 'huberDelta'>): Loss | LossOptions {
  return loss === 'huber' ? { kind: loss, delta: huberDelta } : loss;
}
