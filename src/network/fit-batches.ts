/**
 * A fit on batches that arrive one after another, for data larger than memory: block after block through the engine,
 * while the next one is being read.
 */

import type { FitKeeper } from '../checkpoint/fit-keeper.js';
import type { Ending, SavedFit } from '../checkpoint/snapshot.js';
import type { EpochOutcome, FitState } from '../engine/contract.js';
import { type EpochFormat, epochFormat, toEpochRow } from '../engine/epoch-rows.js';
import { MOST_ROLLBACKS } from '../engine/fault.js';
import { copyOfState, initialState, putNetwork, takeNetwork } from '../engine/fit-state.js';
import { EarlyStopping, hasConverged, Plateau } from '../engine/stopping.js';
import { RECENT_EPOCHS } from '../inspect/divergence.js';
import { learningRates, plateauOf } from '../options/learning-rate-schedule.js';
import { isAborted, onAbort } from './abort-signal.js';
import { type Block, blocksOf } from './batches.js';
import { BatchesEnd } from './batches-end.js';
import { type BatchesFit, blockSpec, noBatches } from './block-fit.js';
import { type EpochSums, meanLoss, noSums, StepNotTaken } from './epoch-sums.js';
import { EpochTable } from './epoch-table.js';
import { batchesIdentity } from './fingerprint.js';
import { FirstRows } from './first-rows.js';
import { divergedError } from './fit.js';
import { EpochHistory, type FitHistory, toRecord } from './history.js';
import { promised } from './promised.js';
import { trainBlock } from './train-block.js';
import type { TrainingOptions } from './training-options.js';

