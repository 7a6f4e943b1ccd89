/** A fit that is kept: it pauses when a checkpoint is due, and goes on while that is written. */

import type {
  BackendDataset,
  BackendNetwork,
  EpochListener,
  FitJob,
  FitOutcome,
  FitSpec,
  FitState,
} from '../engine/contract.js';
import { putNetwork } from '../engine/fit-state.js';
import type { FitKeeper } from './fit-keeper.js';
import type { EpochRows, SavedFit } from './snapshot.js';
import { LAST_EPOCH_MS, SoftEnd } from './soft-end.js';

export interface KeptTask {
  network: BackendNetwork;
  dataset: BackendDataset;
  spec: FitSpec;
  listener: EpochListener;
  keeper: FitKeeper;
  /** Called when the fit is to end. */
  ending: () => void;
  /** The epochs so far. */
  history: () => EpochRows;
}

/** As `BackendNetwork.fit`, with the same bits. */
export class KeptJob implements Pick<FitJob, 'done' | 'stop'> {
  readonly done: Promise<FitOutcome>;
  readonly #task: KeptTask;
  /** With one epoch more, before which the fit pauses: of one that has ended there is no state. */
  readonly #spec: FitSpec;
  readonly #end = new SoftEnd(
    LAST_EPOCH_MS,
    () => {
      this.#task.ending();
      this.#job?.pause();
    },
    () => this.#job?.stop(),
  );
  #job: FitJob | null = null;

  constructor(task: KeptTask) {
    this.#task = task;
    this.#spec = { ...withOneMore(task.spec), maxTimeMs: Infinity };
    const { saved } = task.keeper;
    if (saved !== null) this.#resume(saved);
    this.#end.askAfter(task.spec.maxTimeMs);
    const hasEnded = saved !== null && saved.state === null;
    this.done = (hasEnded ? Promise.resolve(endOf(saved)) : this.#run(saved?.state ?? null)).finally(() => {
      this.#end.clear();
      task.keeper.pause = null;
    });
  }

  /** Takes the network back to where it was kept. */
  #resume({ parameters, optimizerState }: SavedFit): void {
    putNetwork(this.#task.network, { parameters, ...optimizerState });
    this.#task.keeper.release();
  }

  /** Asks the fit to end as 'aborted': after its epoch, if that takes no longer than `LAST_EPOCH_MS`. */
  stop(): void {
    this.#end.ask('aborted');
  }

  async #run(state: FitState | null): Promise<FitOutcome> {
    const { spec, keeper } = this.#task;
    // Lets the caller have this job before its first step.
    await null;
    while ((state?.epochsDone ?? 0) < spec.epochs && this.#end.why === null) {
      const segment = this.#segment(state);
      // The engine has its copy.
      state = null;
      const outcome = await segment;
      if (outcome.stoppedBy !== 'paused') return this.#ended(outcome);
      state = outcome.state;
      const hasEnded = state.epochsDone === spec.epochs;
      if (hasEnded || this.#end.why !== null || keeper.wants(state.epochsDone)) {
        this.#keep({ state, ended: hasEnded ? 'epochs' : null });
      }
    }
    return this.#finish(state);
  }

  /** Trains until something ends the fit or a checkpoint may be due. */
  #segment(state: FitState | null): Promise<FitOutcome> {
    const { network, dataset, spec, listener, keeper } = this.#task;
    const pauseAfter = Math.min(keeper.nextEpoch, spec.epochs);
    const job = network.fit(dataset, { ...this.#spec, resume: state, pauseAfter }, listener);
    this.#job = job;
    keeper.pause = () => job.pause();
    return job.done.finally(() => {
      keeper.pause = null;
      this.#job = null;
    });
  }

  #keep(rest: Pick<SavedFit, 'state' | 'ended' | 'bestEpoch'>): void {
    const { network, keeper, history } = this.#task;
    keeper.keep({
      parameters: network.getParameters(),
      optimizerState: network.getOptimizerState(),
      history: history(),
      ...rest,
    });
  }

  /** What the engine has ended. */
  #ended(outcome: FitOutcome): FitOutcome {
    const { stoppedBy, bestEpoch } = outcome;
    if (stoppedBy === 'aborted' && this.#end.why === 'maxTime') return { ...outcome, stoppedBy: 'maxTime' };
    if (stoppedBy !== 'converged' && stoppedBy !== 'earlyStopping') return outcome;
    this.#keep({ state: null, ended: stoppedBy, bestEpoch });
    return outcome;
  }

  /** Ends the fit between two epochs. */
  #finish(state: FitState | null): FitOutcome {
    const { network, spec } = this.#task;
    if (state?.best) putNetwork(network, state.best);
    const stoppedBy = state?.epochsDone === spec.epochs ? 'epochs' : (this.#end.why ?? 'epochs');
    const outcome: FitOutcome = { stoppedBy, state: null };
    return spec.earlyStopping === null
      ? outcome
      : { ...outcome, bestEpoch: state?.earlyStopping.bestEpoch ?? 0 };
  }
}

/** Of a fit that had ended before. */
function endOf({ ended, bestEpoch }: SavedFit): FitOutcome {
  return { stoppedBy: ended ?? 'epochs', state: null, ...(bestEpoch === undefined ? {} : { bestEpoch }) };
}

/** The same fit with one epoch more, which is never trained. */
function withOneMore(spec: FitSpec): FitSpec {
  const { epochs, learningRates, schedule, order } = spec;
  const longer = <A extends Float64Array | null>(of: A): A =>
    of && (padded(of, of.length / epochs) as typeof of);
  const isForAll = order === null || order.rows.length === order.rowsPerEpoch;
  return {
    ...spec,
    epochs: epochs + 1,
    learningRates: longer(learningRates),
    schedule: schedule && {
      learningRate: longer(schedule.learningRate),
      dropout: longer(schedule.dropout),
      weightDecay: longer(schedule.weightDecay),
    },
    order: isForAll ? order : { ...order, rows: withFirstAgain(order.rows, order.rowsPerEpoch) },
  };
}

function padded(values: Float64Array, by: number): Float64Array {
  const longer = new Float64Array(values.length + by);
  longer.set(values);
  return longer;
}

function withFirstAgain(rows: Uint32Array, count: number): Uint32Array {
  const longer = new Uint32Array(rows.length + count);
  longer.set(rows);
  longer.set(rows.subarray(0, count), rows.length);
  return longer;
}
