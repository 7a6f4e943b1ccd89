import { describe, it } from 'vitest';
import type { Activation, Backend, Loss, NetworkSpec, Samples } from '../../src/backend/backend.js';
import { centralDifference, expectClose } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import { createSamples, createWeights, layer, networkSpec, parameterCount, uniform } from './networks.js';

const hiddenActivations: Activation[] = ['identity', 'sigmoid', 'tanh', 'relu', 'leakyRelu'];

const outputPairs: [Activation, Loss][] = [
  ...[...hiddenActivations, 'softmax' as const].flatMap((activation): [Activation, Loss][] => [
    [activation, 'mse'],
    [activation, 'halfMse'],
  ]),
  ['sigmoid', 'bce'],
  ['softmax', 'crossEntropy'],
];

const ROWS = 4;

/**
 * Half the distance between the points of the stencil. The losses come from float32 activations, so a
 * smaller one drowns in rounding; a larger one meets the kinks of relu.
 */
const H = 2 ** -6;

/** How far from a kink every relu and leakyRelu has to be for the stencil to stay on one side. */
const KINK_DISTANCE = 0.12;

/** Central differences of the loss that `evaluate` reports, against `lossAndGradients`. */
export function gradients(backend: BackendUnderTest): void {
  describe('gradients are the central differences of the loss', () => {
    for (const hidden of hiddenActivations) {
      for (const [output, loss] of outputPairs) {
        it(`${hidden}, ${output}, ${loss}`, () => {
          checkGradients(backend(), hidden, output, loss, (samples) => samples);
        });
      }
    }

    it('soft targets whose rows do not sum to one', () => {
      checkGradients(backend(), 'tanh', 'softmax', 'crossEntropy', (samples) => ({
        ...samples,
        targets: uniform(5, samples.rows * 2, 0, 2),
      }));
    });

    it('without sample weights', () => {
      checkGradients(backend(), 'tanh', 'identity', 'mse', (samples) => ({ ...samples, weights: null }));
    });
  });
}

/** With an L2 penalty and a layer without bias in every case. */
function checkGradients(
  backend: Backend,
  hidden: Activation,
  output: Activation,
  loss: Loss,
  change: (samples: Samples) => Samples,
): void {
  const layers = [layer(3, hidden), layer(3, hidden, false), layer(2, output)];
  const spec = networkSpec(2, layers, loss, { l2: 0.1 });
  const seed = firstSmoothSeed(backend, spec);
  const samples = change({ ...drawSamples(spec, seed), weights: createWeights(ROWS) });
  const parameters = drawParameters(spec, seed);
  const network = backend.createNetwork(spec, parameters);

  const lossAt = (index: number, offset: number) => {
    const moved = parameters.slice();
    moved[index] += offset;
    network.setParameters(moved);
    return network.evaluate(samples).loss;
  };
  // Five-point stencil: the error is of the fourth order in H.
  const expected = Array.from(
    parameters,
    (_, i) => (8 * (lossAt(i, H) - lossAt(i, -H)) - (lossAt(i, 2 * H) - lossAt(i, -2 * H))) / (12 * H),
  );

  network.setParameters(parameters);
  const { gradients: actual } = network.lossAndGradients(samples);
  let offset = 0;
  let inputs = spec.inputSize;
  for (const [l, { units, useBias }] of spec.layers.entries()) {
    const parts: [string, number][] = [['weight', units * inputs]];
    if (useBias) parts.push(['bias', units]);
    for (const [name, length] of parts) {
      const end = offset + length;
      const tensor = `gradient of layer ${l} ${name}`;
      expectClose(actual.subarray(offset, end), expected.slice(offset, end), centralDifference, tensor);
      offset = end;
    }
    inputs = units;
  }
}

function drawParameters(spec: NetworkSpec, seed: number): Float32Array {
  return uniform(seed, parameterCount(spec), -1.5, 1.5);
}

function drawSamples(spec: NetworkSpec, seed: number): Samples {
  return createSamples(spec, ROWS, seed);
}

/** The first seed whose network has no relu or leakyRelu near its kink on any sample. */
function firstSmoothSeed(backend: Backend, spec: NetworkSpec): number {
  for (let seed = 1; seed <= 2000; seed++) {
    const distances = spec.layers.map((layer, l) =>
      layer.activation === 'relu' || layer.activation === 'leakyRelu'
        ? Math.min(...logits(backend, spec, l, seed).map(Math.abs))
        : Infinity,
    );
    if (Math.min(...distances) > KINK_DISTANCE) return seed;
  }
  throw new Error('no seed keeps all logits away from the kink');
}

/** Z of layer `l`: the outputs of the network that ends there, with identity for its last activation. */
function logits(backend: Backend, spec: NetworkSpec, l: number, seed: number): Float32Array {
  const top: NetworkSpec = {
    ...spec,
    layers: [...spec.layers.slice(0, l), { ...spec.layers[l], activation: 'identity' }],
    loss: 'mse',
  };
  const parameters = drawParameters(spec, seed).slice(0, parameterCount(top));
  return backend.createNetwork(top, parameters).predict(drawSamples(spec, seed).inputs, ROWS);
}
