/** The reports of a fit. */

import { getHeapStatistics } from 'node:v8';
import type { EpochOutcome, FitEnd, LayerStatistics, NetworkSpec } from '../engine/contract.js';
import type { EpochColumn } from '../engine/epoch-rows.js';
import { ChainruleError } from '../error.js';
import { findingsOf } from '../inspect/findings.js';
import type { EpochTable } from './epoch-table.js';

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
  /**
   * The epochs in order, all or, with a `historyLimit`, some of them. The records are made when this is first read; it
   * throws ERR_MEMORY if there are more than the heap can hold: see `column`.
   */
  epochs: EpochRecord[];
  /**
   * 'epochs': all done; 'converged': by `convergence`; 'earlyStopping'; 'maxTime'; 'aborted': by the signal
   * or `dispose`; 'diverged': in a `DivergedError` only.
   */
  stoppedBy: FitEnd;
  /** With `earlyStopping`: the epoch with the best value of its monitor, from 1; 0 if no epoch ended. */
  bestEpoch?: number;
}

/** The results of a fit of a network. */
export interface FitHistory extends History {
  /**
   * One number of each epoch that `epochs` has, without making its records: 'epoch', 'loss', 'validationLoss',
   * 'validationAccuracy', 'learningRate', 'gradientNorm', 'seconds', 'samples', 'skippedSteps' or 'rollbacks'. NaN where an epoch has none.
   */
  column(name: EpochColumn): Float64Array;
}

/**
 * The loss, a gradient, or a weight or moment after a step would have been NaN or infinite. The weights are those before
 * that step; with `onNonFinite` 'rollback' those of the last epoch's end; with `earlyStopping` and its `restoreBest` those
 * of the best epoch, if any epoch had ended.
 */
export class DivergedError extends ChainruleError {
  /** The epochs before the one that diverged. */
  readonly history: FitHistory;

  constructor(message: string, history: FitHistory) {
    super('ERR_DIVERGED', message);
    this.history = history;
  }
}

/** Bytes of a record, without and for each layer of its statistics, measured on Node 20. */
const RECORD_BYTES = 400;
const LAYER_BYTES = 250;
/** Part of the heap that records may take. */
const MOST_OF_HEAP = 0.5;

/** What has happened in a fit so far. */
export class EpochHistory {
  readonly #table: EpochTable;
  readonly #spec: NetworkSpec;
  #records: EpochRecord[] | null = null;

  constructor(table: EpochTable, spec: NetworkSpec) {
    this.#table = table;
    this.#spec = spec;
  }

  /** The history of a fit that has ended. */
  ended(stoppedBy: FitEnd, bestEpoch: number | undefined): FitHistory {
    const records = () => this.#allRecords();
    const history = {
      get epochs(): EpochRecord[] {
        return records();
      },
      stoppedBy,
      ...(bestEpoch === undefined ? {} : { bestEpoch }),
    };
    // Not enumerable: a history can be cloned, posted to another thread and written as JSON.
    const hidden = (value: unknown) => ({ value, enumerable: false });
    return Object.defineProperties(history, {
      column: hidden((name: EpochColumn) => this.#table.column(name)),
      [Symbol.for('nodejs.util.inspect.custom')]: hidden(() => ({ ...history })),
    }) as typeof history & Pick<FitHistory, 'column'>;
  }

  /** The last epochs that have ended, at most `count`. */
  latest(count: number): EpochOutcome[] {
    const { length } = this.#table;
    const kept = Math.min(count, length);
    return Array.from({ length: kept }, (_, i) => this.#table.at(length - kept + i));
  }

  #allRecords(): EpochRecord[] {
    if (this.#records === null) {
      this.#checkHeap();
      this.#records = Array.from({ length: this.#table.length }, (_, i) =>
        toRecord(this.#table.at(i), this.#spec),
      );
    }
    return this.#records;
  }

  #checkHeap(): void {
    const { length } = this.#table;
    if (length < 2 ** 16) return;
    const layers = this.#table.at(0).layers?.length ?? 0;
    const needed = length * (RECORD_BYTES + layers * LAYER_BYTES);
    const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
    const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
    if (needed <= MOST_OF_HEAP * (limit - used)) return;
    throw new ChainruleError(
      'ERR_MEMORY',
      `the records of ${length} epochs would take about ${megabytes(needed)}, and the heap has ` +
        `${megabytes(limit - used)} left of ${megabytes(limit)}: read history.column('loss'), or give fit a ` +
        'historyLimit',
    );
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
