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
  /** Of losses, each times its rows. */
  loss: number;
  rows: number;
  /** Rows of the steps that were taken, which the loss is of. */
  takenRows: number;
  steps: number;
  skippedSteps: number;
  blocks: number;
  start: number;
  /** Of the first block without a step that could be taken. */
  fault: StepNotTaken | null;
}

export function noSums(): EpochSums {
  const start = performance.now();
  return { loss: 0, rows: 0, takenRows: 0, steps: 0, skippedSteps: 0, blocks: 0, start, fault: null };
}

/** Adds a block. */
export function addTo(sums: EpochSums, outcome: EpochOutcome | null, batchSize: number): void {
  const { loss, samples: rows, skippedSteps = 0 } = outcome ?? { loss: Number.NaN, samples: 0 };
  const taken = Math.max(rows - skippedSteps * batchSize, 0);
  sums.loss += loss * taken;
  sums.rows += rows;
  sums.takenRows += taken;
  sums.steps += Math.ceil(rows / batchSize);
  sums.skippedSteps += skippedSteps;
  sums.blocks++;
}
