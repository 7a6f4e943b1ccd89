import { describe, expect, it } from 'vitest';
import { classifierTask } from '../../src/estimators/classifier-model.js';
import {
  coslog4,
  flatCos,
  layerFactors,
  networkOptions,
  type Recipe,
  recipeLayers,
} from '../../src/estimators/recipe.js';
import { classifierSettings } from '../../src/estimators/settings.js';
import { Network } from '../../src/index.js';

const recipe: Recipe = {
  hiddenLayers: [16, 9],
  activation: 'selu',
  loss: { kind: 'crossEntropy' },
  learningRate: 0.04,
  batchSize: 4,
  epochs: 8,
  patience: Number.POSITIVE_INFINITY,
  dropout: 0,
  weightDecay: 0,
  labelSmoothing: 0.1,
  monitor: 'validationAccuracy',
};

describe('coslog4', () => {
  it.each([0, 1 / 15, 3 / 15, 7 / 15, 1])('is 0 at %d', (t) => {
    expect(coslog4(t)).toBeCloseTo(0, 12);
  });

  it('is 1 halfway through each cycle on the scale of the logarithm', () => {
    for (const cycle of [0, 1, 2, 3]) expect(coslog4((2 ** (cycle + 0.5) - 1) / 15)).toBeCloseTo(1, 12);
  });

  it('has the values that Python computes', () => {
    // [0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * t))) for t in (0.01, 0.3, 0.9)]
    const values = [0.35038126160131144, 0.9838444269228755, 0.18620080012567708];
    expect([0.01, 0.3, 0.9].map(coslog4)).toEqual(values.map((value) => expect.closeTo(value, 12)));
  });
});

it('flatCos is 1 in the first half and falls to 0', () => {
  expect([0, 0.49, 0.5, 0.75, 1].map(flatCos)).toEqual([1, 1, 1, 0.5, 0].map((v) => expect.closeTo(v, 12)));
});

it('the epoch is chosen by errors only for accuracy, and only if many rows are held out', () => {
  const monitor = (metric: 'accuracy' | 'logLoss', heldOut: number) =>
    classifierTask(classifierSettings({ metric }), heldOut).monitor;
  expect(monitor('accuracy', 499)).toBe('validationLoss');
  expect(monitor('accuracy', 500)).toBe('validationAccuracy');
  expect(monitor('logLoss', 500)).toBe('validationLoss');
});

describe('the parametrisation', () => {
  it('is that of the paper: a step of Adam on V = W sqrt(d) is one on W with the factors', () => {
    const d = 7;
    const rate = 0.04;
    const decay = 0.02;
    const epsilon = 1e-3;
    const { weight } = layerFactors(d);
    // dL/dW = sqrt(d) dL/dV, since V = W sqrt(d). One step from moments of 0 has m = g and s = g² after correction.
    const gradientOfV = 0.3;
    const before = 0.8;
    const v = before * (1 - rate * decay) - (rate * gradientOfV) / (Math.abs(gradientOfV) + epsilon);
    const gradientOfW = gradientOfV * Math.sqrt(d);
    const ownRate = rate * weight.learningRate;
    const w =
      (before / Math.sqrt(d)) * (1 - ownRate * decay * weight.weightDecay) -
      (ownRate * gradientOfW) / (Math.abs(gradientOfW) + epsilon * weight.epsilon);
    expect(w * Math.sqrt(d)).toBeCloseTo(v, 12);
  });

  it('draws weights from N(0, 1/d) and biases from N(0, 1), and starts with outputs of 0', () => {
    const wide: Recipe = { ...recipe, hiddenLayers: [400, 400] };
    const network = new Network({
      inputSize: 25,
      layers: recipeLayers(wide, { inputSize: 25, outputs: 3 }),
      seed: 1,
      backend: 'reference',
    });
    const [first, second, output] = network.getParameters();
    const spread = (values: Float32Array) =>
      Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    expect(spread(first.weight)).toBeCloseTo(1 / 5, 2);
    expect(spread(second.weight)).toBeCloseTo(1 / 20, 2);
    expect(Math.abs(spread(first.bias) - 1)).toBeLessThan(0.15);
    expect(output.weight.every((value) => value === 0)).toBe(true);
    expect(Array.from(network.predict(new Float32Array(25)))).toEqual(
      [1, 1, 1].map((v) => expect.closeTo(v / 3, 6)),
    );
  });

  it('makes options that the network takes', () => {
    for (const loss of [{ kind: 'squared' }, { kind: 'huber', delta: 2 }] as const) {
      const own: Recipe = { ...recipe, loss, labelSmoothing: 0, weightDecay: 0.1 };
      const { network } = networkOptions(own, { inputSize: 3, outputs: 1 });
      const made = new Network({ ...network, backend: 'reference' });
      expect(made.outputSize).toBe(1);
      expect(made.getParameters()[0].scale).toEqual(Float32Array.of(1, 1, 1));
    }
  });
});
