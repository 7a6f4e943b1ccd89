import { describe, expect, it } from 'vitest';
import type { Activation, Backend, Loss, NetworkSpec, Samples } from '../../src/engine/contract.js';
import { activations, losses } from '../../src/engine/kinds.js';
import { parameterLayout } from '../../src/engine/layout.js';
import { centralDifference, elementwise, exact, expectClose } from '../tolerance.js';
import { hiddenActivations, outputPairs } from './arbitrary.js';
import { doubleGradients, inDouble } from './double.js';
import type { BackendUnderTest } from './networks.js';
import {
  createNetwork,
  createSamples,
  createWeights,
  layer,
  networkSpec,
  parameterCount,
  uniform,
} from './networks.js';

const ROWS = 4;

const kinkedLosses = (Object.keys(losses) as Loss[]).filter((loss) => losses[loss].hasKink);

/**
 * Half the distance between the points of the stencil. The losses come from float32 activations, so a
 * smaller one drowns in rounding; a larger one meets the kinks of relu.
 */
const H = 2 ** -6;

/** How far every logit and every output has to be from a kink for the stencil to stay on one side of it. */
const KINK_DISTANCE = 0.12;

/**
 * Of a tensor, for a loss with a kink: its derivatives are of two sizes only, and where they cancel over rows and
 * outputs, what is left drowns in the rounding of the losses.
 */
const LEAST_GRADIENT = 0.01;

/** Compares central differences of the loss from `evaluate` with `lossAndGradients`. */
export function gradients(backend: BackendUnderTest): void {
  describe('gradients are the central differences of the loss', () => {
    for (const hidden of hiddenActivations) {
      for (const [output, loss] of outputPairs) {
        it(`${hidden}, ${output}, ${loss}`, () => {
          checkGradients(backend(), hidden, output, loss);
        });
      }
    }

    it('soft targets whose rows do not sum to one', () => {
      checkGradients(backend(), 'tanh', 'softmax', 'crossEntropy', {}, (samples) => ({
        ...samples,
        targets: uniform(5, samples.rows * 2, 0, 2),
      }));
    });

    it('without sample weights', () => {
      checkGradients(backend(), 'tanh', 'identity', 'mse', {}, (samples) => ({ ...samples, weights: null }));
    });

    it.each<[Activation, Loss]>([
      ['softmax', 'crossEntropy'],
      ['sigmoid', 'bce'],
    ])('smoothed labels, %s, %s', (output, loss) => {
      checkGradients(backend(), 'tanh', output, loss, { labelSmoothing: 0.3 });
    });

    it.each([
      ['relu', 0],
      ['leakyRelu', Math.fround(0.1)],
    ] as const)('at the kink of %s the derivative is the left one', (activation, left) => {
      // z = 0, a = 0 and dJ/da = -1: the gradient of the first weight is -g'(0).
      const spec = networkSpec(1, [layer(1, activation, false), layer(1, 'identity', false)], 'halfMse');
      const { gradients } = backend()
        .createNetwork(spec, Float32Array.of(0, 1))
        .lossAndGradients(
          { rows: 1, inputs: Float32Array.of(1), targets: Float32Array.of(1), weights: null },
          false,
        );
      expectClose(gradients, [-left, 0], elementwise, 'gradient');
    });

    it.each(kinkedLosses)('where an output is its target the derivative of %s is 0', (loss) => {
      const spec = networkSpec(1, [layer(3, 'identity', false)], loss);
      const { loss: value, gradients } = backend()
        .createNetwork(spec, Float32Array.of(1, 2, 3))
        .lossAndGradients(
          { rows: 1, inputs: Float32Array.of(1), targets: Float32Array.of(1, 2, 4), weights: null },
          false,
        );
      expect([...gradients.subarray(0, 2), gradients[2] < 0].map((each) => each || 0)).toEqual([0, 0, true]);
      expect(value).toBeGreaterThan(0);
    });

    it('with respect to the inputs only on request', () => {
      const spec = networkSpec(2, [layer(3, 'tanh'), layer(2, 'identity')], 'mse');
      const network = createNetwork(backend(), spec);
      const samples = createSamples(spec, ROWS);
      const plain = network.lossAndGradients(samples, false);
      const withInputs = network.lossAndGradients(samples, true);
      expect(plain.inputGradients).toBeNull();
      expect(withInputs.inputGradients?.length).toBe(ROWS * 2);
      expectClose(withInputs.gradients, plain.gradients, exact, 'gradients');
    });
  });
}

