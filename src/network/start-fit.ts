/** From the arguments of `fit` to a running fit. */

import type { FitKeeper } from '../checkpoint/fit-keeper.js';
import { keeping } from '../checkpoint/keeper.js';
import { dataArguments } from '../data/given.js';
import type { FitJob, NetworkSpec } from '../engine/contract.js';
import { type BatchSource, isBatchSource } from './batches.js';
import { prepareBatches, refuseBatchOptions } from './batches-options.js';
import { checkpointWatch, type FitEvent, traced, traceFit } from './diagnostics.js';
import { EpochTable } from './epoch-table.js';
import { runFit } from './fit.js';
import { fitBatches } from './fit-batches.js';
import { prepareFit } from './fit-data.js';
import type { FitGuard } from './fit-guard.js';
import { type FitWatch, watched } from './fit-stream.js';
import { EpochHistory, type EpochRecord, type FitHistory } from './history.js';
import type { NetworkParts } from './parts.js';
import {
  type ResolvedFitOptions,
  resolveFitOptions,
  type TrainingOptions,
  trainingOptions,
} from './training-options.js';

/** A network as its fit needs it. */
interface Trainee extends NetworkParts {
  /** What the caller calls it. */
  model: object;
}

/** x, y and options; or a dataset or batches, and options. */
export type FitArguments = readonly [x: unknown, yOrOptions?: unknown, lastOptions?: unknown];

interface StartedTrainee extends Trainee {
  /** Gets what stops the fit as soon as it runs. */
  setJob: (job: Pick<FitJob, 'stop'>) => void;
}

/** Who hears of a fit beside its caller. */
interface Witnesses {
  watch: FitWatch<EpochRecord> | null;
  trace: FitEvent | null;
  /** Of whoever has the checkpoints of several fits; null if this fit may have its own. */
  keeper: FitKeeper | null;
}

/**
 * Trains a network on data or on batches. Copies the data before it returns.
 *
 * @param guard - lets no other fit begin meanwhile
 */
export function fitNetwork(
  trainee: Trainee,
  guard: FitGuard,
  given: FitArguments,
  watch: FitWatch<EpochRecord> | null,
  keeper: FitKeeper | null,
): Promise<FitHistory> {
  const about = { kind: 'Network', model: trainee.model, method: 'fit' } as const;
  return traceFit(about, async (trace) => {
    guard.refuseWhileFitting('fit');
    return guard.run((setJob) => startFit({ ...trainee, setJob }, given, { watch, trace, keeper }));
  });
}

function startFit(
  trainee: StartedTrainee,
  [x, yOrOptions, lastOptions]: FitArguments,
  { watch, trace, keeper }: Witnesses,
): Promise<FitHistory> {
  const { task, spec, backend } = trainee;
  const resolve = (unchecked: unknown) => traced(watched(resolveFitOptions(unchecked, task), watch), trace);
  if (isBatchSource(x)) return startBatches(trainee, x, resolve(yOrOptions ?? {}), keeper);
  const { given, options: unchecked } = dataArguments(x, yOrOptions, lastOptions);
  const options = resolve(unchecked);
  refuseBatchOptions(options);
  if (options.signal?.aborted) return abortedBefore(spec);
  const isKept = keeper !== null || options.checkpoints !== null;
  const prepared = prepareFit(given, options, { task, seed: spec.seed, backend, isKept });
  return train(trainee, prepared, trainingOptions(options), keeper);
}

/** The history of a fit whose signal was aborted before it began. */
async function abortedBefore(spec: NetworkSpec): Promise<FitHistory> {
  const table = new EpochTable({ validates: false, layers: 0 }, Infinity);
  return new EpochHistory(table, spec).ended('aborted', undefined);
}

/** Apart from `startFit`, whose arguments would stay in memory while it waits. */
async function train(
  trainee: StartedTrainee,
  { data, dispose }: ReturnType<typeof prepareFit>,
  options: TrainingOptions,
  keeper: FitKeeper | null,
): Promise<FitHistory> {
  try {
    return await kept(trainee, options, keeper, (own) => runFit(trainee, data, options, own, trainee.setJob));
  } finally {
    dispose();
  }
}

/** Runs a fit with its keeper: the one that is given, or one by its own options, or none. */
function kept(
  { model, spec, hasOwnSeed }: Trainee,
  { checkpoints }: TrainingOptions,
  keeper: FitKeeper | null,
  run: (keeper: FitKeeper | null) => Promise<FitHistory>,
): Promise<FitHistory> {
  if (keeper !== null) return run(keeper);
  const about = { kind: 'Network', seed: spec.seed, hasOwnSeed } as const;
  return keeping(checkpoints, about, checkpointWatch('Network', model), (all) =>
    run(all?.fits(1)[0] ?? null),
  );
}

async function startBatches(
  trainee: StartedTrainee,
  source: BatchSource,
  options: ResolvedFitOptions,
  keeper: FitKeeper | null,
): Promise<FitHistory> {
  const { engine, spec, task, backend, setJob } = trainee;
  const { plan, dispose } = prepareBatches(
    source,
    options,
    task,
    backend,
    keeper !== null || options.checkpoints !== null,
  );
  if (options.signal?.aborted) return abortedBefore(spec);
  try {
    const fit = { ...plan, network: engine, spec, task, backend };
    const training = trainingOptions(options);
    return await kept(trainee, training, keeper, (own) =>
      fitBatches(fit, training, own, (stop) => setJob({ stop })),
    );
  } finally {
    dispose();
  }
}
