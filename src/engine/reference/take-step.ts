/** A training step that is taken whole, or not at all if anything in it is not a finite float32. */

import { firstNonFinite } from '../../numbers/finite.js';
import { LARGEST_FLOAT32 } from '../../numbers/float32.js';
import type { StepFault } from '../fault.js';
import type { Span } from '../layout.js';
import type { Batch } from './batches.js';
import { isFromLogits } from './loss.js';
import { type Model, restoreFrom, spareOf } from './model.js';
import { applyGradients, computeGradients, type StepRates } from './step.js';
import type { FloatArray } from './vector.js';

/** The loss before the step. With a fault, nothing has changed. */
export interface StepResult {
  loss: number;
  fault: StepFault | null;
}

/** @param taken - called after a step that was taken, with the gradients before they were clipped */
export function takeStep(
  model: Model,
  batch: Batch,
  rates: StepRates,
  taken?: (gradients: FloatArray) => void,
): StepResult {
  const loss = computeGradients(model, batch, rates.dropout);
  // Sums in double reach further than the weights do.
  if (!(Math.abs(loss) <= LARGEST_FLOAT32)) return { loss, fault: faultOfLoss(model, batch.rows) };
  const gradient = lastFault(model, [model.gradients.flat]);
  if (gradient !== null) return { loss, fault: { kind: 'gradient', layer: gradient } };
  const clips = model.spec.optimizer.clipNorm !== null;
  const gradients = clips && taken ? model.gradients.flat.slice() : model.gradients.flat;
  const spare = spareOf(model);
  applyGradients(model, rates);
  const layer = lastFault(model, [model.parameters.flat, ...model.moments]);
  if (layer !== null) {
    restoreFrom(model, spare);
    return { loss, fault: { kind: 'update', layer } };
  }
  taken?.(gradients);
  return { loss, fault: null };
}

/** The first layer with an output that is not finite, or the loss. */
function faultOfLoss({ spec, plan, workspace }: Model, rows: number): StepFault {
  const last = plan.layers.length - 1;
  const layer = plan.layers.findIndex(({ units }, l) => {
    const values = l === last && isFromLogits(spec.loss) ? workspace.logits : workspace.outputs;
    return firstNonFinite(values[l].subarray(0, rows * units)) >= 0;
  });
  return layer < 0 ? { kind: 'loss', layer: last } : { kind: 'output', layer };
}

/** The last layer with a value in these arrays, laid out like the parameters, that is not finite; or null. */
function lastFault({ plan }: Model, arrays: FloatArray[]): number | null {
  if (arrays.every((array) => firstNonFinite(array) < 0)) return null;
  const areFinite = ({ start, end }: Span) =>
    arrays.every((array) => firstNonFinite(array.subarray(start, end)) < 0);
  // What is in no layer is the scale of the inputs, which the first layer takes.
  let layer = plan.layers.length - 1;
  while (layer > 0 && areFinite(plan.layers[layer].weight) && areFinite(plan.layers[layer].bias)) layer--;
  return layer;
}
