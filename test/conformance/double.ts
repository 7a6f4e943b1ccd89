import type { NetworkSpec, Samples } from '../../src/engine/contract.js';
import { activations, losses } from '../../src/engine/kinds.js';
import type { Batch } from '../../src/engine/reference/batches.js';
import { divideNoNan, weightSum } from '../../src/engine/reference/loss.js';
import { createModel, type Model } from '../../src/engine/reference/model.js';
import {
  computeGradients,
  dataLossSum,
  forward,
  penalty,
  writeInputGradients,
} from '../../src/engine/reference/step.js';

/**
 * The mathematics of the reference engine in float64: an oracle for float32 gradients, itself compared with
 * central differences in test/engine/reference/gradients.test.ts.
 */
export interface DoubleNetwork {
  model: Model;
  batch: Batch;
}

export function inDouble(spec: NetworkSpec, parameters: Float32Array, samples: Samples): DoubleNetwork {
  return { model: createModel(spec, Float64Array.from(parameters)), batch: batchInDouble(samples) };
}

export function batchInDouble({ rows, inputs, targets, weights }: Samples): Batch {
  return {
    rows,
    inputs: Float64Array.from(inputs),
    targets: targets instanceof Int32Array ? targets : Float64Array.from(targets),
    weights: weights && Float64Array.from(weights),
  };
}

export function doubleLoss({ model, batch }: DoubleNetwork): number {
  forward(model, batch.inputs, batch.rows);
  return divideNoNan(dataLossSum(model, batch), weightSum(batch)) + penalty(model);
}

export function doubleGradients({ model, batch }: DoubleNetwork) {
  const loss = computeGradients(model, batch);
  const inputGradients = new Float64Array(batch.inputs.length);
  writeInputGradients(model, batch.rows, inputGradients);
  return { loss, gradients: model.gradients.flat.slice(), inputGradients };
}

/** Least distance of any activation or output's error from its kink, where there is no derivative to compare. */
export function kinkDistance({ model, batch }: DoubleNetwork): number {
  forward(model, batch.inputs, batch.rows);
  let least = Infinity;
  for (const [l, { activation, units }] of model.plan.layers.entries()) {
    if (!('hasKink' in activations[activation])) continue;
    const logits = model.workspace.logits[l].subarray(0, batch.rows * units);
    for (const z of logits) least = Math.min(least, Math.abs(z));
  }
  if (losses[model.spec.loss].hasKink) {
    const outputs = model.workspace.outputs[model.plan.layers.length - 1];
    batch.targets.forEach((target, i) => {
      least = Math.min(least, Math.abs(outputs[i] - target));
    });
  }
  return least;
}
