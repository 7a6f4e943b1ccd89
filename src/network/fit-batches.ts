/**
 * A fit on batches that arrive one after another, for data larger than memory: block after block through the engine,
 * while the next one is being read.
 */

import type { Task } from '../data/targets.js';
import type {
  Backend,
  BackendDataset,
  BackendNetwork,
  EpochOutcome,
  FitJob,
  FitOutcome,
  FitSpec,
  NetworkSpec,
  OptimizerState,
  Samples,
} from '../engine/contract.js';
import { epochFormat, fromEpochRow, toEpochRow } from '../engine/epoch-rows.js';
import { EarlyStopping, hasConverged, Plateau } from '../engine/stopping.js';
import { ChainruleError } from '../error.js';
import { magnitudeOf } from '../inspect/divergence.js';
import { Stream, shuffle } from '../numbers/random.js';
import { learningRates, plateauOf } from '../options/learning-rate-schedule.js';
import { stepSchedule } from '../options/step-schedule.js';
import { type Block, blocksOf } from './batches.js';
import { EpochTable } from './epoch-table.js';
import { divergedError } from './fit.js';
import type { TrainingOptions } from './fit-options.js';
import { EpochHistory, type FitHistory, toRecord } from './history.js';
import { promised } from './promised.js';

/** What a fit on batches is about. */
export interface BatchesFit {
  network: BackendNetwork;
  spec: NetworkSpec;
  task: Task;
  backend: Backend;
  /** The checked batches of an epoch, from 1. */
  batches: (epoch: number) => AsyncIterable<Samples>;
  /** What to measure after every epoch, or null. */
  validation: BackendDataset | null;
  /** Rows that are in memory, and shuffled among each other, at once. */
  blockRows: number;
  /** Rows of an epoch; null if nobody knows, which a schedule of steps would have to. */
  rowsPerEpoch: number | null;
}

/** Numbers of a block: the most that its rows may have by default. */
const BLOCK_NUMBERS = 2 ** 24;
const MOST_BLOCK_ROWS = 2 ** 16;

/** Rows of a block, if nobody says: a multiple of those of a batch. */
export function defaultBlockRows(inputSize: number, batchSize: number): number {
  const rows = Math.min(MOST_BLOCK_ROWS, Math.floor(BLOCK_NUMBERS / inputSize));
  return wholeBatches(rows, batchSize);
}

/** The nearest number of rows that fills batches, at least one: a rest would make a small batch in every block. */
export function wholeBatches(rows: number, batchSize: number): number {
  return Math.max(1, Math.round(rows / batchSize)) * batchSize;
}

/** Why a fit ended before its last epoch. */
type EarlyEnd = 'aborted' | 'maxTime' | 'converged' | 'earlyStopping';

/** The network after its best epoch. */
type Best = { parameters: Float32Array } & OptimizerState;

/**
 * Trains on batches and collects the history.
 *
 * @param started - gets what stops the fit at its next step
 */
