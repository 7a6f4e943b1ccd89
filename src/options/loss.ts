import type { Loss, NetworkSpec } from '../engine/contract.js';
import { type LossOptions, losses } from '../engine/kinds.js';
import { checksOfKinds, resolveKind } from './kinds.js';

type ResolvedLoss = Pick<NetworkSpec, 'loss' | 'lossParameter'>;

const fieldsOfKind = checksOfKinds(losses);

/** The `loss` option: a kind, an object, or undefined for `fallback`. */
export function resolveLoss(value: unknown, fallback: Loss): ResolvedLoss {
  const { kind, ...fields } = resolveKind(value ?? fallback, 'loss', 'a loss', fieldsOfKind);
  const [parameter = 1] = Object.values(fields);
  return { loss: kind, lossParameter: parameter as number };
}

/** The option from which `resolveLoss` makes this. */
export function describeLoss({ loss, lossParameter }: ResolvedLoss): Loss | LossOptions {
  const [field] = Object.keys(losses[loss].fields);
  return field === undefined ? loss : ({ kind: loss, [field]: lossParameter } as LossOptions);
}
