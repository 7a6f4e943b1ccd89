/** A fit: the engine's task, and what happens to its reports. */

import { AsyncResource } from 'node:async_hooks';
import type { FitKeeper } from '../checkpoint/fit-keeper.js';
import { KeptJob } from '../checkpoint/kept-fit.js';
import type { SavedFit } from '../checkpoint/snapshot.js';
import type {
  BackendNetwork,
  DivergedAt,
  EpochOutcome,
  FitJob,
  FitSpec,
  NetworkSpec,
} from '../engine/contract.js';
import { type EpochFormat, epochFormat, fromEpochRow } from '../engine/epoch-rows.js';
import { type DataMagnitude, explainDivergence, RECENT_EPOCHS } from '../inspect/divergence.js';
import { learningRates, plateauOf } from '../options/learning-rate-schedule.js';
import { stepSchedule, stepsPerEpoch } from '../options/step-schedule.js';
import { isAborted, onAbort } from './abort-signal.js';
import { EpochTable } from './epoch-table.js';
import { identityOf } from './fingerprint.js';
import type { FitData } from './fit-data.js';
import { DivergedError, EpochHistory, type FitHistory, toRecord } from './history.js';
import type { NetworkParts } from './parts.js';
import { promised } from './promised.js';
import type { TrainingOptions } from './training-options.js';
import { LAST_CALL_MS, Wait } from './wait.js';

/**
 * Trains a network in its engine and collects the history.
 *
 * @param keeper - keeps what the fit comes to and knows what it continues from, or null
 * @param started - gets the job as soon as there is one
 */
export async function runFit(
  { engine: network, spec, backend }: Pick<NetworkParts, 'engine' | 'spec' | 'backend'>,
  data: FitData,
  options: TrainingOptions,
  keeper: FitKeeper | null,
  started: (job: Pick<FitJob, 'stop'>) => void,
): Promise<FitHistory> {
  const { signal } = options;
  const task = toFitSpec(data, spec, options);
  const format = epochFormat(task, spec.layers.length);
  const identity = keeper && identityOf(network, { spec, backend, task, data, format });
  const table = tableAfter(identity && keeper.begin(identity), format, options.historyLimit);
  const history = new EpochHistory(table, spec);
  // The engine calls from outside of the caller's asynchronous context.
  const onEpoch = options.onEpoch && AsyncResource.bind(options.onEpoch);
  const wait = new Wait(LAST_CALL_MS);
  // The engine counts the time itself, from its first step on, and a fit that is kept tells. While it waits, nobody does.
  const report = listener(onEpoch, wait, keeper === null ? options.maxTimeMs : Infinity, spec, format);
  const hear = (rows: Float64Array) => {
    table.append(rows);
    return report?.(rows);
  };
  const { training: dataset } = data;
  const rows = () => ({ format, rows: table.rows() });
  let job: Pick<FitJob, 'stop' | 'done'> | null = null;
  const stop = () => {
    wait.end();
    job?.stop();
  };
  // Before the fit begins: a signal of the caller's own making may throw.
  const unlisten = signal && onAbort(signal, stop);
  try {
    job =
      keeper === null
        ? network.fit(dataset, task, hear)
        : new KeptJob({
            network,
            dataset,
            spec: task,
            listener: hear,
            keeper,
            ending: () => wait.end(),
            history: rows,
          });
    started({ stop });
    // A function among the options may have aborted it, unheard.
    if (isAborted(signal)) stop();
    const outcome = await job.done;
    const ended = history.ended(outcome.stoppedBy, outcome.bestEpoch);
    if (outcome.stoppedBy === 'diverged') {
      const recent = history.latest(RECENT_EPOCHS);
      throw divergedError(outcome.divergedAt, ended, recent, network, spec, data.magnitude, options);
    }
    return ended;
  } finally {
    wait.clear();
    unlisten?.();
  }
}

/** The epochs of what a fit continues from. Apart from `runFit`, which would keep all of that in memory as it waits. */
function tableAfter(saved: SavedFit | null, format: EpochFormat, limit: number): EpochTable {
  return EpochTable.from(saved?.history.rows ?? new Float64Array(0), format, limit);
}

/** Tells the caller of an epoch. Returns a promise if the caller's function does, of whatever kind. */
function listener(
  onEpoch: TrainingOptions['onEpoch'],
  wait: Wait,
  maxTimeMs: number,
  spec: NetworkSpec,
  format: EpochFormat,
): ((row: Float64Array) => Promise<unknown> | undefined) | null {
  if (onEpoch === null) return null;
  return (row) => {
    wait.endAfter(maxTimeMs);
    const promise = promised(onEpoch(toRecord(fromEpochRow(row, 0, format), spec)));
    return promise && wait.for(promise);
  };
}

/** The engine's task. */
function toFitSpec(
  { training, validation, rows }: FitData,
  { seed, optimizer }: NetworkSpec,
  options: TrainingOptions,
): FitSpec {
  const { epochs, schedule } = options;
  const { trainingRows, validationRows, order } = rows;
  const rowsPerEpoch = order?.rowsPerEpoch ?? trainingRows?.length ?? training.rows;
  const batchSize = Math.min(options.batchSize, rowsPerEpoch);
  const steps = epochs * stepsPerEpoch(rowsPerEpoch, batchSize, options.dropLast);
  const fitSpec: FitSpec = {
    epochs,
    pauseAfter: 0,
    resume: null,
    batchSize,
    sampling: options.sampling,
    seed,
    trainingRows,
    order,
    validation: null,
    learningRates: learningRates(schedule, epochs, optimizer.learningRate),
    schedule: options.stepSchedule && stepSchedule(options.stepSchedule, steps),
    dropLast: options.dropLast,
    plateau: plateauOf(schedule),
    earlyStopping: options.earlyStopping,
    functionTolerance: options.functionTolerance,
    gradientTolerance: options.gradientTolerance,
    maxTimeMs: options.maxTimeMs,
    onNonFinite: options.onNonFinite,
    statistics: options.statistics,
    waitsForListener: options.onEpoch !== null,
  };
  if (validationRows !== null) fitSpec.validation = { dataset: training, rows: validationRows };
  else if (validation !== null) fitSpec.validation = { dataset: validation, rows: null };
  return fitSpec;
}

/** The error of a fit that ended because of a step that could not be taken. */
export function divergedError(
  at: DivergedAt,
  history: FitHistory,
  epochs: EpochOutcome[],
  network: BackendNetwork,
  spec: NetworkSpec,
  magnitude: DataMagnitude,
  { earlyStopping, onNonFinite }: TrainingOptions,
): DivergedError {
  const isBest = earlyStopping?.restoreBest === true && (history.bestEpoch ?? 0) > 0;
  return new DivergedError(
    explainDivergence({
      spec,
      at,
      epochs,
      weights: isBest
        ? `those of epoch ${history.bestEpoch}, the best`
        : onNonFinite === 'rollback'
          ? `those before epoch ${at.epoch}, after the last rollback`
          : 'as before that step',
      isAsItWas: !isBest && onNonFinite !== 'rollback',
      parameters: network.getParameters(),
      magnitude,
    }),
    history,
  );
}
