/** From the arguments of `fit` to a running fit. */

import { dataArguments } from '../data/given.js';
import type { Task } from '../data/targets.js';
import type { Backend, BackendNetwork, FitJob, NetworkSpec } from '../engine/contract.js';
import { type BatchSource, isBatchSource } from './batches.js';
import { prepareBatches, refuseBatchOptions } from './batches-options.js';
import { type FitEvent, traced } from './diagnostics.js';
import { EpochTable } from './epoch-table.js';
import { runFit } from './fit.js';
import { fitBatches } from './fit-batches.js';
import { prepareFit } from './fit-data.js';
import {
  type ResolvedFitOptions,
  resolveFitOptions,
  type TrainingOptions,
  trainingOptions,
} from './fit-options.js';
import { type FitWatch, watched } from './fit-stream.js';
import { EpochHistory, type EpochRecord, type FitHistory } from './history.js';

/** A network as its fit needs it. */
export interface Trainee {
  network: BackendNetwork;
  spec: NetworkSpec;
  task: Task;
  backend: Backend;
  /** Gets what stops the fit as soon as it runs. */
  setJob: (job: Pick<FitJob, 'stop'>) => void;
}

/** Who hears of a fit beside its caller. */
export interface Witnesses {
  watch: FitWatch<EpochRecord> | null;
  trace: FitEvent | null;
}

/** Starts a fit on data or on batches. Copies the data before it returns. */
export function startFit(
  trainee: Trainee,
  x: unknown,
  yOrOptions: unknown,
  lastOptions: unknown,
  { watch, trace }: Witnesses,
): Promise<FitHistory> {
  const { task, spec, backend } = trainee;
  const resolve = (unchecked: unknown) => traced(watched(resolveFitOptions(unchecked, task), watch), trace);
  if (isBatchSource(x)) return startBatches(trainee, x, resolve(yOrOptions ?? {}));
  const { given, options: unchecked } = dataArguments(x, yOrOptions, lastOptions);
  const options = resolve(unchecked);
  refuseBatchOptions(options);
  if (options.signal?.aborted) return abortedBefore(spec);
  const prepared = prepareFit(given, options, { task, seed: spec.seed, backend });
  return train(trainee, prepared, trainingOptions(options));
}

/** The history of a fit whose signal was aborted before it began. */
async function abortedBefore(spec: NetworkSpec): Promise<FitHistory> {
  const table = new EpochTable({ validates: false, layers: 0 }, Infinity);
  return new EpochHistory(table, spec).ended('aborted', undefined);
}

/** Apart from `startFit`, whose arguments would stay in memory while it waits. */
async function train(
  { network, spec, setJob }: Trainee,
  { data, dispose }: ReturnType<typeof prepareFit>,
  options: TrainingOptions,
): Promise<FitHistory> {
  try {
    return await runFit(network, spec, data, options, setJob);
  } finally {
    dispose();
  }
}

async function startBatches(
  { network, spec, task, backend, setJob }: Trainee,
  source: BatchSource,
  options: ResolvedFitOptions,
): Promise<FitHistory> {
  const { plan, dispose } = prepareBatches(source, options, task, backend);
  if (options.signal?.aborted) return abortedBefore(spec);
  try {
    const fit = { ...plan, network, spec, task, backend };
    return await fitBatches(fit, trainingOptions(options), (stop) => setJob({ stop }));
  } finally {
    dispose();
  }
}
