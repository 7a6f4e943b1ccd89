import { describe, expect, it } from 'vitest';
import type { Backend, FitSpec, NetworkSpec, Samples } from '../src/backend/backend.js';
import { loadNativeBackend } from '../src/backend/native.js';
import { referenceBackend } from '../src/backend/reference/index.js';
import {
  adam,
  createNetwork,
  createSamples,
  createWeights,
  fitSpec,
  layer,
  momentum,
  networkSpec,
} from './conformance/networks.js';
import { expectClose, lossCurve, trajectory } from './tolerance.js';

/** What 100 steps of training come to, everything that an engine can tell. */
async function train(backend: Backend, spec: NetworkSpec, samples: Samples, fit: FitSpec) {
  const network = createNetwork(backend, spec);
  const losses: number[] = [];
  const dataset = backend.createDataset(samples);
  await network.fit(dataset, fit, ({ loss }) => losses.push(loss)).done;
  const state = network.getOptimizerState();
  const outputs = network.predict(samples.inputs, samples.rows);
  return { losses, outputs, parameters: network.getParameters(), ...state };
}

interface Case {
  name: string;
  spec: NetworkSpec;
  rows: number;
  batchSize: number;
}

const softmax10 = layer(10, 'softmax');

const cases: Case[] = [
  {
    name: 'classification by sgd',
    spec: networkSpec(20, [layer(32, 'relu'), softmax10], 'crossEntropy'),
    rows: 310,
    batchSize: 64,
  },
  {
    name: 'deep classification by adam with l2',
    spec: networkSpec(
      17,
      [layer(33, 'tanh'), layer(31, 'sigmoid'), layer(19, 'leakyRelu'), softmax10],
      'crossEntropy',
      {
        optimizer: { ...adam, learningRate: 1e-3, epsilon: 1e-4 },
        l2: 0.01,
      },
    ),
    rows: 123,
    batchSize: 31,
  },
  {
    name: 'yes-no labels by momentum',
    spec: networkSpec(9, [layer(16, 'sigmoid'), layer(5, 'sigmoid')], 'bce', { optimizer: momentum }),
    rows: 45,
    batchSize: 10,
  },
  {
    name: 'regression by clipped nesterov',
    spec: networkSpec(5, [layer(24, 'tanh', false), layer(3, 'identity')], 'mse', {
      optimizer: { ...momentum, learningRate: 0.02, nesterov: true, clipNorm: 0.2 },
    }),
    rows: 150,
    batchSize: 16,
  },
  {
    name: 'a wide layer by adamW',
    spec: networkSpec(65, [layer(257, 'tanh'), softmax10], 'crossEntropy', {
      optimizer: { ...adam, kind: 'adamW', learningRate: 1e-3, epsilon: 1e-4, weightDecay: 0.05 },
    }),
    rows: 400,
    batchSize: 128,
  },
];

describe.each(cases)('100 steps of $name', ({ spec, rows, batchSize }) => {
  const stepsPerEpoch = Math.ceil(rows / batchSize);

  it.each([null, createWeights(rows)])('native and reference agree, weights %#', async (weights) => {
    const samples = { ...createSamples(spec, rows), weights };
    const fit = fitSpec({ epochs: 100 / stepsPerEpoch, batchSize, sampling: 'shuffle', seed: 7 });
    const expected = await train(referenceBackend, spec, samples, fit);
    const actual = await train(await loadNativeBackend(), spec, samples, fit);

    expect(rows % batchSize).not.toBe(0);
    expect(expected.step).toBe(100);
    expect(actual.step).toBe(100);
    expect(expected.losses[expected.losses.length - 1]).toBeLessThan(expected.losses[0]);
    expectClose(actual.losses, expected.losses, lossCurve, 'losses');
    expectClose(actual.outputs, expected.outputs, trajectory, 'outputs');
    expectClose(actual.parameters, expected.parameters, trajectory, 'parameters');
    for (const [i, slot] of expected.slots.entries()) {
      expectClose(actual.slots[i], slot, trajectory, `slot ${i}`);
    }
  });
});
