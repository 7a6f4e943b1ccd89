/** Factors that change from step to step of a fit. */

import type { StepSchedule } from '../engine/contract.js';
import { ChainruleError, show } from '../error.js';
import { newDoubles } from '../numbers/allocate.js';
import { LARGEST_FLOAT32 } from '../numbers/float32.js';

/** Factors of one step, each at least 0 and 1 where absent. */
export interface StepFactors {
  /** Of the learning rate, whatever it is in this epoch. */
  learningRate?: number | undefined;
  /** Of every layer's dropout, at most 1. */
  dropout?: number | undefined;
  /** Of the optimizer's weight decay. */
  weightDecay?: number | undefined;
}

/**
 * The factors at the time `t` of a fit: the number of steps taken over that of all steps, 0 for the first one. It
 * is called for all steps before the first; of more than 2^20 steps, for every second one, every third and so on, so
 * that there are no more than 2^20 calls, and those in between have the factors of the step before.
 */
export type StepScheduleFunction = (t: number) => StepFactors;

const FACTORS = ['learningRate', 'dropout', 'weightDecay'] as const satisfies (keyof StepSchedule)[];

/** Steps of an epoch: as many as it has batches, the last of which may be short, and at least one. */
export function stepsPerEpoch(rows: number, batchSize: number, dropLast: boolean): number {
  return Math.max((dropLast ? Math.floor : Math.ceil)(rows / batchSize), 1);
}

/** More calls would hold the event loop for longer than a fit of so many steps is worth. */
const MOST_CALLS = 2 ** 20;

/**
 * The factors of every step.
 *
 * @throws {@link ChainruleError} ERR_OPTION if one is not a number in its range; ERR_MEMORY
 */
export function stepSchedule(schedule: StepScheduleFunction, steps: number): StepSchedule {
  const factors: StepSchedule = { learningRate: null, dropout: null, weightDecay: null };
  const stride = Math.ceil(steps / MOST_CALLS);
  for (let step = 0; step < steps; step += stride) {
    const given = Object(schedule(step / steps)) as StepFactors;
    for (const name of FACTORS) {
      const factor = given[name];
      if (factor !== undefined) {
        checkFactor(name, factor, step / steps);
        factors[name] ??= newDoubles(steps, 'the stepSchedule').fill(1, 0, step);
      }
      // Filling takes longer than a single assignment.
      if (stride > 1) factors[name]?.fill(factor ?? 1, step, step + stride);
      else if (factors[name] !== null) factors[name][step] = factor ?? 1;
    }
  }
  return factors;
}

function checkFactor(name: keyof StepSchedule, factor: unknown, t: number): void {
  const most = name === 'dropout' ? 1 : LARGEST_FLOAT32;
  if (typeof factor === 'number' && factor >= 0 && factor <= most) return;
  throw new ChainruleError(
    'ERR_OPTION',
    `stepSchedule(${t}).${name} is ${show(factor)}, expected a number ` +
      (name === 'dropout' ? 'in [0, 1]' : 'from 0 to 3.4e38'),
  );
}
