/** The formulas of this engine in float64, for checks that need the precision. */

import { arrayOf, copyAs, newArray } from '../../numbers/allocate.js';
import type { NetworkSpec, Samples } from '../contract.js';
import { activations, losses } from '../kinds.js';
import { divideNoNan, weightSum } from './loss.js';
import { createModel, type Model } from './model.js';
import { computeGradients, dataLossSum, forward, penalty } from './step.js';

/** A network on some samples in float64, without dropout. */
export interface DoubleNetwork {
  /** Flat; changing them changes the network. */
  readonly parameters: Float64Array;
  /** The loss for the current parameters, L2 penalty included. */
  loss(): number;
  /** The loss and its gradient in the layout of the parameters. The next call overwrites the gradient. */
  lossAndGradients(): { loss: number; gradients: Float64Array };
  /** The side of its kink on which each activation and each output's loss was in the latest forward pass. */
  sidesOfKinks(): Uint8Array;
  /** The largest magnitude among what each layer sees in the latest forward pass. */
  largestInputs(): number[];
}

export function inDouble(spec: NetworkSpec, from: Float32Array, samples: Samples): DoubleNetwork {
  const parameters = copyAs(Float64Array, from, 'the parameters in double precision');
  const model = createModel(spec, parameters);
  return {
    parameters,
    loss() {
      forward(model, samples.inputs, samples.rows);
      return divideNoNan(dataLossSum(model, samples), weightSum(samples)) + penalty(model);
    },
    lossAndGradients() {
      const loss = computeGradients(model, samples);
      return { loss, gradients: model.gradients.flat as Float64Array };
    },
    sidesOfKinks: () => sidesOfKinks(model, samples),
    largestInputs: () => largestInputs(model, samples),
  };
}

function sidesOfKinks({ spec, plan, workspace }: Model, { rows, targets }: Samples): Uint8Array {
  const kinked: ArrayLike<number>[] = plan.layers.flatMap(({ activation, units }, l) =>
    'hasKink' in activations[activation] ? [workspace.logits[l].subarray(0, rows * units)] : [],
  );
  if (losses[spec.loss].hasKink) {
    const outputs = workspace.outputs[plan.layers.length - 1];
    kinked.push(arrayOf(Float64Array, targets.length, 'the errors', (i) => outputs[i] - targets[i]));
  }
  const count = kinked.reduce((length, z) => length + z.length, 0);
  const sides = newArray(Uint8Array, count, 'the sides of kinks');
  let i = 0;
  for (const z of kinked) for (let j = 0; j < z.length; j++) sides[i++] = z[j] > 0 ? 1 : 0;
  return sides;
}

function largestInputs({ plan, workspace }: Model, { inputs, rows }: Samples): number[] {
  return plan.layers.map((layer, l) => {
    const below = l === 0 ? (workspace.scaled?.inputs ?? inputs) : workspace.outputs[l - 1];
    let largest = 0;
    for (let i = 0; i < rows * layer.inputs; i++) largest = Math.max(largest, Math.abs(below[i]));
    return largest;
  });
}
