/** What passes through the seam about a fit: its task, its state, its reports. */

import type { StepFault } from './fault.js';

export type Sampling = 'shuffle' | 'sequential' | 'replacement';

/** Factors of each step of a fit, (epochs * steps of an epoch); null: all 1. */
export interface StepSchedule {
  learningRate: Float64Array | null;
  /** Of every layer's dropout. */
  dropout: Float64Array | null;
  weightDecay: Float64Array | null;
}

/** What early stopping and the plateau monitor. */
export type Monitor = 'loss' | 'validationLoss' | 'validationAccuracy';

/** A fit's state between two epochs, without its network's parameters and optimizer state. */
export interface FitState {
  epochsDone: number;
  /** Of the last epoch; NaN before the first. */
  lastLoss: number;
  /** The best value of the monitor, with an accuracy negated; Infinity before there is one. */
  plateau: { best: number; scale: number; waited: number; cooling: number };
  earlyStopping: { best: number; waited: number; bestEpoch: number };
  /** So far, with `onNonFinite` 'rollback'; each halves the learning rates of all later epochs. */
  rollbacks: number;
  /** The network after its best epoch, if it is to be restored. */
  best: ({ parameters: Float32Array } & OptimizerState) | null;
}

export interface FitSpec {
  /** Of the whole fit, including the epochs done before `resume`. */
  epochs: number;
  /** Pauses after this epoch, as `FitJob.pause` does after one that is not known before. 0 never pauses. */
  pauseAfter: number;
  /**
   * Continues after the last epoch of this state, in a network with the parameters and the optimizer's state
   * that the paused one had; null starts a new fit.
   */
  resume: FitState | null;
  batchSize: number;
  sampling: Sampling;
  /** The order of epoch e is a pure function of (seed, e). */
  seed: number;
  /** Rows of the dataset to train on, or null for all. */
  trainingRows: Uint32Array | null;
  /**
   * The rows of each epoch in order of use, instead of `sampling` and `trainingRows`: one epoch's order for
   * all epochs, or all epochs' orders in sequence. Or null.
   */
  order: { rows: Uint32Array; rowsPerEpoch: number } | null;
  /** What to measure after every epoch: rows of `dataset` (null for all), or null for nothing. */
  validation: { dataset: BackendDataset; rows: Uint32Array | null } | null;
  /** Learning rate of each epoch, (epochs), or null for the optimizer's own. */
  learningRates: Float64Array | null;
  schedule: StepSchedule | null;
  /** Whether to leave out the rows of an epoch's order that do not fill a batch. */
  dropLast: boolean;
  /**
   * After `patience` epochs without an improvement of more than `minDelta`, multiplies all later learning
   * rates by `factor`, but never goes below `minLearningRate`; then ignores `cooldown` epochs. Or null.
   */
  plateau: {
    monitor: Monitor;
    factor: number;
    patience: number;
    minDelta: number;
    cooldown: number;
    minLearningRate: number;
    /** The first epoch to observe, from 1. */
    firstEpoch: number;
  } | null;
  /** Ends the fit after `patience` epochs without an improvement of more than `minDelta`. Or null. */
  earlyStopping: {
    monitor: Monitor;
    patience: number;
    minDelta: number;
    restoreBest: boolean;
    /** Whether a value equal to the best counts as best. */
    lastOfTies: boolean;
  } | null;
  /** Ends the fit when the epoch's loss changes by less than this; 0 never does. */
  functionTolerance: number;
  /**
   * Ends the fit when the norm of the epoch's mean gradient (with full batches: of the gradient itself) is
   * below this; 0 never does.
   */
  gradientTolerance: number;
  /** Ends the fit at the first step boundary after this many milliseconds; Infinity never does. */
  maxTimeMs: number;
  /**
   * What to do about a step that is not taken because of a fault: end the fit, go on with the next step, or go
   * back to the end of the last epoch (or to the start of this call) and on with half the learning rate. With 'skip'
   * an epoch without any other step ends the fit, with 'skipAll' it does not: for a fit that is a part of one.
   */
  onNonFinite: 'error' | 'skip' | 'skipAll' | 'rollback';
  /** Whether to collect statistics of the layers after every epoch. */
  statistics: boolean;
  /** Whether each epoch waits for the listener: see `EpochListener`. */
  waitsForListener: boolean;
}

