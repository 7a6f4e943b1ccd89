/** The options of an estimator's `fit`. */

import type { CheckpointKeeper } from '../checkpoint/keeper.js';
import { type CheckpointOptions, type CheckpointPlan, resolveCheckpoints } from '../checkpoint/options.js';
import { ChainruleError } from '../error.js';
import { type AbortSignalLike, abortSignal } from '../network/abort-signal.js';
import type { FitEvent } from '../network/diagnostics.js';
import type { EpochRecord, History } from '../network/history.js';
import { type Check, callback, optional, optionsObject, positive, unexpected } from '../options/checks.js';
import type { FilePath } from '../options/file-path.js';
import type { NumberLike } from './number-values.js';
import type { TableRows } from './rows.js';

/** The results of one epoch of one member. */
export interface MemberEpochRecord extends EpochRecord {
  /** Which of the networks, from 0. */
  member: number;
  /** How many networks there are to train. */
  members: number;
  /** How many epochs each of them trains, unless something ends it before. */
  epochs: number;
}

/** How a fit went. With several members, its fields are those of the first. */
export interface EstimatorHistory extends History {
  /** The history of each network. Empty if there was nothing to learn, as with a constant target. */
  members: History[];
}

/** The options of an estimator's `fit`. */
export interface EstimatorFitOptions<Row = unknown> {
  /** How much each row counts, at least 0, or the name of a column with that. Default: all the same. */
  sampleWeight?: ArrayLike<NumberLike> | string | undefined;
  /**
   * Rows to hold out instead of a part of the rows: [rows, labels], or { rows, labels }, where labels may be
   * omitted if they are a column. Not with `members`.
   */
  validation?:
    | readonly [rows: TableRows<Row>, labels: ArrayLike<unknown> | string]
    | { rows: TableRows<Row>; labels?: ArrayLike<unknown> | string | undefined }
    | undefined;
  /**
   * Which rows belong together, an array or the name of a column (which is then no feature): none of a group is
   * held out while others train. Default: every row for itself.
   */
  groups?: ArrayLike<unknown> | string | undefined;
  /**
   * Holds out the latest rows instead of random ones: true if the rows are in order, or an array or the name of a
   * column to sort by (which remains a feature). Not with `groups` or `members`.
   */
  time?: true | ArrayLike<unknown> | string | undefined;
  /**
   * Ends the fit at the next step when it is aborted, or while its rows are read; the best epoch so far is kept. Before the
   * first step, the estimator stays as it was.
   */
  signal?: AbortSignalLike | undefined;
  /** Called after each epoch of each member. If it throws, the fit ends and rejects with the same error. */
  onEpoch?: ((record: MemberEpochRecord) => unknown) | undefined;
  /** Ends the training of all members after about this many milliseconds. Default: never. */
  maxTimeMs?: number | undefined;
  /**
   * Writes the state of the training to a folder while it goes on, so that a later process can continue it: see `resume`.
   * If one cannot be written, the process is warned and the training goes on. Default: never.
   */
  checkpoint?: CheckpointOptions | undefined;
  /**
   * Continues the training of the newest valid checkpoint in a folder, to the very bits that it would have come to without
   * interruption, on any number of threads. The seed, the rows and the options have to be the same. true: from the folder of
   * `checkpoint`, and the training begins if that has none yet, so that the same call starts and continues. Default false.
   *
   * `history` has the epochs before, too; `onEpoch` hears of the others only. A training that had ended gives its end.
   */
  resume?: boolean | FilePath | undefined;
}

/** The options of a classifier's `fit`. */
export interface ClassifierFitOptions<Label, Row = unknown> extends EstimatorFitOptions<Row> {
  /** All labels there may be, if these rows do not have all of them. Default: those of the rows. */
  classes?: readonly Label[] | undefined;
}

/** `EstimatorFitOptions` checked; the data in them is not checked yet. */
export interface ResolvedEstimatorFit {
  sampleWeight: unknown;
  validation: { rows: unknown; labels: unknown } | null;
  groups: unknown;
  time: unknown;
  /** Of a classifier. */
  classes: unknown;
  /** Null: neither written nor continued from. */
  checkpoints: CheckpointPlan | null;
  control: FitControl;
}

/** What can end a fit, and who hears of its epochs. */
export interface FitControl {
  signal: AbortSignalLike | null;
  onEpoch: ((record: MemberEpochRecord) => unknown) | null;
  /** In the milliseconds of `performance.now()`. */
  deadline: number;
  /** Of the fit, for its members; null if nobody watches. */
  trace?: FitEvent | null;
  /** Of the members' checkpoints; null if they have none. */
  keeper?: CheckpointKeeper | null;
}

const FIELDS = [
  'sampleWeight',
  'validation',
  'groups',
  'time',
  'signal',
  'onEpoch',
  'maxTimeMs',
  'checkpoint',
  'resume',
] as const satisfies (keyof EstimatorFitOptions)[];

/** Checks the options of an estimator's fit, of which `more` are its own. Throws ERR_OPTION. */
export function resolveEstimatorFit(
  value: unknown,
  members: number,
  more: readonly string[] = [],
): ResolvedEstimatorFit {
  const options = optionsObject(value, [...FIELDS, ...more], 'the options of fit');
  const { sampleWeight, groups, time, classes } = options;
  const validation = optional(options.validation, 'validation', validationPair, null);
  const rivals = [
    validation !== null ? 'validation' : null,
    groups !== undefined ? 'groups' : null,
    time !== undefined ? 'time' : null,
  ].filter((name) => name !== null);
  if (rivals.length > 1) {
    throw new ChainruleError('ERR_OPTION', `${rivals.join(' and ')} are given, expected at most one of them`);
  }
  if (members > 1 && (validation !== null || time !== undefined)) {
    throw new ChainruleError(
      'ERR_OPTION',
      `${rivals[0]} is given to an estimator of ${members} members, which are tested on their own folds`,
    );
  }
  return {
    sampleWeight,
    validation,
    groups,
    time,
    classes,
    checkpoints: resolveCheckpoints(options),
    control: {
      signal: optional(options.signal, 'signal', abortSignal, null),
      onEpoch: optional(options.onEpoch, 'onEpoch', callback<MemberEpochRecord>, null),
      deadline: performance.now() + optional(options.maxTimeMs, 'maxTimeMs', positive, Infinity),
    },
  };
}

const validationPair: Check<{ rows: unknown; labels: unknown }> = (value, name) => {
  if (Array.isArray(value) && value.length === 2) return { rows: value[0], labels: value[1] };
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw unexpected(name, value, '[rows, labels] or { rows, labels }');
  }
  const { rows, labels } = optionsObject(value, ['rows', 'labels'], name);
  return { rows, labels };
};