export async function fitBatches(
  fit: BatchesFit,
  options: TrainingOptions,
  started: (stop: () => void) => void,
): Promise<FitHistory> {
  const session = new Session(fit, options);
  const stop = () => session.stop();
  started(stop);
  options.signal?.addEventListener('abort', stop);
  if (options.signal?.aborted) stop();
  try {
    return await session.run();
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

class Session {
  readonly #fit: BatchesFit;
  readonly #options: TrainingOptions;
  readonly #rates: Float64Array | null;
  readonly #plateau: Plateau | null;
  readonly #stopping: EarlyStopping | null;
  readonly #deadline: number;
  readonly #table: EpochTable;
  readonly #epochs: EpochHistory;
  #best: Best | null = null;
  #lastLoss = Number.NaN;
  #job: FitJob | null = null;
  #stopped = false;
  /** What was said; after the first epoch, what it had. */
  #rowsPerEpoch: number;

  constructor(fit: BatchesFit, options: TrainingOptions) {
    const { schedule, epochs, earlyStopping, maxTimeMs } = options;
    const plateau = plateauOf(schedule);
    this.#fit = fit;
    this.#options = options;
    const format = epochFormat({ ...options, validation: fit.validation }, fit.spec.layers.length);
    this.#table = new EpochTable(format, options.historyLimit);
    this.#epochs = new EpochHistory(this.#table, fit.spec);
    this.#rates = learningRates(schedule, epochs, fit.spec.optimizer.learningRate);
    this.#plateau = plateau && new Plateau(plateau, { best: Infinity, scale: 1, waited: 0, cooling: 0 });
    this.#stopping =
      earlyStopping && new EarlyStopping(earlyStopping, { best: Infinity, waited: 0, bestEpoch: 0 });
    this.#deadline = performance.now() + maxTimeMs;
    this.#rowsPerEpoch = fit.rowsPerEpoch ?? 1;
  }

  stop(): void {
    this.#stopped = true;
    this.#job?.stop();
  }

  async run(): Promise<FitHistory> {
    let stoppedBy: FitHistory['stoppedBy'] = 'epochs';
    try {
      for (let epoch = 1; epoch <= this.#options.epochs && stoppedBy === 'epochs'; epoch++) {
        stoppedBy = (await this.#epoch(epoch)) ?? 'epochs';
      }
    } finally {
      // However the fit ends: its source may fail, too.
      this.#restoreBest();
    }
    return this.#history(stoppedBy);
  }

  #history(stoppedBy: FitHistory['stoppedBy']): FitHistory {
    const bestEpoch = this.#stopping?.memory.bestEpoch;
    return this.#epochs.ended(stoppedBy, bestEpoch);
  }

  /** Trains for one epoch. Returns why the fit ends with it, or null. */
  async #epoch(epoch: number): Promise<EarlyEnd | null> {
    const { batches, blockRows, task } = this.#fit;
    const blocks = blocksOf(batches(epoch), blockRows, task.inputSize);
    const sums = { loss: 0, rows: 0, steps: 0, blocks: 0, start: performance.now() };
    try {
      let next = await blocks.next();
      this.#checkRows(epoch, next.done === true);
      while (!next.done) {
        const { isLast } = next.value;
        const training = this.#trainBlock(next.value, epoch, sums);
        // The engine has its copy: the next block is read while it trains.
        const reading = blocks.next();
        reading.catch(() => {});
        const { outcome, end } = await training;
        if (end !== null) return end;
        if (isLast && outcome !== null) return await this.#endEpoch(epoch, outcome, sums);
        next = await reading;
      }
      return null;
    } finally {
      // Lets the source close its file.
      await blocks.return();
    }
  }

  /** Trains on one block. `outcome` is null if it was cut. */
  async #trainBlock(
    { samples, isLast }: Block,
    epoch: number,
    sums: { loss: number; rows: number; steps: number; blocks: number },
  ): Promise<{ outcome: EpochOutcome | null; end: EarlyEnd | null }> {
    if (this.#stopped) return { outcome: null, end: 'aborted' };
    const left = this.#deadline - performance.now();
    if (left <= 0) return { outcome: null, end: 'maxTime' };
    const { network, backend } = this.#fit;
    const spec = this.#specOf(samples.rows, isLast, epoch, sums, left);
    const magnitude = magnitudeOf(samples);
    const dataset = backend.createDataset(samples);
    let outcome: EpochOutcome | null = null;
    try {
      const format = epochFormat(spec, this.#fit.spec.layers.length);
      this.#job = network.fit(dataset, spec, (rows) => {
        outcome = fromEpochRow(rows, 0, format);
      });
      const ended = await this.#job.done;
      if (ended.stoppedBy === 'diverged') throw this.#diverged(ended, epoch, sums.steps, magnitude);
      if (ended.stoppedBy !== 'epochs') return { outcome: null, end: endOf(ended) };
    } finally {
      this.#job = null;
      dataset.dispose();
    }
    const { loss, samples: rows } = outcome ?? { loss: Number.NaN, samples: 0 };
    sums.loss += loss * rows;
    sums.rows += rows;
    sums.steps += Math.ceil(rows / spec.batchSize);
    sums.blocks++;
    return { outcome, end: null };
  }

  /** A block's fit: one epoch of its rows, in an order of its own. */
  #specOf(
    rows: number,
    isLast: boolean,
    epoch: number,
    { steps: stepsBefore, blocks }: { steps: number; blocks: number },
    maxTimeMs: number,
  ): FitSpec {
    const { spec, validation } = this.#fit;
    const { sampling, dropLast, statistics } = this.#options;
    const batchSize = Math.min(this.#options.batchSize, rows);
    const steps = (dropLast ? Math.floor : Math.ceil)(rows / batchSize);
    const base = this.#rates?.[epoch - 1] ?? spec.optimizer.learningRate;
    return {
      epochs: 1,
      pauseAfter: 0,
      resume: null,
      batchSize,
      sampling: 'sequential',
      seed: spec.seed,
      trainingRows: null,
      order: sampling === 'shuffle' ? shuffledRows(rows, spec.seed, epoch, blocks) : null,
      validation: isLast && validation !== null ? { dataset: validation, rows: null } : null,
      learningRates: Float64Array.of(this.#plateau?.reduced(base) ?? base),
      schedule: this.#factors(epoch, stepsBefore, steps),
      dropLast,
      plateau: null,
      earlyStopping: null,
      functionTolerance: 0,
      gradientTolerance: 0,
      maxTimeMs,
      statistics: statistics && isLast,
      waitsForListener: false,
    };
  }

  /** The factors of a block's steps, by the part of the fit that is done. */
  #factors(epoch: number, stepsBefore: number, steps: number): FitSpec['schedule'] {
    const { stepSchedule: schedule, epochs, batchSize } = this.#options;
    if (schedule === null) return null;
    const all = Math.ceil(this.#rowsPerEpoch / batchSize);
    const done = (t: number) => Math.min((epoch - 1 + (stepsBefore + t * steps) / all) / epochs, 1);
    return stepSchedule((t) => schedule(done(t)), steps);
  }

  /** Reports an epoch that has ended, and decides whether the fit goes on. */
  async #endEpoch(
    epoch: number,
    last: EpochOutcome,
    { loss, rows, start }: { loss: number; rows: number; start: number },
  ): Promise<EarlyEnd | null> {
    this.#rowsPerEpoch = rows;
    const outcome: EpochOutcome = {
      ...last,
      epoch,
      loss: loss / rows,
      samples: rows,
      seconds: (performance.now() - start) / 1000,
    };
    this.#table.append(toEpochRow(outcome));
    this.#plateau?.observe(outcome);
    this.#stopping?.observe(outcome);
    if (this.#stopping?.memory.bestEpoch === epoch) this.#keepBest();
    await promised(this.#options.onEpoch?.(toRecord(outcome, this.#fit.spec)));
    const converged = hasConverged(this.#options, outcome, this.#lastLoss);
    this.#lastLoss = outcome.loss;
    if (this.#stopped) return 'aborted';
    if (converged) return 'converged';
    return this.#stopping?.isOver ? 'earlyStopping' : null;
  }

  #checkRows(epoch: number, isEmpty: boolean): void {
    if (!isEmpty) return;
    throw new ChainruleError(
      'ERR_DATA',
      epoch === 1
        ? 'x has no batches, expected at least one'
        : `x had batches in epoch 1 and none in epoch ${epoch}: a generator can be read only once; expected a ` +
            'function that returns the batches of an epoch, or what can be iterated again',
    );
  }

  #keepBest(): void {
    if (!this.#options.earlyStopping?.restoreBest) return;
    const { network } = this.#fit;
    this.#best = { parameters: network.getParameters(), ...network.getOptimizerState() };
  }

  #restoreBest(): void {
    if (this.#best === null) return;
    const { parameters, ...state } = this.#best;
    this.#best = null;
    this.#fit.network.setParameters(parameters);
    this.#fit.network.setOptimizerState(state);
  }

  #diverged(
    ended: FitOutcome & { stoppedBy: 'diverged' },
    epoch: number,
    stepsBefore: number,
    magnitude: { x: number; y: number },
  ): Error {
    this.#restoreBest();
    const { network, spec } = this.#fit;
    const at = { epoch, step: stepsBefore + ended.divergedAt.step };
    return divergedError(
      at,
      this.#history('diverged'),
      this.#epochs.last(),
      network,
      spec,
      magnitude,
      this.#options,
    );
  }
}

function endOf({ stoppedBy }: FitOutcome): EarlyEnd {
  return stoppedBy === 'maxTime' ? 'maxTime' : 'aborted';
}

/** Blocks of an epoch: each has a random stream of its own. */
const MOST_BLOCKS = 2 ** 16;

function shuffledRows(rows: number, seed: number, epoch: number, block: number): FitSpec['order'] {
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  shuffle(order, seed, Stream.order, epoch * MOST_BLOCKS + block);
  return { rows: order, rowsPerEpoch: rows };
}
