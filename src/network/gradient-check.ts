/**
 * Gradients held against central differences of the loss: those of the formulas in float64, where the
 * differences can be trusted to many digits, and those of the engine in its float32.
 */

import { type Dataset, dataArguments, samplesFor } from '../data/dataset.js';
import type { Inputs } from '../data/inputs.js';
import type { SampleOptions } from '../data/samples.js';
import type { Targets } from '../data/targets.js';
import type { BackendNetwork, NetworkSpec, Samples } from '../engine/contract.js';
import { divideNoNan, weightSum } from '../engine/reference/loss.js';
import { createModel, type Model } from '../engine/reference/model.js';
import { computeGradients, dataLossSum, forward, penalty } from '../engine/reference/step.js';
import { compareGradients, type TensorCheck } from '../inspect/gradient-comparison.js';
import { integer, number, optional, optionsObject } from '../options/checks.js';
import { type Network, partsOf } from './network.js';

/** How to check gradients. */
export interface GradientCheckOptions extends SampleOptions {
  /**
   * How far a bias is moved to either side, above 0; a weight by this over the largest input of its layer,
   * where that is above 1. Default 1e-5.
   */
  step?: number | undefined;
  /** Of a tensor with more elements than this so many are checked, drawn from the seed. Default 256. */
  checksPerTensor?: number | undefined;
}

/** What `gradientCheck` found. */
export interface GradientCheck {
  /** Whether every tensor passed. */
  passed: boolean;
  /** The loss in float64, L2 penalty included. */
  loss: number;
  /** Weight and bias of each layer, from the first; a table to `console.table`. */
  tensors: TensorCheck[];
}

const positive = number('a number above 0', (value) => value > 0);
const count = integer(1, 2 ** 31 - 1);

/**
 * Checks the gradients of a network on x and y, as they are in `lossAndGradients`, without dropout. Twice as
 * many forward passes are made as elements are checked, on the calling thread: a few rows will do.
 *
 * (f(p + h) - f(p - h)) / 2h differs from f'(p) by terms in h² and by the rounding of f; where it has a
 * relu or leakyRelu on both sides of its kink it says nothing, and the element is left out.
 *
 * @throws {@link ChainruleError} ERR_OPTION, ERR_SHAPE, ERR_DATA, ERR_DISPOSED, ERR_BUSY during a fit
 */
export function gradientCheck(
  net: Network,
  x: Inputs,
  y: Targets,
  options?: GradientCheckOptions,
): GradientCheck;
export function gradientCheck(
  net: Network,
  dataset: Dataset,
  options?: Omit<GradientCheckOptions, 'sampleWeight'>,
): GradientCheck;
export function gradientCheck(
  net: Network,
  x: unknown,
  yOrOptions?: unknown,
  lastOptions?: unknown,
): GradientCheck {
  const { spec, task, backend, engine } = partsOf(net, 'gradientCheck');
  const { y, options } = dataArguments(x, yOrOptions, lastOptions);
  const fields = ['sampleWeight', 'step', 'checksPerTensor'];
  const given = optionsObject(options, fields, 'the options of gradientCheck');
  const step = optional(given.step, 'step', positive, 1e-5);
  const checksPerTensor = optional(given.checksPerTensor, 'checksPerTensor', count, 256);
  const samples = samplesFor(x, y, given.sampleWeight, task, backend);
  return check(spec, engine, samples, step, checksPerTensor);
}

function check(
  spec: NetworkSpec,
  engine: BackendNetwork,
  samples: Samples,
  step: number,
  checksPerTensor: number,
): GradientCheck {
  const model = createModel(spec, Float64Array.from(engine.getParameters()));
  const loss = computeGradients(model, samples);
  const steps = weightSteps(model, samples, step);
  const tensors = compareGradients({
    spec,
    parameters: model.parameters.flat,
    loss: () => lossOf(model, samples),
    sides: () => sidesOfKinks(model, samples.rows),
    gradients: model.gradients.flat,
    engineGradients: engine.lossAndGradients(samples, false).gradients,
    biasStep: step,
    weightSteps: steps,
    checksPerTensor,
  });
  return { passed: tensors.every(({ passed }) => passed), loss, tensors };
}

/** The loss of the parameters as they are in the model. */
function lossOf(model: Model, samples: Samples): number {
  forward(model, samples.inputs, samples.rows);
  return divideNoNan(dataLossSum(model, samples), weightSum(samples)) + penalty(model);
}

/** For every relu and leakyRelu in the latest forward pass, on which side of its kink it is. */
function sidesOfKinks({ plan, workspace }: Model, rows: number): Uint8Array {
  const kinked = plan.layers.flatMap(({ activation, units }, l) =>
    activation === 'relu' || activation === 'leakyRelu'
      ? [workspace.logits[l].subarray(0, rows * units)]
      : [],
  );
  const sides = new Uint8Array(kinked.reduce((length, z) => length + z.length, 0));
  let i = 0;
  for (const z of kinked) for (const value of z) sides[i++] = value > 0 ? 1 : 0;
  return sides;
}

/** A weight's effect is multiplied by its input: without this, large inputs would leave no small step. */
function weightSteps({ plan, workspace }: Model, { inputs, rows }: Samples, step: number): number[] {
  return plan.layers.map((layer, l) => {
    const below = l === 0 ? inputs : workspace.outputs[l - 1];
    let largest = 1;
    for (let i = 0; i < rows * layer.inputs; i++) largest = Math.max(largest, Math.abs(below[i]));
    return step / largest;
  });
}
