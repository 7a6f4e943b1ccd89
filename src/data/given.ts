/** The data that a method was given, from its arguments to samples of a task. */

import { ChainruleError } from '../error.js';
import type { Finder } from '../numbers/finite.js';
import { Dataset, inputsOf, taskDataOf } from './dataset.js';
import { toInputs } from './inputs.js';
import { SAMPLE_NAMES, type SampleNames, toSamples } from './samples.js';
import type { Task } from './targets.js';
import { TaskData } from './task-data.js';

/** A `Dataset`, or x and y, which are not checked yet. */
export type GivenData = Dataset | { x: unknown; y: unknown };

/**
 * The arguments of a method that takes (x, y, options) or (dataset, options). The fields of `options` are not
 * checked yet.
 */
export function dataArguments(
  x: unknown,
  second: unknown,
  third: unknown,
): { given: GivenData; options: unknown } {
  if (!(x instanceof Dataset)) return { given: { x, y: second }, options: third ?? {} };
  if (Array.isArray(second) || ArrayBuffer.isView(second)) refuseBesideDataset('y', second);
  if (third !== undefined && third !== null) {
    throw new ChainruleError(
      'ERR_OPTION',
      'a third argument is given with a Dataset, expected the options as the second: (dataset, options)',
    );
  }
  return { given: x, options: second ?? {} };
}

/** Checks the data for a task. Throws ERR_SHAPE, ERR_DATA, ERR_OPTION, ERR_DISPOSED. */
export function checkData(
  given: GivenData,
  sampleWeight: unknown,
  task: Task,
  finder: Finder,
  names: SampleNames = SAMPLE_NAMES,
): TaskData {
  if (!(given instanceof Dataset)) {
    return new TaskData(toSamples(given.x, given.y, sampleWeight, task, finder, names));
  }
  refuseBesideDataset('sampleWeight', sampleWeight);
  return taskDataOf(given, task);
}

/** Checks an x without a y. Throws like `checkData`. */
export function checkInputs(
  x: unknown,
  inputSize: number,
  finder: Finder,
): { inputs: Float32Array; rows: number } {
  if (x instanceof Dataset) return { inputs: inputsOf(x, inputSize), rows: x.rows };
  return toInputs('x', x, inputSize, finder);
}

function refuseBesideDataset(name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  throw new ChainruleError(
    'ERR_OPTION',
    `${name} is given beside a Dataset, which has its own y and sampleWeight`,
  );
}
