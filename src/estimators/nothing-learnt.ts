/** Fits that are ended before their first step. */

import { ChainruleError } from '../error.js';
import { isAborted, onAbort } from '../network/abort-signal.js';
import type { History } from '../network/history.js';
import { type Network, partsOf } from '../network/network.js';
import { Wait } from '../network/wait.js';
import type { EstimatorHistory, FitControl } from './fit-options.js';

/** A fit has ended before it has learnt anything: the estimator stays as it was. */
export class NothingLearnt extends ChainruleError {
  readonly history: EstimatorHistory;

  constructor({ signal }: Pick<FitControl, 'signal'>) {
    super('ERR_UNFITTED', 'the fit was ended before its first step');
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

/**
 * What `read` comes to, unless the fit is ended before that: then throws NothingLearnt, and what is still awaited of the
 * rows is heard by nobody.
 *
 * @param read - gets what says whether nobody wants more rows
 */
export async function untilCut<T extends object>(
  control: Pick<FitControl, 'signal' | 'deadline'>,
  read: (isOver: () => boolean) => Promise<T>,
): Promise<T> {
  const { signal, deadline } = control;
  const isOver = () => isAborted(signal) || performance.now() > deadline;
  const wait = new Wait(0);
  const unlisten = signal && onAbort(signal, () => wait.end());
  try {
    if (isAborted(signal)) throw new NothingLearnt(control);
    wait.endAfter(deadline - performance.now());
    const given = await wait.for(read(isOver));
    if (given === null || isOver()) throw new NothingLearnt(control);
    return given;
  } catch (error) {
    // What is wrong with the rows may be that some of them were not read.
    throw isOver() ? new NothingLearnt(control) : error;
  } finally {
    wait.clear();
    unlisten?.();
  }
}
