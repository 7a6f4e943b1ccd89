import { newArray, newFloats } from '../../numbers/allocate.js';
import { SMALLEST_NORMAL } from '../../numbers/float32.js';
import { boundedInteger, randomWords, Stream, shuffle } from '../../numbers/random.js';
import type { FitSpec, Samples, Sampling } from '../contract.js';
import type { NetworkPlan } from './plan.js';
import type { FloatArray } from './vector.js';

/** The samples of one step: `Samples`, in either precision. */
export interface Batch {
  rows: number;
  /** (rows, inputSize) */
  inputs: FloatArray;
  /** (rows, outputs), or (rows) class indices. */
  targets: FloatArray | Int32Array;
  /** (rows), or null for all ones. */
  weights: FloatArray | null;
}

/** How much a row counts. A denormal weight is 0 as in the native engine, which computes without denormals. */
export function weightOf(weights: FloatArray | null, row: number): number {
  if (weights === null) return 1;
  return weights[row] >= SMALLEST_NORMAL ? weights[row] : 0;
}

/**
 * The rows of a dataset in the order in which epoch `epoch` uses them: a pure function of seed and epoch.
 *
 * @param trainingRows the rows to choose from, or null for 0, 1, ..., `rows` - 1
 */
export function epochOrder(
  sampling: Sampling,
  seed: number,
  epoch: number,
  rows: number,
  trainingRows: Uint32Array | null,
): Uint32Array {
  const order = epochPositions(sampling, seed, epoch, trainingRows?.length ?? rows);
  if (trainingRows !== null) for (let i = 0; i < order.length; i++) order[i] = trainingRows[order[i]];
  return order;
}

/** The rows of epoch `epoch`, from 1, in the caller's order: one for each epoch, or one for all. */
export function givenOrder(
  { rows, rowsPerEpoch }: NonNullable<FitSpec['order']>,
  epoch: number,
): Uint32Array {
  const first = rows.length > rowsPerEpoch ? (epoch - 1) * rowsPerEpoch : 0;
  return rows.subarray(first, first + rowsPerEpoch);
}

function epochPositions(sampling: Sampling, seed: number, epoch: number, count: number): Uint32Array {
  const positions = newArray(Uint32Array, count, 'the order of the rows');
  if (sampling === 'replacement') {
    randomWords(seed, Stream.order, epoch, positions);
    for (let i = 0; i < count; i++) positions[i] = boundedInteger(positions[i], count);
    return positions;
  }
  for (let i = 0; i < count; i++) positions[i] = i;
  if (sampling === 'shuffle') shuffle(positions, seed, Stream.order, epoch);
  return positions;
}

const BATCH = 'a batch';

/** Allocates a batch of `capacity` samples like `samples`, for `gather` to fill. */
export function allocateBatch(plan: NetworkPlan, samples: Samples, capacity: number): Batch {
  return {
    rows: 0,
    inputs: newFloats(capacity * plan.inputSize, BATCH),
    targets:
      samples.targets instanceof Int32Array
        ? newArray(Int32Array, capacity, BATCH)
        : newFloats(capacity * plan.outputs, BATCH),
    weights: samples.weights === null ? null : newFloats(capacity, BATCH),
  };
}

/** Copies the samples order[first], ..., order[first + rows - 1] to the front of `batch`. */
export function gather(
  samples: Samples,
  order: Uint32Array,
  first: number,
  rows: number,
  batch: Batch,
): void {
  const inputSize = samples.inputs.length / samples.rows;
  const targetSize = samples.targets.length / samples.rows;
  batch.rows = rows;
  for (let i = 0; i < rows; i++) {
    const row = order[first + i];
    copyRow(samples.inputs, row, batch.inputs, i, inputSize);
    copyRow(samples.targets, row, batch.targets, i, targetSize);
    if (samples.weights !== null && batch.weights !== null) batch.weights[i] = samples.weights[row];
  }
}

function copyRow(
  from: FloatArray | Int32Array,
  fromRow: number,
  to: FloatArray | Int32Array,
  toRow: number,
  size: number,
): void {
  const source = fromRow * size;
  const target = toRow * size;
  for (let i = 0; i < size; i++) to[target + i] = from[source + i];
}

/** The samples first, ..., first + rows - 1 in place, without copying. */
export function sliceSamples(samples: Samples, first: number, rows: number): Batch {
  const inputSize = samples.inputs.length / samples.rows;
  const targetSize = samples.targets.length / samples.rows;
  return {
    rows,
    inputs: samples.inputs.subarray(first * inputSize, (first + rows) * inputSize),
    targets: samples.targets.subarray(first * targetSize, (first + rows) * targetSize),
    weights: samples.weights?.subarray(first, first + rows) ?? null,
  };
}
