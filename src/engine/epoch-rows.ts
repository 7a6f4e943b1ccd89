/**
 * The results of epochs as rows of numbers: an engine may report very many, and an object for each would cost more than
 * the epoch itself.
 */

import type { EpochOutcome, LayerStatistics } from './fit-contract.js';

/** The columns of a row; those of each layer follow if there are statistics. What an epoch has not got is NaN. */
export const EPOCH_COLUMNS = [
  'epoch',
  'loss',
  'validationLoss',
  'validationAccuracy',
  'learningRate',
  'gradientNorm',
  'seconds',
  'samples',
  'skippedSteps',
  'rollbacks',
] as const satisfies (keyof EpochOutcome)[];

const LAYER_COLUMNS = [
  'saturated',
  'dead',
  'gradientNorm',
  'weightNorm',
  'updateRatio',
] as const satisfies (keyof LayerStatistics)[];

export type EpochColumn = (typeof EPOCH_COLUMNS)[number];

/** What the rows of a fit have. */
export interface EpochFormat {
  /** Whether there is a validation. */
  validates: boolean;
  /** With statistics how many layers there are, else 0. */
  layers: number;
}

export function epochFormat(
  fit: { validation: object | null; statistics: boolean },
  layers: number,
): EpochFormat {
  return { validates: fit.validation !== null, layers: fit.statistics ? layers : 0 };
}

/** Numbers of a row. */
export function epochRowWidth({ layers }: Pick<EpochFormat, 'layers'>): number {
  return EPOCH_COLUMNS.length + layers * LAYER_COLUMNS.length;
}

/** An outcome as a row. */
export function toEpochRow(outcome: EpochOutcome): Float64Array {
  const layers = outcome.layers ?? [];
  return Float64Array.from([
    ...EPOCH_COLUMNS.map((name) => outcome[name] ?? Number.NaN),
    ...layers.flatMap((layer) => LAYER_COLUMNS.map((name) => layer[name])),
  ]);
}

/** The outcome in the row that begins at `start`. */
export function fromEpochRow(
  rows: Float64Array,
  start: number,
  { validates, layers }: EpochFormat,
): EpochOutcome {
  const [epoch, loss, validationLoss, validationAccuracy, learningRate, gradientNorm, ...others] =
    rows.subarray(start, start + EPOCH_COLUMNS.length);
  const [seconds, samples, skippedSteps, rollbacks] = others;
  return {
    epoch,
    loss,
    ...(validates ? { validationLoss } : {}),
    ...(Number.isNaN(validationAccuracy) ? {} : { validationAccuracy }),
    learningRate,
    ...(Number.isNaN(gradientNorm) ? {} : { gradientNorm }),
    ...(layers === 0 ? {} : { layers: layersAt(rows, start + EPOCH_COLUMNS.length, layers) }),
    seconds,
    samples,
    ...(skippedSteps > 0 ? { skippedSteps } : {}),
    ...(rollbacks > 0 ? { rollbacks } : {}),
  };
}

function layersAt(rows: Float64Array, start: number, count: number): LayerStatistics[] {
  return Array.from({ length: count }, (_, layer) => {
    const first = start + layer * LAYER_COLUMNS.length;
    const [saturated, dead, gradientNorm, weightNorm, updateRatio] = rows.subarray(
      first,
      first + LAYER_COLUMNS.length,
    );
    return { saturated, dead, gradientNorm, weightNorm, updateRatio };
  });
}
