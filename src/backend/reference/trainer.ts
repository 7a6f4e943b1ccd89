import type { EpochOutcome, FitJob, FitOutcome, FitSpec, Samples } from '../backend.js';
import { allocateBatch, epochOrder, gather } from './batches.js';
import type { Validation } from './evaluation.js';
import { validate } from './evaluation.js';
import { divideNoNan, weightSum } from './loss.js';
import type { Model } from './model.js';
import { trainStep } from './step.js';
import { Turns } from './turns.js';

/** A `FitSpec` whose datasets have been resolved to their samples. */
export interface FitPlan extends Omit<FitSpec, 'validation'> {
  samples: Samples;
  validation: { samples: Samples; rows: Uint32Array | null } | null;
}

/**
 * Trains `model` on the JavaScript thread without holding it up: the first step comes after this call
 * has returned, and other work gets its turn between the steps.
 *
 * `stop` also cuts short a validation; an epoch that was not ended with its validation is not reported.
 * `done` rejects with what `onEpoch` throws.
 */
export function startFit(model: Model, plan: FitPlan, onEpoch: (outcome: EpochOutcome) => void): FitJob {
  const control = { stopped: false };
  return {
    done: train(model, plan, onEpoch, control),
    stop() {
      control.stopped = true;
    },
  };
}

async function train(
  model: Model,
  plan: FitPlan,
  onEpoch: (outcome: EpochOutcome) => void,
  control: { readonly stopped: boolean },
): Promise<FitOutcome> {
  const { samples, sampling, seed, trainingRows, validation } = plan;
  const count = trainingRows?.length ?? samples.rows;
  const batchSize = Math.min(plan.batchSize, count);
  const batch = allocateBatch(model.plan, samples, batchSize);
  const turns = new Turns();
  await turns.next();

  for (let epoch = 1; epoch <= plan.epochs; epoch++) {
    const start = performance.now();
    const order = epochOrder(sampling, seed, epoch, samples.rows, trainingRows);
    let lossTotal = 0;
    let weightTotal = 0;
    for (let first = 0, step = 1; first < count; first += batchSize, step++) {
      if (turns.isDue()) await turns.next();
      if (control.stopped) return { stoppedBy: 'aborted' };
      gather(samples, order, first, Math.min(batchSize, count - first), batch);
      const loss = trainStep(model, batch);
      if (!Number.isFinite(loss)) return { stoppedBy: 'diverged', divergedAt: { epoch, step } };
      const weight = weightSum(batch);
      lossTotal += weight * loss;
      weightTotal += weight;
    }
    const outcome: EpochOutcome = {
      epoch,
      loss: divideNoNan(lossTotal, weightTotal),
      seconds: (performance.now() - start) / 1000,
      samples: count,
    };

    if (validation !== null) {
      const blocks = validate(model, validation.samples, validation.rows);
      let block = blocks.next();
      while (!block.done) {
        if (turns.isDue()) await turns.next();
        if (control.stopped) return { stoppedBy: 'aborted' };
        block = blocks.next();
      }
      Object.assign(outcome, validationFields(block.value));
    }
    onEpoch(outcome);
  }
  return { stoppedBy: 'epochs' };
}

function validationFields({
  loss,
  accuracy,
}: Validation): Pick<EpochOutcome, 'validationLoss' | 'validationAccuracy'> {
  return accuracy === undefined
    ? { validationLoss: loss }
    : { validationLoss: loss, validationAccuracy: accuracy };
}
