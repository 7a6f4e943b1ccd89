/** What an epoch of a fit on batches comes to, block by block. */

import type { DivergedAt, EpochOutcome } from '../engine/contract.js';
import type { DataMagnitude } from '../inspect/divergence.js';

/** A step that was not taken, so that its epoch cannot be ended. */
export class StepNotTaken extends Error {
  constructor(
    readonly at: DivergedAt,
    readonly magnitude: DataMagnitude,
  ) {
    super();
  }
}

export interface EpochSums {
  /** Of the losses of blocks, each times its weight. */
  loss: number;
  /** Of the samples of the steps that were taken, which the loss is of. */
  weight: number;
  rows: number;
  steps: number;
  skippedSteps: number;
  blocks: number;
  start: number;
  /** Of the first block without a step that could be taken. */
  fault: StepNotTaken | null;
}

export function noSums(): EpochSums {
  const start = performance.now();
  return { loss: 0, weight: 0, rows: 0, steps: 0, skippedSteps: 0, blocks: 0, start, fault: null };
}

/**
 * Adds a block.
 *
 * @param weight - of the samples that its loss is the mean of
 */
export function addTo(
  sums: EpochSums,
  { loss, samples: rows, skippedSteps = 0 }: EpochOutcome,
  weight: number,
  batchSize: number,
): void {
  sums.loss += loss * weight;
  sums.weight += weight;
  sums.rows += rows;
  sums.steps += Math.ceil(rows / batchSize);
  sums.skippedSteps += skippedSteps;
  sums.blocks++;
}

/** The loss of the epoch; 0 where no row counts, as in the engines. */
export function meanLoss({ loss, weight }: EpochSums): number {
  return weight > 0 ? loss / weight : 0;
}
