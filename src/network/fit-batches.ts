/**
 * A fit on batches that arrive one after another, for data larger than memory: block after block through the engine,
 * while the next one is being read.
 */

import type { FitKeeper } from '../checkpoint/fit-keeper.js';
import { LAST_EPOCH_MS } from '../checkpoint/kept-fit.js';
import type { Ending, SavedFit } from '../checkpoint/snapshot.js';
import type { EpochOutcome, FitJob, FitOutcome, FitState } from '../engine/contract.js';
import { type EpochFormat, epochFormat, fromEpochRow, toEpochRow } from '../engine/epoch-rows.js';
import { copyOfState, initialState } from '../engine/fit-state.js';
import { EarlyStopping, hasConverged, Plateau } from '../engine/stopping.js';
import { ChainruleError } from '../error.js';
import { magnitudeOf } from '../inspect/divergence.js';
import { learningRates, plateauOf } from '../options/learning-rate-schedule.js';
import { isAborted, onAbort } from './abort-listeners.js';
import { type Block, blocksOf } from './batches.js';
import { type BatchesFit, blockSpec } from './block-fit.js';
import { EpochTable } from './epoch-table.js';
import { batchesIdentity } from './fingerprint.js';
import { FirstRows } from './first-rows.js';
import { divergedError } from './fit.js';
import type { TrainingOptions } from './fit-options.js';
import { EpochHistory, type FitHistory, toRecord } from './history.js';
import { promised } from './promised.js';

/** Why a fit ended before its last epoch. */
type EarlyEnd = 'aborted' | 'maxTime' | 'converged' | 'earlyStopping';

/** What an epoch has come to so far. */
interface Sums {
  /** Of the losses of all rows. */
  loss: number;
  /** Rows that were trained on. */
  trained: number;
  steps: number;
  blocks: number;
  /** When it began. */
  start: number;
}

/**
 * Trains on batches and collects the history.
 *
 * @param keeper - keeps what the fit comes to and knows what it continues from, or null
 * @param started - gets what stops the fit at its next step
 */
export async function fitBatches(
  fit: BatchesFit,
  options: TrainingOptions,
  keeper: FitKeeper | null,
  started: (stop: () => void) => void,
): Promise<FitHistory> {
  const session = new Session(fit, options, keeper);
  const stop = () => session.stop();
  started(stop);
  const unlisten = options.signal && onAbort(options.signal, stop);
  if (isAborted(options.signal)) stop();
  try {
    return await session.run();
  } finally {
    unlisten?.();
  }
}

class Session {
  readonly #fit: BatchesFit;
  readonly #options: TrainingOptions;
  readonly #rates: Float64Array | null;
  readonly #plateau: Plateau | null;
  readonly #stopping: EarlyStopping | null;
  readonly #keeper: FitKeeper | null;
  readonly #resumed: SavedFit | null;
  /** What the fit has come to after its last whole epoch. */
  readonly #state: FitState;
  readonly #format: EpochFormat;
  readonly #table: EpochTable;
  readonly #epochs: EpochHistory;
  #deadline = Infinity;
  readonly #timers: NodeJS.Timeout[] = [];
  #job: FitJob | null = null;
  #endsBy: 'aborted' | 'maxTime' | null = null;
  #stopped = false;
  /** What was said; after the first epoch, what it had. */
  #rowsPerEpoch: number;
  readonly #firstRows: FirstRows | null;
  /** Of this process. */
  readonly #firstEpoch: number;

