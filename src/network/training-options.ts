/** The options of a fit checked, with every default filled in. */

import { type CheckpointPlan, resolveCheckpoints } from '../checkpoint/options.js';
import { type ResolvedClassWeight, resolveClassWeight } from '../data/class-weight.js';
import { Dataset } from '../data/dataset.js';
import type { GivenData } from '../data/given.js';
import { checkOrder, type RowOrder } from '../data/row-choice.js';
import type { Task } from '../data/targets.js';
import type { FitSpec, Sampling } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import {
  boolean,
  callback,
  fraction,
  integer,
  oneOf,
  optional,
  optionsObject,
  positive,
  unexpected,
} from '../options/checks.js';
import { defaults } from '../options/defaults.js';
import { type LearningRateSchedule, resolveSchedule } from '../options/learning-rate-schedule.js';
import type { StepScheduleFunction } from '../options/step-schedule.js';
import { resolveConvergence, resolveEarlyStopping } from '../options/stopping.js';
import { type AbortSignalLike, abortSignal } from './abort-signal.js';
import type { FitOptions } from './fit-options.js';
import type { EpochRecord } from './history.js';

/** The checked options that a fit needs while it runs. */
export interface TrainingOptions
  extends Pick<
    FitSpec,
    | 'epochs'
    | 'batchSize'
    | 'sampling'
    | 'earlyStopping'
    | 'functionTolerance'
    | 'gradientTolerance'
    | 'maxTimeMs'
    | 'statistics'
    | 'dropLast'
  > {
  stepSchedule: StepScheduleFunction | null;
  schedule: LearningRateSchedule | null;
  onNonFinite: 'error' | 'skip' | 'rollback';
  historyLimit: number;
  signal: AbortSignalLike | null;
  onEpoch: ((record: EpochRecord) => unknown) | null;
  /** Null: neither written nor continued from. */
  checkpoints: CheckpointPlan | null;
}

/** `FitOptions` checked, with all defaults filled in; its data is not checked yet. */
export interface ResolvedFitOptions extends TrainingOptions {
  /** Its rows are not checked yet. */
  order: RowOrder | null;
  classWeight: ResolvedClassWeight | null;
  validationSplit: number;
  validationData: GivenData | null;
  sampleWeight: unknown;
  /** Of a fit on batches; null if it was not given. */
  shuffleBuffer: number | null;
  rowsPerEpoch: number | null;
}

/** Leaves the caller's arrays behind: a fit must not keep them alive while it runs. */
export function trainingOptions(options: ResolvedFitOptions): TrainingOptions {
  const { order, classWeight, validationSplit, validationData, sampleWeight, ...rest } = options;
  const { shuffleBuffer, rowsPerEpoch, ...training } = rest;
  return training;
}

const FIT_FIELDS = [
  'epochs',
  'batchSize',
  'shuffle',
  'sampling',
  'order',
  'sampleWeight',
  'classWeight',
  'learningRateSchedule',
  'stepSchedule',
  'dropLast',
  'validationSplit',
  'validationData',
  'shuffleBuffer',
  'rowsPerEpoch',
  'earlyStopping',
  'convergence',
  'maxTimeMs',
  'onNonFinite',
  'statistics',
  'historyLimit',
  'checkpoint',
  'resume',
  'signal',
  'onEpoch',
] as const satisfies (keyof FitOptions)[];

const count = integer(1, 2 ** 31 - 1);
const nonFiniteAction = oneOf<TrainingOptions['onNonFinite']>(['error', 'skip', 'rollback']);
const samplingName = oneOf<Sampling>(['shuffle', 'sequential', 'replacement']);

