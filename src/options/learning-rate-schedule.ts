/**
 * The learning rate over the epochs of a fit. All kinds but 'plateau' are functions of the epoch, evaluated
 * before the fit begins; the engines handle 'plateau', since it depends on the fit's results.
 */

import type { FitSpec, Monitor } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { arrayOf } from '../numbers/allocate.js';
import { integer, nonNegative, number, positive, unexpected } from './checks.js';
import { defaults } from './defaults.js';
import { type FieldsOfKind, resolveKind, withDefault } from './kinds.js';
import { checkMonitor, monitorName, type Watchable } from './monitor.js';

/**
 * The learning rate of epoch e, from the optimizer's own, `base`, and t = e - 1 - warmup, the number of epochs
 * between the warm-up and epoch e.
 *
 * - 'constant': base.
 * - 'step': base * factor^floor(t / every), `factor` by default 0.1. PyTorch's StepLR.
 * - 'exponential': base * decay^t. PyTorch's ExponentialLR.
 * - 'inverseTime': base / (1 + decay * t). Keras's InverseTimeDecay.
 * - 'inverseScaling': base / (t + 1)^power, `power` by default 0.5. scikit-learn's 'invscaling' counts the rows
 *   seen instead: for its rates use `(epoch, base) => base / ((epoch - 1) * rows + 1) ** power`.
 * - 'cosine': minimum + (base - minimum) * (1 + cos(π t / T)) / 2, where T is the number of epochs after the
 *   warm-up and `minimum` is 0 by default; the epoch after the last would reach it. PyTorch's CosineAnnealingLR
 *   (Loshchilov and Hutter, "SGDR", ICLR 2017, without restarts).
 * - 'plateau': base, multiplied by `factor` (default 0.1) each time that `monitor` (default
 *   'validationLoss') has not improved by more than `minDelta` (default 1e-4) for `patience` epochs
 *   (default 10), down to `minLearningRate` (default 0). The `cooldown` epochs (default 0) after each reduction
 *   and the epochs of the warm-up do not count. Keras's ReduceLROnPlateau.
 */
export type LearningRateScheduleOptions = {
  /**
   * Epochs of warm-up: in epoch e of n the rate is base * e / n, and the schedule begins after them. Below
   * the number of epochs, default 0. (Goyal et al., "Accurate, large minibatch SGD", 2017.)
   */
  warmup?: number | undefined;
} & (
  | { kind: 'constant' }
  | { kind: 'step'; every: number; factor?: number | undefined }
  | { kind: 'exponential'; decay: number }
  | { kind: 'inverseTime'; decay: number }
  | { kind: 'inverseScaling'; power?: number | undefined }
  | { kind: 'cosine'; minimum?: number | undefined }
  | {
      kind: 'plateau';
      monitor?: Monitor | undefined;
      factor?: number | undefined;
      patience?: number | undefined;
      minDelta?: number | undefined;
      cooldown?: number | undefined;
      minLearningRate?: number | undefined;
    }
);

/** The learning rate of an epoch (from 1), given the optimizer's own. Called for all epochs, at most 1,000,000, in advance. */
export type LearningRateFunction = (epoch: number, base: number) => number;

/** `LearningRateScheduleOptions` checked, with every default filled in. */
export type LearningRateSchedule = LearningRateFunction | ({ warmup: number } & ScheduleKind);

type ScheduleKind =
  | { kind: 'constant' }
  | { kind: 'step'; every: number; factor: number }
  | { kind: 'exponential' | 'inverseTime'; decay: number }
  | { kind: 'inverseScaling'; power: number }
  | { kind: 'cosine'; minimum: number }
  | ({ kind: 'plateau' } & Omit<NonNullable<FitSpec['plateau']>, 'firstEpoch'>);

/** The rates of this many epochs take a fraction of a second to compute and fit easily into memory. */
const MAX_EPOCHS = 1_000_000;

const epochCount = integer(0, MAX_EPOCHS);
const factor = number('a number above 0 and below 1', (value) => value > 0 && value < 1);

const common = { warmup: withDefault(epochCount, 0) };
const { plateau } = defaults;

