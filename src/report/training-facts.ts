/** How the fit went. */

import type { EstimatorHistory } from '../estimators/fit-options.js';
import type { History } from '../network/history.js';
import type { MemberHistory, TrainingFacts } from './facts.js';

export function trainingFacts(
  { members, stoppedBy }: EstimatorHistory,
  how: Pick<TrainingFacts, 'loss' | 'isDamped' | 'targetDeviation'>,
): TrainingFacts {
  return { members: members.map(memberOf), stoppedBy, ...how };
}

function memberOf({ epochs, bestEpoch }: History): MemberHistory {
  const seconds = epochs.reduce((sum, each) => sum + each.seconds, 0);
  return {
    epochs: epochs.map(({ epoch, loss, validationLoss, metrics }) => ({
      epoch,
      loss,
      heldOutLoss: validationLoss ?? null,
      heldOutAccuracy: metrics.validationAccuracy ?? null,
    })),
    bestEpoch: bestEpoch === undefined || bestEpoch === 0 ? null : bestEpoch,
    seconds: Number.isNaN(seconds) ? null : seconds,
  };
}
