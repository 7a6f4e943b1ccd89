/** Trains on one block of a fit on batches. */

import type { EpochOutcome, FitJob, FitOutcome, FitSpec, Samples } from '../engine/contract.js';
import { epochFormat, fromEpochRow } from '../engine/epoch-rows.js';
import { magnitudeOf } from '../inspect/divergence.js';
import type { BatchesFit } from './block-fit.js';
import { addTo, type EpochSums, StepNotTaken } from './epoch-sums.js';

/**
 * Takes the steps of a block and adds them to the sums of its epoch.
 *
 * @param started - gets the engine's job, and null when it has ended
 * @returns the block's outcome, or why the engine has cut it
 * @throws StepNotTaken if that ends the fit
 */
export async function trainBlock(
  { network, backend, spec }: BatchesFit,
  samples: Samples,
  task: FitSpec,
  sums: EpochSums,
  epoch: number,
  started: (job: FitJob | null) => void,
): Promise<EpochOutcome | 'aborted' | 'maxTime'> {
  const magnitude = magnitudeOf(samples);
  const dataset = backend.createDataset(samples);
  const format = epochFormat(task, spec.layers.length);
  const outcomes: EpochOutcome[] = [];
  const run = (own: FitSpec): Promise<FitOutcome> => {
    const job = network.fit(dataset, own, (rows) => {
      outcomes.push(fromEpochRow(rows, 0, format));
    });
    started(job);
    return job.done;
  };
  try {
    let ended = await run(task);
    if (ended.stoppedBy === 'diverged') {
      const at = { ...ended.divergedAt, epoch, step: sums.steps + ended.divergedAt.step };
      sums.fault ??= new StepNotTaken(at, magnitude);
      if (task.onNonFinite === 'error') throw sums.fault;
      // No step of the block could be taken, which may be true of this block alone.
      ended = await run({ ...task, onNonFinite: 'skipAll' });
    }
    if (ended.stoppedBy !== 'epochs') return ended.stoppedBy === 'maxTime' ? 'maxTime' : 'aborted';
    const [outcome] = outcomes;
    addTo(sums, outcome, ended.lossWeight ?? 0, task.batchSize);
    return outcome;
  } finally {
    started(null);
    dataset.dispose();
  }
}