  constructor(fit: BatchesFit, options: TrainingOptions, keeper: FitKeeper | null) {
    const { schedule, epochs, earlyStopping } = options;
    const plateau = plateauOf(schedule);
    this.#fit = fit;
    this.#options = options;
    this.#keeper = keeper;
    this.#format = epochFormat({ ...options, validation: fit.validation }, fit.spec.layers.length);
    this.#rates = learningRates(schedule, epochs, fit.spec.optimizer.learningRate);
    const resumed = keeper?.begin(batchesIdentity(fit, options, this.#rates, this.#format)) ?? null;
    this.#resumed = resumed;
    this.#state = resumed?.state ? copyOfState(resumed.state) : initialState();
    this.#table = EpochTable.from(
      resumed?.history.rows ?? new Float64Array(0),
      this.#format,
      options.historyLimit,
    );
    this.#epochs = new EpochHistory(this.#table, fit.spec);
    this.#plateau = plateau && new Plateau(plateau, this.#state.plateau);
    this.#stopping = earlyStopping && new EarlyStopping(earlyStopping, this.#state.earlyStopping);
    this.#firstEpoch = this.#state.epochsDone + 1;
    this.#rowsPerEpoch = resumed?.batches?.rowsPerEpoch ?? fit.rowsPerEpoch ?? 1;
    this.#firstRows = keeper && new FirstRows(resumed?.batches?.firstRows, this.#state.epochsDone);
  }

  /** Ends the fit at its next step. One that is kept may finish its epoch before, if that does not take long. */
  stop(): void {
    this.#endBy('aborted');
  }

  #endBy(why: 'aborted' | 'maxTime'): void {
    if (this.#endsBy !== null) return;
    this.#endsBy = why;
    const stop = () => {
      this.#stopped = true;
      this.#job?.stop();
    };
    if (this.#keeper === null) stop();
    else this.#timers.push(setTimeout(stop, LAST_EPOCH_MS));
  }

  async run(): Promise<FitHistory> {
    const { maxTimeMs, epochs } = this.#options;
    let stoppedBy: FitHistory['stoppedBy'] | null = this.#resume();
    if (this.#keeper === null) this.#deadline = performance.now() + maxTimeMs;
    else if (maxTimeMs < 2 ** 31) this.#timers.push(setTimeout(() => this.#endBy('maxTime'), maxTimeMs));
    try {
      while (stoppedBy === null && this.#state.epochsDone < epochs) {
        const epoch = this.#state.epochsDone + 1;
        stoppedBy = this.#endsBy ?? (await this.#epoch(epoch));
        this.#state.epochsDone = epoch;
      }
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
      // However the fit ends: its source may fail, too.
      this.#restoreBest();
    }
    return this.#history(stoppedBy ?? 'epochs');
  }

  /** Takes the network back to where it was kept. Returns how its fit had ended, or null. */
  #resume(): 'converged' | 'earlyStopping' | null {
    if (this.#resumed === null) return null;
    const { parameters, optimizerState, ended, state, bestEpoch = 0 } = this.#resumed;
    this.#fit.network.setParameters(parameters);
    this.#fit.network.setOptimizerState(optimizerState);
    if (state !== null || ended === 'epochs') return null;
    this.#state.earlyStopping.bestEpoch = bestEpoch;
    return ended;
  }

  #history(stoppedBy: FitHistory['stoppedBy']): FitHistory {
    const bestEpoch = this.#stopping?.memory.bestEpoch;
    return this.#epochs.ended(stoppedBy, bestEpoch);
  }

  /** Trains for one epoch. Returns why the fit ends with it, or null. */
  async #epoch(epoch: number): Promise<EarlyEnd | null> {
    const { batches, blockRows, task } = this.#fit;
    const blocks = blocksOf(batches(epoch), blockRows, task.inputSize);
    const sums: Sums = { loss: 0, trained: 0, steps: 0, blocks: 0, start: performance.now() };
    try {
      let next = await blocks.next();
      this.#checkRows(epoch, next.done === true);
      if (!next.done) this.#firstRows?.add(next.value.samples, epoch === this.#firstEpoch);
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
    sums: Sums,
  ): Promise<{ outcome: EpochOutcome | null; end: EarlyEnd | null }> {
    if (this.#stopped) return { outcome: null, end: this.#endsBy };
    const left = this.#deadline - performance.now();
    if (left <= 0) return { outcome: null, end: 'maxTime' };
    const { network, backend } = this.#fit;
    const base = this.#rates?.[epoch - 1] ?? this.#fit.spec.optimizer.learningRate;
    const spec = blockSpec(this.#fit, this.#options, {
      rows: samples.rows,
      isLast,
      epoch,
      ...sums,
      learningRate: this.#plateau?.reduced(base) ?? base,
      rowsPerEpoch: this.#rowsPerEpoch,
      maxTimeMs: left,
    });
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
      if (ended.stoppedBy !== 'epochs') return { outcome: null, end: this.#endsBy ?? endOf(ended) };
    } finally {
      this.#job = null;
      dataset.dispose();
    }
    const { loss, samples: rows } = outcome ?? { loss: Number.NaN, samples: 0 };
    sums.loss += loss * rows;
    sums.trained += rows;
    sums.steps += Math.ceil(rows / spec.batchSize);
    sums.blocks++;
    return { outcome, end: null };
  }

  /** Reports an epoch that has ended, and decides whether the fit goes on. */
  async #endEpoch(
    epoch: number,
    last: EpochOutcome,
    { loss, trained: rows, start }: Sums,
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
    const converged = hasConverged(this.#options, outcome, this.#state.lastLoss);
    this.#state.lastLoss = outcome.loss;
    this.#state.epochsDone = epoch;
    const over = this.#stopping?.isOver ? 'earlyStopping' : null;
    const ended = converged ? 'converged' : over;
    this.#keep(epoch, ended ?? (epoch === this.#options.epochs ? 'epochs' : null));
    return ended;
  }

  /** Keeps what the fit has come to, if it is time. */
  #keep(epoch: number, ended: Ending | null): void {
    const keeper = this.#keeper;
    if (keeper === null || !(keeper.wants(epoch) || ended !== null || this.#endsBy !== null)) return;
    const canGoOn = ended === null || ended === 'epochs';
    if (!canGoOn) this.#restoreBest();
    const { network } = this.#fit;
    keeper.keep({
      parameters: network.getParameters(),
      optimizerState: network.getOptimizerState(),
      state: canGoOn ? copyOfState(this.#state) : null,
      history: { format: this.#format, rows: this.#table.rows() },
      ended,
      bestEpoch: this.#stopping?.memory.bestEpoch,
      batches: { rowsPerEpoch: this.#rowsPerEpoch, firstRows: this.#firstRows?.digest ?? null },
    });
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
    this.#state.best = { parameters: network.getParameters(), ...network.getOptimizerState() };
  }

  #restoreBest(): void {
    if (this.#state.best === null) return;
    const { parameters, ...state } = this.#state.best;
    this.#state.best = null;
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
