/** What early stopping and the plateau watch, and whether there is such a thing in a fit. */

import type { Loss, Monitor } from '../engine/contract.js';
import { losses } from '../engine/kinds.js';
import { ChainruleError } from '../error.js';
import { oneOf } from './checks.js';

export const monitorName = oneOf<Monitor>(['loss', 'validationLoss', 'validationAccuracy']);

/** What a fit has to watch. */
export interface Watchable {
  loss: Loss;
  hasValidation: boolean;
}

/** Throws ERR_OPTION unless `monitor` can be watched. `name` is that of the option that watches it. */
export function checkMonitor(name: string, monitor: Monitor, { loss, hasValidation }: Watchable): void {
  if (monitor === 'loss') return;
  if (!hasValidation) {
    throw new ChainruleError(
      'ERR_OPTION',
      `${name} watches '${monitor}', which needs validationSplit or validationData; ` +
        `without them use monitor 'loss'`,
    );
  }
  if (monitor === 'validationAccuracy' && losses[loss].task === 'regression') {
    throw new ChainruleError(
      'ERR_OPTION',
      `${name} watches 'validationAccuracy', which loss '${loss}' does not have; use monitor 'validationLoss'`,
    );
  }
}
