/** Options for ending a fit before its last epoch. */

import type { FitSpec, Monitor } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { boolean, integer, nonNegative, optional, optionsObject } from './checks.js';
import { defaults } from './defaults.js';
import { checkMonitor, monitorName, type Watchable } from './monitor.js';

/** Ends a fit that no longer improves. */
export interface EarlyStoppingOptions {
  /** What must improve. Default 'validationLoss'. Losses improve by falling, 'validationAccuracy' by rising. */
  monitor?: Monitor | undefined;
  /** The fit ends after this many epochs in a row without an improvement; 0 means 1. Default 10. */
  patience?: number | undefined;
  /** A smaller change is no improvement; at least 0. Default 0. */
  minDelta?: number | undefined;
  /**
   * Whether to restore the network, its optimizer included, as it was after its best epoch, however the fit
   * ends. Default true.
   */
  restoreBest?: boolean | undefined;
}

/** Ends a fit that has converged. At least one of the two is required; either is enough to end the fit. */
export interface ConvergenceOptions {
  /** Ends the fit when the loss differs from the previous epoch's by less than this. Default 0: never. */
  functionTolerance?: number | undefined;
  /**
   * Ends the fit when the L2 norm of the loss's gradient with respect to all parameters is less than this: of
   * the epoch's mean gradient, which for a `batchSize` of all rows is the gradient itself. Default 0: never.
   */
  gradientTolerance?: number | undefined;
}

const EARLY_STOPPING_FIELDS = [
  'monitor',
  'patience',
  'minDelta',
  'restoreBest',
] as const satisfies (keyof EarlyStoppingOptions)[];
const CONVERGENCE_FIELDS = [
  'functionTolerance',
  'gradientTolerance',
] as const satisfies (keyof ConvergenceOptions)[];

const epochCount = integer(0, 2 ** 31 - 1);

/** Checks the option `earlyStopping` and fills in the defaults. Throws ERR_OPTION. */
export function resolveEarlyStopping(
  value: unknown,
  watchable: Watchable,
): NonNullable<FitSpec['earlyStopping']> {
  const name = 'earlyStopping';
  const options = optionsObject(value, EARLY_STOPPING_FIELDS, name);
  const byDefault = defaults.earlyStopping;
  const monitor = optional(options.monitor, `${name}.monitor`, monitorName, byDefault.monitor);
  checkMonitor(name, monitor, watchable);
  return {
    monitor,
    patience: optional(options.patience, `${name}.patience`, epochCount, byDefault.patience),
    minDelta: optional(options.minDelta, `${name}.minDelta`, nonNegative, byDefault.minDelta),
    restoreBest: optional(options.restoreBest, `${name}.restoreBest`, boolean, byDefault.restoreBest),
  };
}

/** Checks the option `convergence`. Throws ERR_OPTION. */
export function resolveConvergence(value: unknown): Pick<FitSpec, 'functionTolerance' | 'gradientTolerance'> {
  const name = 'convergence';
  const options = optionsObject(value, CONVERGENCE_FIELDS, name);
  const [functionTolerance, gradientTolerance] = CONVERGENCE_FIELDS.map((field) =>
    optional(options[field], `${name}.${field}`, nonNegative, 0),
  );
  if (functionTolerance === 0 && gradientTolerance === 0) {
    throw new ChainruleError(
      'ERR_OPTION',
      `${name} has neither functionTolerance nor gradientTolerance above 0, expected at least one`,
    );
  }
  return { functionTolerance, gradientTolerance };
}
