/** What a fit on batches is given: options that go with it, and the data it validates on. */

import { checkData } from '../data/given.js';
import type { Task } from '../data/targets.js';
import type { Backend } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { type BatchSource, checkedBatches } from './batches.js';
import type { BatchesFit } from './block-fit.js';
import { defaultBlockRows, wholeBatches } from './block-rows.js';
import { digestsOf, VALIDATION_NAMES } from './fit-data.js';
import type { ResolvedFitOptions } from './training-options.js';

/** The part of a fit that depends on its batches and options. */
type Plan = Pick<BatchesFit, 'batches' | 'validation' | 'validationDigest' | 'blockRows' | 'rowsPerEpoch'>;

/**
 * Checks the options of a fit on batches and copies its validation data into the engine.
 *
 * @returns the plan, and a function that frees what belongs to this fit alone
 */
export function prepareBatches(
  source: BatchSource,
  options: ResolvedFitOptions,
  task: Task,
  backend: Backend,
  isKept: boolean,
): { plan: Plan; dispose: () => void } {
  checkSuits(options);
  const { validationData, batchSize, shuffleBuffer, rowsPerEpoch } = options;
  const checked = validationData && checkData(validationData, undefined, task, backend, VALIDATION_NAMES);
  const validation = checked?.copyIn(backend) ?? null;
  return {
    plan: {
      batches: (epoch) => checkedBatches(source, epoch, task, backend),
      validation,
      validationDigest: checked && isKept ? digestsOf(checked.samples) : null,
      blockRows:
        shuffleBuffer === null
          ? defaultBlockRows(task.inputSize, batchSize)
          : wholeBatches(shuffleBuffer, batchSize),
      rowsPerEpoch,
    },
    dispose: () => {
      if (checked && !checked.isKept) validation?.dispose();
    },
  };
}

/** Refuses what would need all rows at once. */
function checkSuits(options: ResolvedFitOptions): void {
  const { order, validationSplit, sampleWeight, classWeight, sampling, gradientTolerance } = options;
  const refused: [boolean, string, string][] = [
    [order !== null, 'order', 'give the batches in that order, with shuffle: false'],
    [validationSplit > 0, 'validationSplit', 'hold rows out in validationData'],
    [
      sampleWeight !== undefined && sampleWeight !== null,
      'sampleWeight',
      'give each batch its own: { x, y, sampleWeight }',
    ],
    [classWeight !== null, 'classWeight', 'give each batch a sampleWeight'],
    [sampling === 'replacement', "sampling 'replacement'", "use 'shuffle' or 'sequential'"],
    [gradientTolerance > 0, 'convergence.gradientTolerance', 'use functionTolerance'],
    [
      options.stepSchedule !== null && options.rowsPerEpoch === null,
      'stepSchedule without rowsPerEpoch',
      'it has to know how far the fit is',
    ],
  ];
  const found = refused.find(([isGiven]) => isGiven);
  if (found === undefined) return;
  const [, name, advice] = found;
  throw new ChainruleError('ERR_OPTION', `${name} does not go with batches; ${advice}`);
}

/** Refuses options that only a fit on batches has. */
export function refuseBatchOptions({ shuffleBuffer, rowsPerEpoch }: ResolvedFitOptions): void {
  const name = shuffleBuffer !== null ? 'shuffleBuffer' : rowsPerEpoch !== null ? 'rowsPerEpoch' : null;
  if (name === null) return;
  throw new ChainruleError('ERR_OPTION', `${name} goes with batches; x is all rows at once`);
}