/** Why a fit ended before its last epoch. */
type EarlyEnd = 'aborted' | 'maxTime' | 'converged' | 'earlyStopping';

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
  /** How the fit had ended before this process, if it had. */
  readonly #endedBefore: Exclude<Ending, 'epochs'> | null;
  /** What the fit has come to after its last whole epoch. */
  readonly #state: FitState;
  readonly #format: EpochFormat;
  readonly #table: EpochTable;
  readonly #epochs: EpochHistory;
  /** To roll back to. */
  #lastEpoch: FitState['best'] = null;
  readonly #end: BatchesEnd;
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
    this.#end = new BatchesEnd(keeper !== null);
    this.#format = epochFormat({ ...options, validation: fit.validation }, fit.spec.layers.length);
    this.#rates = learningRates(schedule, epochs, fit.spec.optimizer.learningRate);
    const resumed = keeper?.begin(batchesIdentity(fit, options, this.#rates, this.#format)) ?? null;
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
    this.#endedBefore = resumed && this.#resume(resumed);
    keeper?.release();
  }

  /** Ends the fit at its next step. One that is kept may finish its epoch before, if that does not take long. */
  stop(): void {
    this.#end.ask();
  }

  async run(): Promise<FitHistory> {
    const { maxTimeMs, epochs } = this.#options;
    let stoppedBy: FitHistory['stoppedBy'] | null = this.#endedBefore;
    this.#end.askAfter(maxTimeMs);
    try {
      while (stoppedBy === null && this.#state.epochsDone < epochs) {
        const epoch = this.#state.epochsDone + 1;
        stoppedBy = this.#end.why ?? (await this.#epochOrAgain(epoch));
        this.#state.epochsDone = epoch;
      }
    } finally {
      this.#end.clear();
      // However the fit ends: its source may fail, too.
      this.#restoreBest();
    }
    return this.#history(stoppedBy ?? 'epochs');
  }

  /** Takes the network back to where it was kept. Returns how its fit had ended, or null. */
  #resume({
    parameters,
    optimizerState,
    ended,
    state,
    bestEpoch = 0,
  }: SavedFit): Exclude<Ending, 'epochs'> | null {
    putNetwork(this.#fit.network, { parameters, ...optimizerState });
    if (state !== null || ended === 'epochs') return null;
    this.#state.earlyStopping.bestEpoch = bestEpoch;
    return ended;
  }

  #history(stoppedBy: FitHistory['stoppedBy']): FitHistory {
    const bestEpoch = this.#stopping?.memory.bestEpoch;
    return this.#epochs.ended(stoppedBy, bestEpoch);
  }

  /** One epoch, begun again after each rollback. Returns why the fit ends with it, or null. */
  async #epochOrAgain(epoch: number): Promise<EarlyEnd | null> {
    const rollsBack = this.#options.onNonFinite === 'rollback';
    if (rollsBack) this.#lastEpoch = takeNetwork(this.#fit.network);
    for (let rollbacks = 0; ; rollbacks++) {
      try {
        return await this.#epoch(epoch, rollbacks);
      } catch (error) {
        if (!(error instanceof StepNotTaken)) throw error;
        if (this.#lastEpoch !== null) putNetwork(this.#fit.network, this.#lastEpoch);
        if (!rollsBack || this.#state.rollbacks >= MOST_ROLLBACKS) throw this.#diverged(error);
        this.#state.rollbacks++;
      }
    }
  }

  async #epoch(epoch: number, rollbacks: number): Promise<EarlyEnd | null> {
    const { batches, blockRows, task } = this.#fit;
    const { dropLast, batchSize } = this.#options;
    const { inputSize } = task;
    const blocks = blocksOf(batches(epoch), {
      blockRows,
      leastRows: dropLast ? batchSize : 1,
      inputSize,
      isOver: () => this.#end.isOver,
    });
    const sums = noSums();
    try {
      let next = await this.#end.ofSource(blocks.next());
      if (next?.done && !this.#end.isOver) throw noBatches(epoch, rollbacks > 0);
      if (next?.value) this.#firstRows?.add(next.value.samples, epoch === this.#firstEpoch);
      while (next?.value) {
        const { isLast } = next.value;
        const training = this.#trainBlock(next.value, epoch, sums);
        // The engine has its copy: the next block is read while it trains.
        const reading = blocks.next();
        reading.catch(() => {});
        const outcome = await training;
        if (typeof outcome === 'string') return outcome;
        if (isLast) return await this.#endEpoch(epoch, outcome, sums, rollbacks);
        next = await this.#end.ofSource(reading);
      }
      // The last block of an epoch says that it is: the fit has ended in between.
      return this.#end.why ?? 'maxTime';
    } finally {
      // Lets the source close its file, now or when it has given what it is asked for.
      const closing = blocks.return();
      closing.catch(() => {});
      await this.#end.ofSource(closing);
    }
  }

  /** Trains on one block. Returns its outcome, or why the fit ends within it. */
  async #trainBlock(
    { samples, isLast }: Block,
    epoch: number,
    sums: EpochSums,
  ): Promise<EpochOutcome | EarlyEnd> {
    const { left } = this.#end;
    if (this.#end.isOver) return this.#end.why ?? 'maxTime';
    const base = this.#rates?.[epoch - 1] ?? this.#fit.spec.optimizer.learningRate;
    const spec = blockSpec(this.#fit, this.#options, {
      ...sums,
      rows: samples.rows,
      isLast,
      epoch,
      learningRate: (this.#plateau?.reduced(base) ?? base) * 2 ** -this.#state.rollbacks,
      rowsPerEpoch: this.#rowsPerEpoch,
      maxTimeMs: left,
    });
    const outcome = await trainBlock(this.#fit, samples, spec, sums, epoch, (job) => {
      this.#end.job = job;
    });
    return typeof outcome === 'string' ? (this.#end.why ?? outcome) : outcome;
  }

  /** Reports an epoch that has ended, and decides whether the fit goes on. */
  async #endEpoch(
    epoch: number,
    last: EpochOutcome,
    sums: EpochSums,
    rollbacks: number,
  ): Promise<EarlyEnd | null> {
    const { rows, steps, skippedSteps, start, fault } = sums;
    // The next epoch would do no better: nothing has changed.
    if (fault !== null && skippedSteps === steps) throw fault;
    this.#rowsPerEpoch = rows;
    const outcome: EpochOutcome = {
      ...last,
      epoch,
      loss: meanLoss(sums),
      samples: rows,
      ...(skippedSteps > 0 ? { skippedSteps } : {}),
      ...(rollbacks > 0 ? { rollbacks } : {}),
      seconds: (performance.now() - start) / 1000,
    };
    this.#table.append(toEpochRow(outcome));
    this.#plateau?.observe(outcome);
    this.#stopping?.observe(outcome);
    if (this.#stopping?.memory.bestEpoch === epoch) this.#keepBest();
    await this.#end.afterCall(promised(this.#options.onEpoch?.(toRecord(outcome, this.#fit.spec))));
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
    if (keeper === null || !(keeper.wants(epoch) || ended !== null || this.#end.why !== null)) return;
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

  #keepBest(): void {
    if (!this.#options.earlyStopping?.restoreBest) return;
    this.#state.best = takeNetwork(this.#fit.network);
  }

  #restoreBest(): void {
    if (this.#state.best === null) return;
    putNetwork(this.#fit.network, this.#state.best);
    this.#state.best = null;
  }

  #diverged({ at, magnitude }: StepNotTaken): Error {
    this.#restoreBest();
    const { network, spec } = this.#fit;
    const epochs = this.#epochs.latest(RECENT_EPOCHS);
    return divergedError(at, this.#history('diverged'), epochs, network, spec, magnitude, this.#options);
  }
}
