/** What early stopping and the plateau monitor, and whether a fit has it. */

import type { Loss, Monitor } from '../engine/contract.js';
import { losses } from '../engine/kinds.js';
import { ChainruleError } from '../error.js';
import { oneOf } from './checks.js';

export const monitorName = oneOf<Monitor>(['loss', 'validationLoss', 'validationAccuracy']);

/** What a fit has to monitor. */
export interface Watchable {
  loss: Loss;
  hasValidation: boolean;
}

/** Throws ERR_OPTION unless the fit has `monitor`. `name` is the option that asks for it. */
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
