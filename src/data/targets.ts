/** Turns y into a loss's targets: values for each output, or class indices for crossEntropy. */

import type { Loss } from '../engine/contract.js';
import { losses } from '../engine/kinds.js';
import { ChainruleError } from '../error.js';
import { copyAs } from '../numbers/allocate.js';
import type { Finder } from '../numbers/finite.js';
import { type Matrix, type NumericArray, place, type Rows, toFloat32 } from '../numbers/matrix.js';

/** Values for each output, (rows, outputs), flat or in rows; for crossEntropy also a class index per row, or shares that sum to 1. */
export type Targets = NumericArray | readonly number[] | Rows;

/** The part of a network's task that its data must match. */
export interface Task {
  inputSize: number;
  /** Units of the output layer. */
  outputs: number;
  loss: Loss;
}

/**
 * Checks y against the rows of x. For crossEntropy, `rows` values are class indices; rows * outputs values
 * are probabilities of the classes, one-hot or soft, with the sum 1 in each row (to within 0.02).
 */
export function toTargets(
  name: string,
  matrix: Matrix,
  rows: number,
  task: Task,
  finder: Finder,
): Float32Array | Int32Array {
  const { values, columns } = matrix;
  const { outputs } = task;
  const lossTask = losses[task.loss].task;
  if (columns !== null && columns !== outputs) {
    throw new ChainruleError('ERR_SHAPE', `row 0 of ${name} has ${columns} columns, expected ${outputs}`);
  }
  if (columns !== null && values.length !== rows * outputs) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `${name} has ${values.length / outputs} rows, expected ${rows} as in x`,
    );
  }
  if (lossTask === 'classes' && columns === null && values.length === rows) {
    return toClasses(name, values, outputs);
  }
  if (values.length !== rows * outputs) {
    const classes = lossTask === 'classes' ? `${rows} (a class index for each row of x) or ` : '';
    throw new ChainruleError(
      'ERR_SHAPE',
      `${name} has ${values.length} values, ` +
        `expected ${classes}${rows * outputs} (${rows} rows x ${outputs} outputs)`,
    );
  }
  const targets = toFloat32(name, matrix, outputs, finder);
  if (lossTask !== 'regression') checkShares(name, targets, task);
  if (lossTask === 'classes') checkSums(name, targets, outputs);
  return targets;
}

function toClasses(name: string, values: NumericArray, classes: number): Int32Array {
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (!Number.isInteger(value) || value < 0 || value >= classes) {
      throw new ChainruleError(
        'ERR_DATA',
        `${name} holds ${value} in row ${row} (from 0), ` +
          `expected a class index: a whole number from 0 to ${classes - 1}`,
      );
    }
  }
  return values instanceof Int32Array ? values : copyAs(Int32Array, values, name);
}

/** Far from a sum of rounded numbers, near enough for rows that were not normalised. */
const SUM_TOLERANCE = 0.02;

/** The loss of a row would count as often as its sum says, that of zeros never. */
function checkSums(name: string, targets: Float32Array, outputs: number): void {
  for (let start = 0; start < targets.length; start += outputs) {
    let sum = 0;
    for (let i = start; i < start + outputs; i++) sum += targets[i];
    if (Math.abs(sum - 1) <= SUM_TOLERANCE) continue;
    throw new ChainruleError(
      'ERR_DATA',
      `row ${start / outputs} of ${name} (from 0) sums to ${Number(sum.toPrecision(6))}, expected probabilities of the ` +
        "classes with the sum 1; to weigh rows use sampleWeight, for several labels a row sigmoid and loss 'bce'",
    );
  }
}

function checkShares(name: string, targets: Float32Array, task: Task): void {
  const index = targets.findIndex((value) => value < 0 || value > 1);
  if (index < 0) return;
  throw new ChainruleError(
    'ERR_DATA',
    `${name} holds ${targets[index]} in ${place(index, task.outputs)}, ` +
      `expected values from 0 to 1 for loss '${task.loss}'`,
  );
}
