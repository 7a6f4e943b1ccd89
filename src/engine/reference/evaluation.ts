import { allRows, newFloats } from '../../numbers/allocate.js';
import type { Loss, Samples } from '../contract.js';
import { losses } from '../kinds.js';
import type { Batch } from './batches.js';
import { allocateBatch, gather, sliceSamples } from './batches.js';
import { divideNoNan, weightSum } from './loss.js';
import type { Model } from './model.js';
import { dataLossSum, forward, penalty } from './step.js';
import type { FloatArray } from './vector.js';

/** Rows that pass through the network together; bounds the memory for many rows. */
const BLOCK_ROWS = 256;

/** The network's outputs, (rows, outputs), for `inputs`, (rows, inputSize). */
export function predict(model: Model, inputs: Float32Array, rows: number): Float32Array {
  const { inputSize, outputs: width } = model.plan;
  const outputs = newFloats(rows * width, 'the outputs');
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, rows - first);
    forward(model, inputs.subarray(first * inputSize, (first + count) * inputSize), count);
    outputs.set(latestOutputs(model, count), first * width);
  }
  return outputs;
}

/** Loss and outputs, (rows, outputs), of the current network. */
export function evaluate(model: Model, samples: Samples): { loss: number; outputs: Float32Array } {
  const outputs = newFloats(samples.rows * model.plan.outputs, 'the outputs');
  let loss = 0;
  let weight = 0;
  for (let first = 0; first < samples.rows; first += BLOCK_ROWS) {
    const batch = sliceSamples(samples, first, Math.min(BLOCK_ROWS, samples.rows - first));
    forward(model, batch.inputs, batch.rows);
    loss += dataLossSum(model, batch);
    weight += weightSum(batch);
    outputs.set(latestOutputs(model, batch.rows), first * model.plan.outputs);
  }
  return { loss: divideNoNan(loss, weight) + penalty(model), outputs };
}

export interface Validation {
  loss: number;
  /** Fraction of rows (classes) or of single outputs (labels) classified correctly. */
  accuracy?: number;
}

/**
 * Measures the network on some rows of a dataset. A generator that yields after every block of rows, so that
 * the caller can let others run; it returns the measures.
 *
 * @param rows the rows to measure, or null for all
 */
export function* validate(
  model: Model,
  samples: Samples,
  rows: Uint32Array | null,
): Generator<undefined, Validation> {
  const order = rows ?? allRows(samples.rows);
  const batch = allocateBatch(model.plan, samples, Math.min(BLOCK_ROWS, order.length));
  let loss = 0;
  let weight = 0;
  let hits = 0;
  for (let first = 0; first < order.length; first += BLOCK_ROWS) {
    gather(samples, order, first, Math.min(BLOCK_ROWS, order.length - first), batch);
    forward(model, batch.inputs, batch.rows);
    loss += dataLossSum(model, batch);
    weight += weightSum(batch);
    hits += countHits(model.spec.loss, batch, model.plan.outputs, latestOutputs(model, batch.rows));
    yield;
  }
  const mean = divideNoNan(loss, weight) + penalty(model);
  switch (losses[model.spec.loss].task) {
    case 'classes':
      return { loss: mean, accuracy: hits / order.length };
    case 'labels':
      return { loss: mean, accuracy: hits / (order.length * model.plan.outputs) };
    case 'regression':
      return { loss: mean };
  }
}

/** The number of rows, or for labels of outputs, classified correctly; 0 for a regression. */
function countHits(loss: Loss, { rows, targets }: Batch, units: number, outputs: FloatArray): number {
  const { task } = losses[loss];
  let hits = 0;
  if (task === 'classes') {
    for (let row = 0; row < rows; row++) {
      const target = targets instanceof Int32Array ? targets[row] : argmax(targets, row, units);
      if (argmax(outputs, row, units) === target) hits++;
    }
  } else if (task === 'labels') {
    for (let i = 0; i < rows * units; i++) if (outputs[i] > 0.5 === targets[i] > 0.5) hits++;
  }
  return hits;
}

/** Column of the first maximum in a row. */
function argmax(values: FloatArray, row: number, units: number): number {
  let best = 0;
  for (let column = 1; column < units; column++) {
    if (values[row * units + column] > values[row * units + best]) best = column;
  }
  return best;
}

function latestOutputs(model: Model, rows: number): FloatArray {
  const { plan, workspace } = model;
  return workspace.outputs[plan.layers.length - 1].subarray(0, rows * plan.outputs);
}
