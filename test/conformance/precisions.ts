import { describe, it } from 'vitest';
import type { Activation, Loss, NetworkSpec, Precision, Samples } from '../../src/engine/contract.js';
import { applyGradients, computeGradients } from '../../src/engine/reference/step.js';
import { expectClose, type Tolerance } from '../tolerance.js';
import { hiddenActivations, outputPairs } from './arbitrary.js';
import { batchInDouble, doubleGradients, inDouble } from './double.js';
import {
  adam,
  type BackendUnderTest,
  createSamples,
  createWeights,
  layer,
  networkSpec,
  networkWith,
  parameterCount,
  uniform,
} from './networks.js';

/** What each precision promises of the losses of 20 steps, relative to the largest, against float64. */
const promised: Record<Precision, Tolerance> = {
  float32: { relative: 1e-5, floor: 1 },
  bf16x3: { relative: 1e-4, floor: 1 },
  bf16: { relative: 2e-2, floor: 1 },
};
const precisions = Object.keys(promised) as Precision[];

/** Fewer rows than a block of 32, and a block with and without a rest. */
const ROWS = [33, 1, 32, 31];
const STEPS = 20;
const optimizer = { ...adam, learningRate: 1e-3, epsilon: 1e-3 };

/** Small weights, with which no unit is saturated. */
function startOf(spec: NetworkSpec): Float32Array {
  return uniform(3, parameterCount(spec), -0.3, 0.3);
}

/** Batches that differ from step to step. */
function batchesOf(spec: NetworkSpec): Samples[] {
  return Array.from({ length: STEPS }, (_, step) => {
    const rows = ROWS[step % ROWS.length];
    return { ...createSamples(spec, rows, step + 1), weights: createWeights(rows, step + 1) };
  });
}

/** The loss before each step in float64. */
function lossesInDouble(spec: NetworkSpec, batches: Samples[]): number[] {
  const { model } = inDouble(spec, startOf(spec), batches[0]);
  return batches.map((samples) => {
    const loss = computeGradients(model, batchInDouble(samples));
    applyGradients(model, { learningRate: optimizer.learningRate, dropout: 1, weightDecay: 1 });
    return loss;
  });
}

function checkLosses(backend: BackendUnderTest, spec: NetworkSpec): void {
  const batches = batchesOf(spec);
  const expected = lossesInDouble(spec, batches);
  for (const precision of precisions) {
    const network = networkWith(backend(), { ...spec, precision }, startOf(spec));
    const losses = batches.map((samples) => network.trainBatch(samples));
    expectClose(losses, expected, promised[precision], `losses in ${precision}`);
  }
}

const networkOf = (hidden: Activation, output: Activation, loss: Loss, changes: Partial<NetworkSpec> = {}) =>
  networkSpec(20, [layer(33, hidden), layer(3, output)], loss, { optimizer, ...changes });

/** Training in every precision, whatever unit computes the products. */
export function trainingInPrecisions(backend: BackendUnderTest): void {
  describe('losses of 20 steps are those of float64 as closely as each precision promises', () => {
    for (const [i, [output, loss]] of outputPairs.entries()) {
      const hidden = hiddenActivations[i % hiddenActivations.length];
      it(`${hidden}, ${output}, ${loss}`, () => checkLosses(backend, networkOf(hidden, output, loss)));
    }

    it.each<[string, Partial<NetworkSpec>]>([
      ['with a penalty', { l2: 0.05 }],
      ['with clipped gradients', { optimizer: { ...optimizer, clipNorm: 0.05 } }],
      ['with smoothed labels', { labelSmoothing: 0.1 }],
    ])('%s', (_, changes) => {
      checkLosses(backend, networkOf('tanh', 'softmax', 'crossEntropy', changes));
    });

    it('without biases, in more than one hidden layer', () => {
      const layers = [layer(40, 'relu', false), layer(35, 'silu', false), layer(2, 'identity', false)];
      checkLosses(backend, networkSpec(50, layers, 'mse', { optimizer }));
    });
  });

  describe('gradients are those of float64 as closely as each precision allows', () => {
    // No kinks: a number that is rounded to its other side has another derivative.
    it.each<[Precision, Tolerance]>([
      ['float32', { relative: 1e-5, floor: 1 }],
      ['bf16x3', { relative: 1e-4, floor: 1 }],
      ['bf16', { relative: 5e-2, floor: 1 }],
    ])('in %s', (precision, tolerance) => {
      for (const [output, loss] of [
        ['softmax', 'crossEntropy'],
        ['identity', 'mse'],
        ['sigmoid', 'bce'],
      ] as const) {
        for (const rows of ROWS) {
          const spec = networkOf('tanh', output, loss, { l2: 0.01 });
          const samples = createSamples(spec, rows);
          const expected = doubleGradients(inDouble(spec, startOf(spec), samples));
          const network = networkWith(backend(), { ...spec, precision }, startOf(spec));
          const { gradients, inputGradients } = network.lossAndGradients(samples, true);
          expectClose(gradients, expected.gradients, tolerance, `gradients of ${loss}`);
          expectClose(inputGradients ?? [], expected.inputGradients, tolerance, `of the inputs of ${loss}`);
        }
      }
    });
  });
}
