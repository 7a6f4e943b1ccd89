import type { Loss, NetworkSpec } from '../engine/contract.js';
import { type Field, type LossOptions, losses } from '../engine/kinds.js';
import { ChainruleError } from '../error.js';
import { checksOfKinds, resolveKind } from './kinds.js';

type ResolvedLoss = Pick<NetworkSpec, 'loss' | 'lossParameters'>;

const fieldsOfKind = checksOfKinds(losses);

/**
 * The `loss` option: a kind, an object, or undefined for `fallback`.
 *
 * @param outputs of the network: a parameter that is an array has an entry for each
 */
export function resolveLoss(value: unknown, fallback: Loss, outputs: number): ResolvedLoss {
  const { kind, ...fields } = resolveKind(value ?? fallback, 'loss', 'a loss', fieldsOfKind);
  const [[name, parameter] = ['', []]] = Object.entries(fields);
  if (!Array.isArray(parameter)) return { loss: kind, lossParameters: [parameter as number] };
  if (name !== '' && parameter.length !== outputs) {
    throw new ChainruleError(
      'ERR_OPTION',
      `loss.${name} has length ${parameter.length}, but the network has ${outputs} ` +
        `output${outputs === 1 ? '' : 's'}: expected one of them for each output`,
    );
  }
  return { loss: kind, lossParameters: parameter };
}

/** The option from which `resolveLoss` makes this. */
export function describeLoss({ loss, lossParameters }: ResolvedLoss): Loss | LossOptions {
  const [entry] = Object.entries<Field>(losses[loss].fields);
  if (entry === undefined) return loss;
  const [name, { holds }] = entry;
  const parameter = holds === 'innerFractions' ? [...lossParameters] : lossParameters[0];
  return { kind: loss, [name]: parameter } as LossOptions;
}
