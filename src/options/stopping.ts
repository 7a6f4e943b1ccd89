/** Options for ending a fit before its last epoch. */

import type { FitSpec, Monitor } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { boolean, type Check, integer, nonNegative, oneOf, optional, optionsObject } from './checks.js';
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
  /** Which of several epochs with the same best value is the best. Default 'first'. */
  ties?: 'first' | 'last' | undefined;
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
  'ties',
] as const satisfies (keyof EarlyStoppingOptions)[];
const CONVERGENCE_FIELDS = [
  'functionTolerance',
  'gradientTolerance',
] as const satisfies (keyof ConvergenceOptions)[];

const MOST_EPOCHS = 2 ** 31 - 1;
const epochCount = integer(0, MOST_EPOCHS);
const tiesName = oneOf<'first' | 'last'>(['first', 'last']);

/** Infinity, which never runs out, is more epochs than a fit can have. */
const patienceCount: Check<number> = (value, name) =>
  value === Infinity ? MOST_EPOCHS : epochCount(value, name);

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
    patience: optional(options.patience, `${name}.patience`, patienceCount, byDefault.patience),
    minDelta: optional(options.minDelta, `${name}.minDelta`, nonNegative, byDefault.minDelta),
    restoreBest: optional(options.restoreBest, `${name}.restoreBest`, boolean, byDefault.restoreBest),
    lastOfTies: optional(options.ties, `${name}.ties`, tiesName, 'first') === 'last',
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
