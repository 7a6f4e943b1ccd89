import { describe, expect, it } from 'vitest';
import type { Backend, EpochOutcome, FitSpec, NetworkSpec, Samples } from '../../src/engine/contract.js';
import { loadNativeBackend } from '../../src/engine/native/native.js';
import { referenceBackend } from '../../src/engine/reference/index.js';
import {
  adam,
  createNetwork,
  createSamples,
  createWeights,
  fitSpec,
  layer,
  momentum,
  networkSpec,
} from '../conformance/networks.js';
import { expectClose, lossCurve, remainder, trajectory } from '../tolerance.js';

/** The results of 100 steps of training: everything that an engine reports. */
async function train(backend: Backend, spec: NetworkSpec, samples: Samples, fit: FitSpec) {
  const network = createNetwork(backend, spec);
  const outcomes: EpochOutcome[] = [];
  const dataset = backend.createDataset(samples);
  await network.fit(dataset, fit, (outcome) => outcomes.push(outcome)).done;
  const layers = outcomes.flatMap(({ layers = [] }) => layers);
  return {
    losses: outcomes.map(({ loss }) => loss),
    gradientNorms: outcomes.map(({ gradientNorm = 0 }) => gradientNorm),
    layerGradientNorms: layers.map(({ gradientNorm }) => gradientNorm),
    layerWeightNorms: layers.map(({ weightNorm }) => weightNorm),
    updateRatios: layers.map(({ updateRatio }) => updateRatio),
    outputs: network.predict(samples.inputs, samples.rows),
    parameters: network.getParameters(),
    ...network.getOptimizerState(),
  };
}

interface Case {
  name: string;
  spec: NetworkSpec;
  rows: number;
  batchSize: number;
  fit?: Partial<FitSpec>;
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
  {
    name: 'dropout in two layers, labels smoothed',
    spec: networkSpec(
      20,
      [{ ...layer(48, 'relu'), dropout: 0.5 }, { ...layer(33, 'tanh'), dropout: 0.2 }, softmax10],
      'crossEntropy',
      { labelSmoothing: 0.1, l2: 0.001, seed: 2 ** 32 - 5 },
    ),
    rows: 310,
    batchSize: 64,
    fit: { statistics: true },
  },
  {
    name: 'adam with epsilon-hat, clipped, on batches drawn with replacement',
    spec: networkSpec(12, [{ ...layer(40, 'tanh'), dropout: 0.3 }, layer(4, 'sigmoid')], 'bce', {
      optimizer: { ...adam, learningRate: 2e-3, epsilon: 1e-4, epsilonHat: true, clipNorm: 0.5 },
      labelSmoothing: 0.2,
    }),
    rows: 90,
    batchSize: 20,
    fit: { sampling: 'replacement', gradientTolerance: 1e-30, statistics: true },
  },
  {
    name: 'a scale of the inputs, trained faster, with dropout, l2 and no bias below',
    spec: networkSpec(
      13,
      [{ ...layer(45, 'selu', false), dropout: 0.2 }, layer(19, 'mish'), softmax10],
      'crossEntropy',
      {
        inputScale: { learningRate: 6, weightDecay: 1, epsilon: 2 },
        optimizer: { ...adam, learningRate: 1e-3, epsilon: 1e-4 },
        l2: 0.001,
      },
    ),
    rows: 310,
    batchSize: 64,
    fit: { statistics: true },
  },
  {
    name: 'a scale of the inputs, clipped',
    spec: networkSpec(12, [layer(40, 'tanh'), layer(4, 'sigmoid')], 'bce', {
      inputScale: { learningRate: 3, weightDecay: 1, epsilon: 1 },
      optimizer: { ...momentum, learningRate: 0.02, clipNorm: 0.3 },
    }),
    rows: 90,
    batchSize: 20,
    fit: { gradientTolerance: 1e-30 },
  },
  {
    name: 'falling learning rates of momentumEma',
    spec: networkSpec(7, [layer(30, 'leakyRelu'), layer(2, 'identity')], 'halfMse', {
      optimizer: { kind: 'momentumEma', learningRate: 1, beta: 0.8, clipNorm: null },
    }),
    rows: 33,
    batchSize: 20,
    fit: { learningRates: Float64Array.from({ length: 50 }, (_, e) => 0.1 / (1 + e)) },
  },
];

describe.each(cases)('100 steps of $name', ({ spec, rows, batchSize, fit: changes }) => {
  const stepsPerEpoch = Math.ceil(rows / batchSize);

  it.each([null, createWeights(rows)])('native and reference agree, weights %#', async (weights) => {
    const samples = { ...createSamples(spec, rows), weights };
    const epochs = 100 / stepsPerEpoch;
    const fit = fitSpec({ epochs, batchSize, sampling: 'shuffle', seed: 7, ...changes });
    const expected = await train(referenceBackend, spec, samples, fit);
    const actual = await train(await loadNativeBackend(), spec, samples, fit);

    expect(rows % batchSize).not.toBe(0);
    expect(expected.step).toBe(100);
    expect(actual.step).toBe(100);
    expect(expected.losses[expected.losses.length - 1]).toBeLessThan(expected.losses[0]);
    expectClose(actual.losses, expected.losses, lossCurve, 'losses');
    expectClose(actual.gradientNorms, expected.gradientNorms, trajectory, 'gradientNorm');
    expectClose(actual.layerGradientNorms, expected.layerGradientNorms, trajectory, "layers' gradientNorm");
    expectClose(actual.layerWeightNorms, expected.layerWeightNorms, trajectory, "layers' weightNorm");
    expectClose(actual.updateRatios, expected.updateRatios, remainder, 'updateRatio');
    expectClose(actual.outputs, expected.outputs, trajectory, 'outputs');
    expectClose(actual.parameters, expected.parameters, trajectory, 'parameters');
    for (const [i, moment] of expected.moments.entries()) {
      expectClose(actual.moments[i], moment, trajectory, `moment ${i}`);
    }
  });
});
