/** The reports of a fit. */

import type { EpochOutcome, FitEnd, LayerStatistics, NetworkSpec } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { findingsOf } from '../inspect/findings.js';

/** The results of one epoch. */
export interface EpochRecord {
  /** 1 for the first of the fit. */
  epoch: number;
  /** Mean loss over the samples, computed before each step, with L2 penalty and label smoothing. */
  loss: number;
  /** Loss on the validation rows after the epoch; absent without validation. */
  validationLoss?: number;
  metrics: {
    /** Fraction of the validation rows predicted correctly after the epoch, as in `evaluate` without weights. */
    validationAccuracy?: number;
  };
  /** The epoch's learning rate. */
  learningRate: number;
  /** L2 norm of the epoch's mean gradient, before clipping; with a `gradientTolerance`. */
  gradientNorm?: number;
  /**
   * One entry per layer, with `statistics`: measured on the epoch's first rows (at most 1,024), with the
   * weights after it and without dropout.
   */
  layers?: LayerStatistics[];
  /**
   * With `statistics`: what is unhealthy about the layers, in words; empty if nothing is. docs/mathematics.md
   * has the thresholds.
   */
  findings?: string[];
  /** Wall time of the training, without its validation. */
  seconds: number;
  samplesPerSecond: number;
  /** With `onNonFinite` 'skip': steps that were left out; absent if there were none. */
  skippedSteps?: number;
  /** With `onNonFinite` 'rollback': how often the epoch was begun again; absent for never. */
  rollbacks?: number;
}

/** The results of a fit. */
export interface History {
  epochs: EpochRecord[];
  /**
   * 'epochs': all done; 'converged': by `convergence`; 'earlyStopping'; 'maxTime'; 'aborted': by the signal
   * or `dispose`; 'diverged': in a `DivergedError` only.
   */
  stoppedBy: FitEnd;
  /** With `earlyStopping`: the epoch with the best value of its monitor, from 1; 0 if no epoch ended. */
  bestEpoch?: number;
}

/**
 * The loss, a gradient, or a weight or moment after a step would have been NaN or infinite. The weights are those before
 * that step; with `onNonFinite` 'rollback' those of the last epoch's end; with `earlyStopping` and its `restoreBest` those
 * of the best epoch, if any epoch had ended.
 */
export class DivergedError extends ChainruleError {
  /** The epochs before the one that diverged. */
  readonly history: History;

  constructor(message: string, history: History) {
    super('ERR_DIVERGED', message);
    this.history = history;
  }
}

/** The record of an epoch, from the engine's report. */
export function toRecord(outcome: EpochOutcome, spec: NetworkSpec): EpochRecord {
  const { validationAccuracy, seconds, samples, layers, ...common } = outcome;
  return {
    ...common,
    metrics: validationAccuracy === undefined ? {} : { validationAccuracy },
    ...(layers === undefined ? {} : { layers, findings: findingsOf(layers, spec, outcome.learningRate) }),
    seconds,
    // The clock may not advance during an epoch of one small step.
    samplesPerSecond: samples / Math.max(seconds, 1e-9),
  };
}
