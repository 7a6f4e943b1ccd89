/** Fits that are ended before their first step. */

import type { History } from '../network/history.js';
import { type Network, partsOf } from '../network/network.js';
import type { EstimatorHistory, FitControl } from './fit-options.js';

/** A fit has ended before it has learnt anything: the estimator stays as it was. */
export class NothingLearnt extends Error {
  override readonly name = 'NothingLearnt';
  readonly history: EstimatorHistory;

  constructor({ signal }: Pick<FitControl, 'signal'>) {
    super('the fit was ended before its first step');
    this.history = { epochs: [], stoppedBy: signal?.aborted ? 'aborted' : 'maxTime', members: [] };
  }
}

/** Whether something else than the training has ended it. */
export function isCut({ stoppedBy }: Pick<History, 'stoppedBy'>): boolean {
  return stoppedBy === 'aborted' || stoppedBy === 'maxTime';
}

/**
 * Whether a network has taken no step since it had taken `before`.
 *
 * @param history - of its fit
 */
export function hasLearntNothing(network: Network, history: History, before = 0): boolean {
  return isCut(history) && history.epochs.length === 0 && stepsOf(network) === before;
}

/** Steps that a network has taken. */
export function stepsOf(network: Network): number {
  return partsOf(network, 'fit').engine.getOptimizerState().step;
}
