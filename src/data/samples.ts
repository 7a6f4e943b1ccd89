/** Checks x, y and the sample weights together. */

import type { Samples } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import type { Finder } from '../numbers/finite.js';
import { SMALLEST_NORMAL } from '../numbers/float32.js';
import { type NumericArray, toFloat32, toMatrix } from '../numbers/matrix.js';
import { toInputs } from './inputs.js';
import { type Task, toTargets } from './targets.js';

/** How to weigh rows of data. */
export interface SampleOptions {
  /**
   * How much each row counts, (rows), at least 0; less than 1.2e-38 is 0. Default: all the same. A `Dataset` has its
   * own.
   */
  sampleWeight?: NumericArray | readonly number[] | null | undefined;
}

/** Checks the sample weights; null if none are given. */
export function toSampleWeights(
  name: string,
  data: unknown,
  rows: number,
  finder: Finder,
): Float32Array | null {
  if (data === undefined || data === null) return null;
  const matrix = toMatrix(name, data);
  if (matrix.columns !== null || matrix.values.length !== rows) {
    const came = matrix.columns === null ? `${matrix.values.length} values` : 'rows of values';
    throw new ChainruleError('ERR_SHAPE', `${name} has ${came}, expected one for each of the ${rows} rows`);
  }
  const weights = toFloat32(name, matrix, 1, finder);
  const negative = weights.findIndex((weight) => weight < 0);
  if (negative >= 0) {
    throw new ChainruleError(
      'ERR_DATA',
      `${name} holds ${weights[negative]} in row ${negative}, expected a number of at least 0`,
    );
  }
  if (!weights.some(weighs)) {
    throw new ChainruleError('ERR_DATA', `${name} is 0 in every row, expected a number above 0 in some`);
  }
  return weights;
}

/** Whether a row counts at all. */
export function weighs(weight: number): boolean {
  return weight >= SMALLEST_NORMAL;
}

/** Names of the arguments in messages. */
export interface SampleNames {
  x: string;
  y: string;
  sampleWeight: string;
}

export const SAMPLE_NAMES: SampleNames = { x: 'x', y: 'y', sampleWeight: 'sampleWeight' };

/** Data for a task, in the engines' form. */
export function toSamples(
  x: unknown,
  y: unknown,
  sampleWeight: unknown,
  task: Task,
  finder: Finder,
  names: SampleNames = SAMPLE_NAMES,
): Samples {
  const { inputs, rows } = toInputs(names.x, x, task.inputSize, finder);
  return {
    rows,
    inputs,
    targets: toTargets(names.y, toMatrix(names.y, y, task.outputs), rows, task, finder),
    weights: toSampleWeights(names.sampleWeight, sampleWeight, rows, finder),
  };
}
