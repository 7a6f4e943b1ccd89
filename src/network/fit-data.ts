/** The data of a fit, checked, weighted and prepared in the engine. */

import type { Fingerprint } from '../checkpoint/snapshot.js';
import { type ResolvedClassWeight, weighByClass } from '../data/class-weight.js';
import { checkData, type GivenData } from '../data/given.js';
import { orderRows, type RowChoice, splitRows } from '../data/row-choice.js';
import { type SampleNames, weighs } from '../data/samples.js';
import type { Task } from '../data/targets.js';
import { TaskData } from '../data/task-data.js';
import type { Backend, BackendDataset, Samples } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { type DataMagnitude, magnitudeOf } from '../inspect/divergence.js';
import { digest } from '../numbers/digest.js';
import type { ResolvedFitOptions } from './training-options.js';

/** What a fit works on. */
export interface FitData {
  training: BackendDataset;
  /** Separate data to validate on, or null. */
  validation: BackendDataset | null;
  rows: RowChoice;
  magnitude: DataMagnitude;
  /** Of the caller's data; null for a fit without checkpoints, which need not know. */
  digests: Fingerprint | null;
}

export const VALIDATION_NAMES: SampleNames = {
  x: 'validationData[0]',
  y: 'validationData[1]',
  sampleWeight: 'sampleWeight',
};

/**
 * Checks the data of a fit and copies it into the engine.
 *
 * @returns the data, and a function that frees the part of it that belongs to this fit alone
 */
export function prepareFit(
  given: GivenData,
  options: ResolvedFitOptions,
  { task, seed, backend, isKept }: { task: Task; seed: number; backend: Backend; isKept: boolean },
): { data: FitData; dispose: () => void } {
  const { classWeight, validationData } = options;
  const checked = checkData(given, options.sampleWeight, task, backend);
  const { samples } = checked;
  const rows =
    options.order === null
      ? splitRows(samples.rows, options.validationSplit, seed)
      : orderRows(options.order, samples.rows, options.epochs);
  const validation = validationData && checkData(validationData, undefined, task, backend, VALIDATION_NAMES);
  const training = classWeight === null ? checked : weighted(samples, classWeight, rows, task);
  checkWeights(training.samples, rows);

  // Only the engine's copies outlive this call: the caller's arrays are not kept alive by the fit.
  const own: BackendDataset[] = [];
  const copy = (of: TaskData): BackendDataset => {
    const dataset = of.copyIn(backend);
    if (!of.isKept) own.push(dataset);
    return dataset;
  };
  const data: FitData = {
    training: copy(training),
    validation: validation && copy(validation),
    rows,
    magnitude: magnitudeOf(samples),
    digests: isKept ? digests(training.samples, validation?.samples ?? null) : null,
  };
  const dispose = () => {
    for (const dataset of own) dataset.dispose();
  };
  return { data, dispose };
}

/** Rows that do not count teach nothing, and have no loss. */
function checkWeights({ weights }: Samples, { order, trainingRows, validationRows }: RowChoice): void {
  if (weights === null) return;
  const none = (rows: Uint32Array | null) => rows !== null && !rows.some((row) => weighs(weights[row]));
  const what = none(order?.rows ?? trainingRows) ? 'train' : none(validationRows) ? 'validate' : null;
  if (what === null) return;
  throw new ChainruleError(
    'ERR_DATA',
    `sampleWeight is 0 in every row to ${what} on, expected a number above 0 in some; ` +
      (order === null
        ? 'another seed or validationSplit holds out other rows'
        : 'order has only rows without a weight'),
  );
}

/** Whether the data is the same as before. Taken at once: the caller may change the arrays after the call. */
function digests(training: Samples, validation: Samples | null): Fingerprint {
  const { rows, inputs, targets, weights } = training;
  return {
    rows,
    x: digest(inputs),
    y: digest(targets),
    sampleWeight: weights && digest(weights),
    validationData: validation && digestsOf(validation),
  };
}

export function digestsOf({ inputs, targets, weights }: Samples): string {
  return [inputs, targets, weights].map((array) => array && digest(array)).join();
}

/** The samples with weights that those of `classWeight` have been multiplied into. */
function weighted(
  samples: Samples,
  classWeight: ResolvedClassWeight,
  { order, trainingRows, validationRows }: RowChoice,
  task: Task,
): TaskData {
  const trained = order?.rows ?? trainingRows;
  return new TaskData({
    ...samples,
    weights: weighByClass(classWeight, samples, task, trained, validationRows),
  });
}