/**
 * Hears of the epochs of a fit, in order: one or more rows as epoch-rows.ts describes them.
 *
 * If the fit waits for it, it gets every epoch alone, with the network as it is after that epoch; the next one begins when
 * the listener has returned, and the promise that it may have returned has resolved. Otherwise it gets many at a time, and
 * the last ones before `FitJob.done` resolves. What it throws, or its promise rejects with, ends the fit as by `stop`, and
 * `done` rejects with it.
 */
export type EpochListener = (rows: Float64Array) => unknown;

/** The health of one layer after an epoch. */
export interface LayerStatistics {
  /** Fraction of (row, unit) pairs outside [0.02, 0.98] for sigmoid, beyond +-0.96 for tanh; 0 for others. */
  saturated: number;
  /** Fraction of relu or leakyRelu units with z <= 0 on every row; 0 for others. */
  dead: number;
  /** L2 norm of dLoss/dWeight, without the bias. */
  gradientNorm: number;
  /** L2 norm of the weight, without the bias. */
  weightNorm: number;
  /** L2 norm of the last step's change of the weight over the norm of the weight before it. */
  updateRatio: number;
}

/** The results of one epoch. */
export interface EpochOutcome {
  /** 1 for the first. */
  epoch: number;
  /** Mean loss over the epoch's samples, computed before each step, L2 penalty included. */
  loss: number;
  /** Loss on the validation rows after the epoch; absent without validation. */
  validationLoss?: number;
  /** Fraction of validation rows classified correctly; only for crossEntropy and bce. */
  validationAccuracy?: number;
  learningRate: number;
  /** Norm of the epoch's mean gradient; only if `gradientTolerance` is above 0. */
  gradientNorm?: number;
  /**
   * One entry for each layer, only with `statistics`: on the epoch's first rows (at most 1,024), with the
   * weights after the epoch and without dropout.
   */
  layers?: LayerStatistics[];
  /** Wall time of the epoch's training, without its validation. */
  seconds: number;
  samples: number;
  /** Steps that were not taken because of a fault; absent if there was none. */
  skippedSteps?: number;
  /** How often the epoch was begun again because of a fault; absent for never. */
  rollbacks?: number;
}

/** The first step of the last epoch, both from 1, that was not taken. Such an epoch is not reported. */
export interface DivergedAt {
  epoch: number;
  step: number;
  fault: StepFault;
}

/** Why a fit ended, and what depends on that. */
export type FitEnding =
  | {
      stoppedBy: 'paused';
      /** Continues the fit. The network is as after the last epoch: its best one is in the state. */
      state: FitState;
    }
  | {
      stoppedBy: 'diverged';
      divergedAt: DivergedAt;
      /** As in every ending but 'paused': the network is not as after the last epoch, so nothing continues. */
      state: null;
    }
  | { stoppedBy: 'epochs' | 'converged' | 'earlyStopping' | 'maxTime' | 'aborted'; state: null };
export type FitEnd = FitEnding['stoppedBy'];

export type FitOutcome = FitEnding & {
  /** With early stopping: the epoch with the best value of its monitor, from 1; 0 if no epoch ended. */
  bestEpoch?: number;
  /**
   * The weights of the last epoch's samples, summed over the steps that were taken, over which its loss is the mean.
   * Absent if this call has ended no epoch.
   */
  lossWeight?: number;
};

/**
 * A fit, which runs or waits for others to end. Its methods may be called at any time, also by the listener. Once the fit has ended, they do
 * nothing, even if `done` has not resolved yet.
 */
export interface FitJob {
  /**
   * Resolves after the last epoch has been reported.
   *
   * Rejects with the error of the listener, if it has one. There is no state to continue from then, even if a pause was
   * due: the best network is restored, if that was requested.
   */
  readonly done: Promise<FitOutcome>;
  /** Asks the fit to end as 'aborted' at the next step boundary. Wins over `pause`. */
  stop(): void;
  /**
   * Asks the fit to end as 'paused' after the epoch that is running, or after the first one if none has
   * begun. If something else ends the fit in this epoch, it is not paused.
   */
  pause(): void;
}

/** The optimizer's state between two steps. */
export interface OptimizerState {
  /** Steps taken. */
  step: number;
  /** Each in the layout of the parameters, in the order of `momentNames` in kinds.ts. */
  moments: Float32Array[];
}

/** Data prepared once for many fits; opaque outside its engine. */
export interface BackendDataset {
  readonly rows: number;
  dispose(): void;
}
