/** The data of a fit, checked, weighted and prepared in the engine. */

import { weighByClass } from '../data/class-weight.js';
import { backendDatasetOf, Dataset, samplesFor } from '../data/dataset.js';
import { orderRows, type RowChoice, splitRows } from '../data/row-choice.js';
import type { SampleNames } from '../data/samples.js';
import type { Task } from '../data/targets.js';
import type { Backend, BackendDataset, Samples } from '../engine/contract.js';
import { type DataMagnitude, magnitudeOf } from '../inspect/divergence.js';
import type { ResolvedFitOptions } from './fit-options.js';

/** What a fit works on. */
export interface FitData {
  training: BackendDataset;
  /** Separate data to validate on, or null. */
  validation: BackendDataset | null;
  rows: RowChoice;
  magnitude: DataMagnitude;
}

const VALIDATION_NAMES: SampleNames = {
  x: 'validationData[0]',
  y: 'validationData[1]',
  sampleWeight: 'sampleWeight',
};

/**
 * Prepares x and y, or a Dataset instead of both, according to `options`.
 *
 * @returns the data, and a function that frees the part of it that belongs to this fit alone
 */
export function prepareFit(
  x: unknown,
  y: unknown,
  options: ResolvedFitOptions,
  { task, seed, backend }: { task: Task; seed: number; backend: Backend },
): { data: FitData; dispose: () => void } {
  const samples = samplesFor(x, y, options.sampleWeight, task, backend);
  const rows =
    options.order === null
      ? splitRows(samples.rows, options.validationSplit, seed)
      : orderRows(options.order, samples.rows, options.epochs);
  const held = options.validationData;
  const heldSamples = held && samplesFor(held.x, held.y, undefined, task, backend, VALIDATION_NAMES);

  const temporary: BackendDataset[] = [];
  const prepare = (given: unknown, of: Samples): BackendDataset => {
    if (given instanceof Dataset) return backendDatasetOf(given, task, backend);
    const dataset = backend.createDataset(of);
    temporary.push(dataset);
    return dataset;
  };
  const { classWeight } = options;
  const data: FitData = {
    training:
      classWeight === null
        ? prepare(x, samples)
        : prepare(null, {
            ...samples,
            weights: weighByClass(
              classWeight,
              samples,
              task,
              rows.order?.rows ?? rows.trainingRows,
              rows.validationRows,
            ),
          }),
    validation: held && heldSamples && prepare(held.x, heldSamples),
    rows,
    magnitude: magnitudeOf(samples),
  };
  return {
    data,
    dispose: () => {
      for (const dataset of temporary) dataset.dispose();
    },
  };
}
