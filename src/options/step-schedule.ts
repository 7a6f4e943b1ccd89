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
 * is called for all steps before the first.
 */
export type StepScheduleFunction = (t: number) => StepFactors;

const FACTORS = ['learningRate', 'dropout', 'weightDecay'] as const satisfies (keyof StepSchedule)[];

/** The factors of every step. Throws ERR_OPTION if one is not a number in its range. */
export function stepSchedule(schedule: StepScheduleFunction, steps: number): StepSchedule {
  const factors: StepSchedule = { learningRate: null, dropout: null, weightDecay: null };
  for (let step = 0; step < steps; step++) {
    const given = Object(schedule(step / steps)) as StepFactors;
    for (const name of FACTORS) {
      const factor = given[name];
      if (factor === undefined) continue;
      const most = name === 'dropout' ? 1 : LARGEST_FLOAT32;
      if (typeof factor !== 'number' || !(factor >= 0 && factor <= most)) {
        throw new ChainruleError(
          'ERR_OPTION',
          `stepSchedule(${step / steps}).${name} is ${show(factor)}, expected a number ` +
            (name === 'dropout' ? 'in [0, 1]' : 'from 0 to 3.4e38'),
        );
      }
      factors[name] ??= newDoubles(steps, 'the stepSchedule').fill(1);
      factors[name][step] = factor;
    }
  }
  return factors;
}
