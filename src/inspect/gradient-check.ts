/**
 * Compares gradients with central differences of the loss: those of the formulas in float64, where the
 * differences are accurate to many digits, and those of the engine in float32.
 */

import type { BackendNetwork, NetworkSpec, Samples } from '../engine/contract.js';
import { inDouble } from '../engine/reference/double.js';
import { compareGradients, type TensorCheck } from './gradient-comparison.js';

/** What `gradientCheck` found. */
export interface GradientCheck {
  /** Whether every tensor passed. */
  passed: boolean;
  /** The loss in float64, L2 penalty included. */
  loss: number;
  /** Weight and bias of each layer, from the first, then the scale of the inputs if there is one; `console.table` shows it as a table. */
  tensors: TensorCheck[];
}

/** Compares at most `checksPerTensor` elements of each tensor; a bias is moved by `step` to either side. */
export function checkGradients(
  spec: NetworkSpec,
  engine: BackendNetwork,
  samples: Samples,
  step: number,
  checksPerTensor: number,
): GradientCheck {
  const double = inDouble(spec, engine.getParameters(), samples);
  const { loss, gradients } = double.lossAndGradients();
  // A weight's effect is multiplied by its input: without this, large inputs would make the step large.
  const stepFor = (largest: number) => step / Math.max(1, largest);
  const weightSteps = double.largestInputs().map(stepFor);
  const largestInput = samples.inputs.reduce((most, input) => Math.max(most, Math.abs(input)), 0);
  const tensors = compareGradients({
    spec,
    parameters: double.parameters,
    loss: double.loss,
    sides: double.sidesOfKinks,
    gradients,
    engineGradients: engine.lossAndGradients(samples, false).gradients,
    biasStep: step,
    weightSteps,
    scaleStep: stepFor(largestInput),
    checksPerTensor,
  });
  return { passed: tensors.every(({ passed }) => passed), loss, tensors };
}
