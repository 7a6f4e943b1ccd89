import type { CheckpointOptions } from '../checkpoint/options.js';
import type { ClassWeight } from '../data/class-weight.js';
import type { Dataset } from '../data/dataset.js';
import type { Inputs } from '../data/inputs.js';
import type { RowOrder } from '../data/row-choice.js';
import type { SampleOptions } from '../data/samples.js';
import type { Targets } from '../data/targets.js';
import type { Sampling } from '../engine/contract.js';
import type { FilePath } from '../options/file-path.js';
import type { LearningRateFunction, LearningRateScheduleOptions } from '../options/learning-rate-schedule.js';
import type { StepScheduleFunction } from '../options/step-schedule.js';
import type { ConvergenceOptions, EarlyStoppingOptions } from '../options/stopping.js';
import type { AbortSignalLike } from './abort-signal.js';
import type { EpochRecord } from './history.js';

/** How to train. */
export interface FitOptions extends SampleOptions {
  /** Passes over the data. Default 1. */
  epochs?: number | undefined;
  /** Rows per step, at most all rows; the last step of an epoch may have fewer. Default 32. */
  batchSize?: number | undefined;
  /** Whether the rows are shuffled before each epoch. Default true, unless `sampling` says otherwise. */
  shuffle?: boolean | undefined;
  /**
   * 'shuffle' (the default) goes through all rows in a new order each epoch, 'sequential' in the order of
   * the data; 'replacement' draws every row of every batch from all rows.
   */
  sampling?: Sampling | undefined;
  /**
   * The rows of an epoch in order of use, instead of `shuffle` and `sampling`: the same for every epoch, or a
   * function of the epoch (from 1), which is called for all epochs, at most 1,000,000, in advance and must return the same number
   * of rows for each. Rows may be omitted or repeated. Not with `validationSplit`.
   */
  order?: RowOrder | undefined;
  /** How much each class counts: multiplies its rows' weights in training. Default: all the same. */
  classWeight?: ClassWeight | undefined;
  /**
   * The learning rate over the epochs: a kind, a kind with its parameters, or a function of the epoch (from
   * 1) and the optimizer's learning rate. Default: the optimizer's learning rate in every epoch.
   */
  learningRateSchedule?:
    | 'constant'
    | 'inverseScaling'
    | 'cosine'
    | 'plateau'
    | LearningRateScheduleOptions
    | LearningRateFunction
    | undefined;
  /** Factors of learning rate, dropout and weight decay that change from step to step. Default: none do. */
  stepSchedule?: StepScheduleFunction | undefined;
  /** Leaves out the last rows of an epoch's order where they do not fill a batch. Default false. */
  dropLast?: boolean | undefined;
  /** Fraction of the rows, drawn from the seed, to hold out for validation; in [0, 1). Default 0. */
  validationSplit?: number | undefined;
  /** Data to validate on after each epoch; not together with `validationSplit`. */
  validationData?: readonly [x: Inputs, y: Targets] | Dataset | undefined;
  /**
   * With batches: how many rows are in memory at once, to be shuffled among each other; rounded to whole batches of
   * `batchSize`. Default 65,536, or fewer if these have more than 2^24 numbers. Rows that are sorted, by class or by time, should be
   * shuffled before.
   */
  shuffleBuffer?: number | undefined;
  /** With batches: how many rows an epoch has. Only a `stepSchedule` needs it, to know how far the fit is. */
  rowsPerEpoch?: number | undefined;
  /** Ends the fit when it no longer improves, and restores its best epoch. Default: never. */
  earlyStopping?: EarlyStoppingOptions | undefined;
  /** Ends the fit when the loss or the parameters hardly change any more. Default: never. */
  convergence?: ConvergenceOptions | undefined;
  /** Ends the fit at the first step after this many milliseconds; above 0. Default: never. */
  maxTimeMs?: number | undefined;
  /**
   * What to do when the loss, a gradient, or a weight or moment after the step would be NaN or infinite. The step is
   * never taken. 'error' (the default) ends the fit with a `DivergedError`. 'skip' goes on with the next step, and the
   * epoch's record counts `skippedSteps`; an epoch without any other step ends the fit as 'error' does. 'rollback' puts
   * back the weights and moments of the last epoch's end (or the fit's start), halves the learning rate for the rest of
   * the fit and begins the epoch again, at most ten times.
   */
  onNonFinite?: 'error' | 'skip' | 'rollback' | undefined;
  /** Whether each epoch's record has statistics of the layers: `layers` and `findings`. Default false. */
  statistics?: boolean | undefined;
  /**
   * The most epochs that `history.epochs` keeps, at least 2: of a longer fit it has the first, the last and evenly spaced
   * ones in between, so that its memory is bounded. Default 1,048,576, which take 84 MB, and 42 MB
   * for each layer with `statistics`.
   */
  historyLimit?: number | undefined;
  /**
   * Writes the state of the fit to a folder while it goes on, so that a later process can continue it: see `resume`. If
   * one cannot be written, the process is warned and the fit goes on. Default: never.
   */
  checkpoint?: CheckpointOptions | undefined;
  /**
   * Continues the fit of the newest valid checkpoint in a folder, to the very bits that it would have come to without
   * interruption, on any number of threads. The network, the data and the options have to be the same; `epochs` may be
   * larger where nothing that is planned depends on it. true: from the folder of `checkpoint`, and the fit begins if that has
   * none yet, so that the same call starts and continues. Default false.
   *
   * `history` has the epochs before, too; `onEpoch` hears of the others only. A fit that had ended gives its end.
   */
  resume?: boolean | FilePath | undefined;
  /**
   * Ends the fit at the next step when it is aborted; the weights so far are kept. With a `checkpoint` the epoch that runs is
   * finished first if that takes no longer than a second, since a fit is continued from the end of an epoch. Batches that the
   * fit waits for are not waited for any more; their source is closed when it gives them.
   */
  signal?: AbortSignalLike | undefined;
  /**
   * Called after each epoch, with the network as it is then: the next epoch begins when this has returned and the promise
   * that it may return has resolved. If it throws, or its promise rejects, the fit ends and rejects with the same error. A fit
   * that is to end waits half a second more for a promise, and then hears no more of it.
   */
  onEpoch?: ((record: EpochRecord) => unknown) | undefined;
}
