/** What the bits of a fit depend on. */

import type { FitIdentity } from '../checkpoint/fit-keeper.js';
import type { Engine, Fingerprint } from '../checkpoint/snapshot.js';
import type { Backend, BackendNetwork, FitSpec, NetworkSpec } from '../engine/contract.js';
import type { EpochFormat } from '../engine/epoch-rows.js';
import { momentNames } from '../engine/kinds.js';
import { digest } from '../numbers/digest.js';
import { plateauOf } from '../options/learning-rate-schedule.js';
import { describeNetwork } from '../options/network.js';
import { stepSchedule } from '../options/step-schedule.js';
import type { BatchesFit } from './block-fit.js';
import type { FitData } from './fit-data.js';
import type { TrainingOptions } from './training-options.js';

/** Which fit it is, of data that is in memory. */
export function identityOf(
  network: BackendNetwork,
  fit: { spec: NetworkSpec; backend: Backend; task: FitSpec; data: FitData; format: EpochFormat },
): FitIdentity {
  const { spec, backend, task, data, format } = fit;
  return {
    fingerprint: (epochs) => ({ ...ofNetwork(spec), ...ofTask(task, epochs), ...data.digests }),
    engine: engineOf(network, spec, backend),
    epochs: task.epochs,
    moments: momentNames(spec.optimizer),
    parameterCount: network.parameterCount,
    format,
  };
}

export function engineOf(network: BackendNetwork, { gemm }: NetworkSpec, { name, simd }: Backend): Engine {
  return { backend: name, gemm, simd, products: network.products.name };
}

function ofNetwork(spec: NetworkSpec): Fingerprint {
  return { ...describeNetwork(spec), seed: spec.seed };
}

/** Of the first `epochs`. */
function ofTask(task: FitSpec, epochs: number): Fingerprint {
  const { order, schedule, learningRates, validation, functionTolerance, gradientTolerance } = task;
  const first = <A extends Float64Array | Uint32Array>(values: A | null) =>
    values && digest(values.subarray(0, Math.round((values.length / task.epochs) * epochs)));
  const isForAll = order !== null && order.rows.length === order.rowsPerEpoch;
  return {
    batchSize: task.batchSize,
    sampling: task.sampling,
    order: order && (isForAll ? digest(order.rows) : first(order.rows)),
    learningRateSchedule: first(learningRates),
    stepSchedule: schedule && Object.values(schedule).map(first).join(),
    plateau: task.plateau,
    dropLast: task.dropLast,
    validationRows: validation?.rows?.length ?? 0,
    earlyStopping: task.earlyStopping,
    functionTolerance,
    gradientTolerance,
    onNonFinite: task.onNonFinite,
    statistics: task.statistics,
  };
}

/** Points at which the factors of steps are looked at, whose number is not known before. */
const POINTS = 64;

/** Which fit on batches it is. What the batches hold is seen later. */
export function batchesIdentity(
  { network, spec, backend, blockRows, validationDigest, rowsPerEpoch }: BatchesFit,
  options: TrainingOptions,
  rates: Float64Array | null,
  format: EpochFormat,
): FitIdentity {
  const { stepSchedule: factors, functionTolerance, gradientTolerance } = options;
  return {
    fingerprint: (epochs) => ({
      ...ofNetwork(spec),
      batchSize: options.batchSize,
      shuffleBuffer: blockRows,
      rowsPerEpoch,
      sampling: options.sampling,
      learningRateSchedule: rates && digest(rates.subarray(0, epochs)),
      // It is told how much of the fit is done, and so depends on the number of epochs.
      stepSchedule: factors && {
        factors: Object.values(stepSchedule(factors, POINTS))
          .map((of) => of && digest(of))
          .join(),
        epochs: options.epochs,
      },
      plateau: plateauOf(options.schedule),
      dropLast: options.dropLast,
      earlyStopping: options.earlyStopping,
      functionTolerance,
      gradientTolerance,
      onNonFinite: options.onNonFinite,
      statistics: options.statistics,
      validationData: validationDigest,
    }),
    engine: engineOf(network, spec, backend),
    epochs: options.epochs,
    moments: momentNames(spec.optimizer),
    parameterCount: network.parameterCount,
    format,
  };
}