const fieldsOfKind: FieldsOfKind<ScheduleKind['kind']> = {
  constant: common,
  step: { ...common, every: integer(1, MAX_EPOCHS), factor: withDefault(positive, 0.1) },
  exponential: { ...common, decay: positive },
  inverseTime: { ...common, decay: nonNegative },
  inverseScaling: { ...common, power: withDefault(nonNegative, 0.5) },
  cosine: { ...common, minimum: withDefault(nonNegative, 0) },
  plateau: {
    ...common,
    monitor: withDefault(monitorName, plateau.monitor),
    factor: withDefault(factor, plateau.factor),
    patience: withDefault(epochCount, plateau.patience),
    minDelta: withDefault(nonNegative, plateau.minDelta),
    cooldown: withDefault(epochCount, plateau.cooldown),
    minLearningRate: withDefault(nonNegative, plateau.minLearningRate),
  },
};

/** Checks the option `learningRateSchedule` for a fit of `epochs` epochs. Throws ERR_OPTION. */
export function resolveSchedule(value: unknown, epochs: number, watchable: Watchable): LearningRateSchedule {
  const name = 'learningRateSchedule';
  if (typeof value === 'function') {
    checkEpochs(epochs);
    return value as LearningRateFunction;
  }
  // The table above gives each kind its fields, which the compiler cannot follow.
  const schedule = resolveKind(value, name, 'a schedule', fieldsOfKind) as unknown as Exclude<
    LearningRateSchedule,
    LearningRateFunction
  >;
  if (schedule.warmup >= epochs) {
    throw unexpected(`${name}.warmup`, schedule.warmup, `fewer than the ${epochs} epochs of the fit`);
  }
  if (schedule.kind === 'plateau') checkMonitor(name, schedule.monitor, watchable);
  if (schedule.kind !== 'plateau' || schedule.warmup > 0) checkEpochs(epochs);
  return schedule;
}

/** The rate of each epoch, (epochs); null if it is always the optimizer's own. */
export function learningRates(
  schedule: LearningRateSchedule | null,
  epochs: number,
  base: number,
): Float64Array | null {
  const rate = rateOfEpoch(schedule, epochs, base);
  return (
    rate &&
    arrayOf(Float64Array, epochs, 'the learning rates of all epochs', (i) =>
      nonNegative(rate(i + 1), `the learning rate of epoch ${i + 1} by the learningRateSchedule`),
    )
  );
}

/** What the engine should do on a plateau. */
export function plateauOf(schedule: LearningRateSchedule | null): FitSpec['plateau'] {
  if (schedule === null || typeof schedule === 'function' || schedule.kind !== 'plateau') return null;
  const { monitor, factor, patience, minDelta, cooldown, minLearningRate, warmup } = schedule;
  return { monitor, factor, patience, minDelta, cooldown, minLearningRate, firstEpoch: warmup + 1 };
}

/** The rate as a function of the epoch; null if it does not depend on the epoch. */
function rateOfEpoch(
  schedule: LearningRateSchedule | null,
  epochs: number,
  base: number,
): ((epoch: number) => number) | null {
  if (schedule === null) return null;
  if (typeof schedule === 'function') return (epoch) => schedule(epoch, base);
  const { kind, warmup } = schedule;
  if (warmup === 0 && (kind === 'plateau' || kind === 'constant')) return null;
  const rate = rateAfterWarmup(schedule, epochs - warmup, base);
  return (epoch) => (epoch <= warmup ? (base * epoch) / warmup : rate(epoch - 1 - warmup));
}

/** The rate as a function of t, for `span` epochs. */
function rateAfterWarmup(schedule: ScheduleKind, span: number, base: number): (t: number) => number {
  switch (schedule.kind) {
    case 'constant':
    case 'plateau':
      return () => base;
    case 'step':
      return (t) => base * schedule.factor ** Math.floor(t / schedule.every);
    case 'exponential':
      return (t) => base * schedule.decay ** t;
    case 'inverseTime':
      return (t) => base / (1 + schedule.decay * t);
    case 'inverseScaling':
      return (t) => base / (t + 1) ** schedule.power;
    case 'cosine': {
      const { minimum } = schedule;
      return (t) => minimum + ((base - minimum) * (1 + Math.cos((Math.PI * t) / span))) / 2;
    }
  }
}

function checkEpochs(epochs: number): void {
  if (epochs <= MAX_EPOCHS) return;
  throw new ChainruleError(
    'ERR_OPTION',
    `a learningRateSchedule goes with at most ${MAX_EPOCHS} epochs, got epochs ${epochs}`,
  );
}
