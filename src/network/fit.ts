/** A fit: the engine's task, and what happens to its reports. */

import type { BackendNetwork, DivergedAt, FitJob, FitSpec, NetworkSpec } from '../engine/contract.js';
import { type DataMagnitude, explainDivergence } from '../inspect/divergence.js';
import { learningRates, plateauOf } from '../options/learning-rate-schedule.js';
import { stepSchedule } from '../options/step-schedule.js';
import { EpochCallback } from './epoch-callback.js';
import type { FitData } from './fit-data.js';
import type { TrainingOptions } from './fit-options.js';
import { DivergedError, type EpochRecord, type History, toRecord } from './history.js';

/** Trains a network in its engine and collects the history; `started` gets the job as soon as it runs. */
export async function runFit(
  network: BackendNetwork,
  spec: NetworkSpec,
  data: FitData,
  options: TrainingOptions,
  started: (job: FitJob) => void,
): Promise<History> {
  const { signal, onEpoch } = options;
  const epochs: EpochRecord[] = [];
  const stop = () => job.stop();
  const callback = onEpoch && new EpochCallback(onEpoch, stop);
  const job = network.fit(data.training, toFitSpec(data, spec, options), (outcome) => {
    const record = toRecord(outcome, spec);
    epochs.push(record);
    callback?.call(record);
  });
  try {
    started(job);
    signal?.addEventListener('abort', stop);
    // A function among the options may have aborted it, unheard.
    if (signal?.aborted) stop();
    const outcome = await job.done;
    await callback?.settled();
    const { stoppedBy, bestEpoch } = outcome;
    const history: History = { epochs, stoppedBy, ...(bestEpoch === undefined ? {} : { bestEpoch }) };
    if (outcome.stoppedBy === 'diverged') {
      throw divergedError(outcome.divergedAt, history, network, spec, data.magnitude, options);
    }
    return history;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** The engine's task. */
export function toFitSpec(
  { training, validation, rows }: FitData,
  { seed, optimizer }: NetworkSpec,
  options: TrainingOptions,
): FitSpec {
  const { epochs, schedule } = options;
  const { trainingRows, validationRows, order } = rows;
  const rowsPerEpoch = order?.rowsPerEpoch ?? trainingRows?.length ?? training.rows;
  const batchSize = Math.min(options.batchSize, rowsPerEpoch);
  const steps = epochs * (options.dropLast ? Math.floor : Math.ceil)(rowsPerEpoch / batchSize);
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
  };
  if (validationRows !== null) fitSpec.validation = { dataset: training, rows: validationRows };
  else if (validation !== null) fitSpec.validation = { dataset: validation, rows: null };
  return fitSpec;
}

/** The error of a fit that ended because of a step that could not be taken. */
export function divergedError(
  at: DivergedAt,
  history: History,
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
      epochs: history.epochs,
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