/** Checks the options of a fit against its task and fills in the defaults. Throws ERR_OPTION. */
export function resolveFitOptions(value: unknown, task: Task): ResolvedFitOptions {
  const options = optionsObject(value, FIT_FIELDS, 'the options of fit');
  const given = (name: (typeof FIT_FIELDS)[number]) => options[name] !== undefined;
  const epochs = optional(options.epochs, 'epochs', count, defaults.fit.epochs);
  const validationSplit = optional(
    options.validationSplit,
    'validationSplit',
    fraction,
    defaults.fit.validationSplit,
  );
  const validationData = optional(options.validationData, 'validationData', dataPair, null);
  if (validationSplit > 0 && validationData !== null) {
    throw new ChainruleError(
      'ERR_OPTION',
      'validationSplit and validationData are both given, expected one of them',
    );
  }
  const watchable = {
    loss: task.loss,
    hasValidation: validationSplit > 0 || validationData !== null,
  };
  const noTolerances = { functionTolerance: 0, gradientTolerance: 0 };
  return {
    epochs,
    batchSize: optional(options.batchSize, 'batchSize', count, defaults.fit.batchSize),
    sampling: resolveSampling(options.shuffle, options.sampling),
    order: given('order') ? resolveOrder(options, validationSplit) : null,
    sampleWeight: options.sampleWeight,
    classWeight: given('classWeight') ? resolveClassWeight(options.classWeight, task) : null,
    schedule: given('learningRateSchedule')
      ? resolveSchedule(options.learningRateSchedule, epochs, watchable)
      : null,
    stepSchedule: optional(
      options.stepSchedule,
      'stepSchedule',
      callback,
      null,
    ) as StepScheduleFunction | null,
    dropLast: optional(options.dropLast, 'dropLast', boolean, false),
    validationSplit,
    validationData,
    shuffleBuffer: optional(options.shuffleBuffer, 'shuffleBuffer', count, null),
    rowsPerEpoch: optional(options.rowsPerEpoch, 'rowsPerEpoch', integer(1, Number.MAX_SAFE_INTEGER), null),
    earlyStopping: given('earlyStopping') ? resolveEarlyStopping(options.earlyStopping, watchable) : null,
    ...(given('convergence') ? resolveConvergence(options.convergence) : noTolerances),
    maxTimeMs: optional(options.maxTimeMs, 'maxTimeMs', positive, Infinity),
    onNonFinite: optional(options.onNonFinite, 'onNonFinite', nonFiniteAction, 'error'),
    statistics: optional(options.statistics, 'statistics', boolean, defaults.fit.statistics),
    historyLimit: optional(
      options.historyLimit,
      'historyLimit',
      integer(2, 2 ** 31 - 1),
      defaults.fit.historyLimit,
    ),
    signal: optional(options.signal, 'signal', abortSignal, null),
    onEpoch: optional(options.onEpoch, 'onEpoch', callback<EpochRecord>, null),
    checkpoints: resolveCheckpoints(options),
  };
}

function resolveSampling(shuffleOption: unknown, samplingOption: unknown): Sampling {
  const shuffle = optional(shuffleOption, 'shuffle', boolean, undefined);
  const sampling = optional(samplingOption, 'sampling', samplingName, undefined);
  if (sampling === undefined) return shuffle === false ? 'sequential' : defaults.fit.sampling;
  if (shuffle !== undefined && shuffle !== (sampling === 'shuffle')) {
    throw new ChainruleError(
      'ERR_OPTION',
      `shuffle ${shuffle} contradicts sampling '${sampling}', expected only one of them`,
    );
  }
  return sampling;
}

function resolveOrder(options: Readonly<Record<string, unknown>>, validationSplit: number): RowOrder {
  const { order, shuffle, sampling } = options;
  // An order implies not shuffling.
  const rival =
    sampling !== undefined
      ? 'sampling'
      : shuffle === true
        ? 'shuffle'
        : validationSplit > 0
          ? 'validationSplit'
          : null;
  if (rival !== null) {
    throw new ChainruleError(
      'ERR_OPTION',
      `order and ${rival} are both given, and both say which rows to train on; expected one of them`,
    );
  }
  return checkOrder(order, 'order');
}

function dataPair(value: unknown, name: string): GivenData {
  if (value instanceof Dataset) return value;
  if (!Array.isArray(value) || value.length !== 2) throw unexpected(name, value, '[x, y] or a Dataset');
  return { x: value[0], y: value[1] };
}
