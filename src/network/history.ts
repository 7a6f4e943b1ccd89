/** What a fit tells of itself. */

import type { EpochOutcome, FitEnd, LayerStatistics, NetworkSpec } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { findingsOf } from '../inspect/findings.js';

/** What one epoch came to. */
export interface EpochRecord {
  /** 1 for the first of the fit. */
  epoch: number;
  /** Mean over the samples of the loss before each step, L2 penalty and label smoothing included. */
  loss: number;
  /** Loss on the validation rows after the epoch; absent without validation. */
  validationLoss?: number;
  metrics: {
    /** Share of the validation rows that are right after the epoch, as in `evaluate` without weights. */
    validationAccuracy?: number;
  };
  /** Of the epoch. */
  learningRate: number;
  /** L2 norm of the epoch's mean gradient, before clipping; with a `gradientTolerance`. */
  gradientNorm?: number;
  /**
   * One entry a layer, with `statistics`: measured on the first rows of the epoch (at most 1,024) with the
   * weights after it and without dropout.
   */
  layers?: LayerStatistics[];
  /**
   * With `statistics`: what is unhealthy about the layers, in words; empty where nothing is. See
   * docs/mathematics.md for where the lines are drawn.
   */
  findings?: string[];
  /** Wall time of the training, without its validation. */
  seconds: number;
  samplesPerSecond: number;
}

/** What a fit came to. */
export interface History {
  epochs: EpochRecord[];
  /**
   * 'epochs': all done; 'converged': by `convergence`; 'earlyStopping'; 'maxTime'; 'aborted': by the signal
   * or `dispose`; 'diverged': in a `DivergedError` only.
   */
  stoppedBy: FitEnd;
  /** With `earlyStopping`: the epoch with the best value of its monitor, from 1; 0 where none ended. */
  bestEpoch?: number;
}

/**
 * The loss became NaN or infinite, and the weights are those before the step where it did; or an epoch ended
 * with a weight that is NaN or infinite, as it still is. With `earlyStopping` and its `restoreBest` the weights
 * are in both cases those of the best epoch, if one had ended.
 */
export class DivergedError extends ChainruleError {
  /** The epochs before the one that diverged. */
  readonly history: History;

  constructor(message: string, history: History) {
    super('ERR_DIVERGED', message);
    this.history = history;
  }
}

/** The record of an epoch from what the engine says of it. */
export function toRecord(outcome: EpochOutcome, spec: NetworkSpec): EpochRecord {
  const { validationAccuracy, seconds, samples, layers, ...common } = outcome;
  return {
    ...common,
    metrics: validationAccuracy === undefined ? {} : { validationAccuracy },
    ...(layers === undefined ? {} : { layers, findings: findingsOf(layers, spec, outcome.learningRate) }),
    seconds,
    // The clock may not have moved in an epoch of one small step.
    samplesPerSecond: samples / Math.max(seconds, 1e-9),
  };
}