/** With an L2 penalty and a layer without bias in every case. */
function checkGradients(
  backend: Backend,
  hidden: Activation,
  output: Activation,
  loss: Loss,
  changes: Partial<NetworkSpec> = {},
  change: (samples: Samples) => Samples = (samples) => samples,
): void {
  const layers = [layer(3, hidden), layer(3, hidden, false), layer(2, output)];
  const spec = networkSpec(2, layers, loss, { l2: 0.1, ...changes });
  const seed = firstSmoothSeed(backend, spec);
  const samples = change({ ...drawSamples(spec, seed), weights: createWeights(ROWS) });
  const parameters = drawParameters(spec, seed);
  const network = backend.createNetwork(spec, parameters);

  const byParameters = centralDifferences(parameters, (moved) => {
    network.setParameters(moved);
    return network.evaluate(samples).loss;
  });
  network.setParameters(parameters);
  const byInputs = centralDifferences(samples.inputs, (inputs) => {
    return network.evaluate({ ...samples, inputs }).loss;
  });

  const { gradients, inputGradients } = network.lossAndGradients(samples, true);
  let offset = 0;
  let inputs = spec.inputSize;
  for (const [l, { units, useBias }] of spec.layers.entries()) {
    const parts: [string, number][] = [['weight', units * inputs]];
    if (useBias) parts.push(['bias', units]);
    for (const [name, length] of parts) {
      const end = offset + length;
      const tensor = `gradient of layer ${l} ${name}`;
      const expected = byParameters.slice(offset, end);
      expectClose(gradients.subarray(offset, end), expected, centralDifference, tensor);
      offset = end;
    }
    inputs = units;
  }
  // One row's part of the mean loss is small beside the rounding of the whole.
  const byRow = { ...centralDifference, floor: 1 };
  expectClose(inputGradients!, byInputs, byRow, 'gradient of the inputs');
}

/** df/dx_i for every i by a five-point stencil, whose error is of the fourth order in H. */
export function centralDifferences(x: Float32Array, f: (moved: Float32Array) => number): number[] {
  const at = (index: number, offset: number) => {
    const moved = x.slice();
    moved[index] += offset;
    return f(moved);
  };
  return Array.from(x, (_, i) => (8 * (at(i, H) - at(i, -H)) - (at(i, 2 * H) - at(i, -2 * H))) / (12 * H));
}

function drawParameters(spec: NetworkSpec, seed: number): Float32Array {
  return uniform(seed, parameterCount(spec), -1.5, 1.5);
}

function drawSamples(spec: NetworkSpec, seed: number): Samples {
  return createSamples(spec, ROWS, seed);
}

/** The first seed whose network has neither a logit nor an output near a kink on any sample. */
function firstSmoothSeed(backend: Backend, spec: NetworkSpec): number {
  for (let seed = 1; seed <= 2000; seed++) {
    const distances = spec.layers.map((layer, l) =>
      'hasKink' in activations[layer.activation]
        ? Math.min(...logits(backend, spec, l, seed).map(Math.abs))
        : Infinity,
    );
    if (losses[spec.loss].hasKink) {
      const { inputs, targets } = drawSamples(spec, seed);
      const outputs = backend.createNetwork(spec, drawParameters(spec, seed)).predict(inputs, ROWS);
      distances.push(...outputs.map((output, i) => Math.abs(output - targets[i])));
      if (smallestTensor(spec, seed) < LEAST_GRADIENT) continue;
    }
    if (Math.min(...distances) > KINK_DISTANCE) return seed;
  }
  throw new Error('no seed keeps all logits and outputs away from the kinks');
}

/** The largest gradient, in magnitude, of the tensor in which that is smallest. */
function smallestTensor(spec: NetworkSpec, seed: number): number {
  const samples = { ...drawSamples(spec, seed), weights: createWeights(ROWS) };
  const { gradients } = doubleGradients(inDouble(spec, drawParameters(spec, seed), samples));
  const tensors = parameterLayout(spec).layers.flatMap(({ weight, bias }) => [weight, bias]);
  const largest = tensors.flatMap(({ start, end }) =>
    end > start ? Math.max(...gradients.subarray(start, end).map(Math.abs)) : [],
  );
  return Math.min(...largest);
}

/** Z of layer `l`: the outputs of the network that ends there, with identity for its last activation. */
function logits(backend: Backend, spec: NetworkSpec, l: number, seed: number): Float32Array {
  const top: NetworkSpec = {
    ...spec,
    layers: [...spec.layers.slice(0, l), { ...spec.layers[l], activation: 'identity' }],
    loss: 'mse',
    lossParameters: [],
  };
  const parameters = drawParameters(spec, seed).slice(0, parameterCount(top));
  return backend.createNetwork(top, parameters).predict(drawSamples(spec, seed).inputs, ROWS);
}
