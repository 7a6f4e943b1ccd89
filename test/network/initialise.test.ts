import { describe, expect, it } from 'vitest';

import { type InitializerKind, type LayerOptions, Network } from '../../src/index.js';
import { fillNormal, fillUniform, initialParameters } from '../../src/network/initialise.js';
import { randomWord, Stream, unitInterval } from '../../src/numbers/random.js';
import { resolveNetworkOptions } from '../../src/options/network.js';
import { engines } from '../engines.js';

const draws = 100_000;

function moments(values: Float32Array): { mean: number; variance: number; kurtosis: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = (power: number) => values.reduce((sum, v) => sum + (v - mean) ** power, 0) / values.length;
  return { mean, variance: centred(2), kurtosis: centred(4) / centred(2) ** 2 };
}

describe('fillNormal', () => {
  it('has the moments of a normal distribution', () => {
    const values = new Float32Array(draws);
    fillNormal(values, 7, 0, 10, 3);
    const { mean, variance, kurtosis } = moments(values);
    // Five standard errors of each.
    expect(Math.abs(mean - 10)).toBeLessThan((5 * 3) / Math.sqrt(draws));
    expect(Math.abs(variance / 9 - 1)).toBeLessThan(5 * Math.sqrt(2 / draws));
    expect(Math.abs(kurtosis - 3)).toBeLessThan(5 * Math.sqrt(24 / draws));
  });

  it('computes element i from words 2i and 2i + 1', () => {
    const values = new Float32Array(5);
    fillNormal(values, 11, 2, 0, 1);
    values.forEach((value, i) => {
      const [u, v] = [2 * i, 2 * i + 1].map((w) => unitInterval(randomWord(11, Stream.initialisation, 2, w)));
      expect(value).toBe(Math.fround(Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v)));
    });
  });
});

describe('fillUniform', () => {
  it('has the moments of a uniform distribution within the limits', () => {
    const values = new Float32Array(draws);
    fillUniform(values, 7, 0, 1, 2);
    const { mean, variance, kurtosis } = moments(values);
    expect(Math.abs(mean - 1.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / draws));
    expect(Math.abs(variance * 12 - 1)).toBeLessThan(5 * Math.sqrt(0.8 / draws));
    expect(kurtosis).toBeCloseTo(1.8, 1);
    expect(values.every((value) => value > 1 && value < 2)).toBe(true);
  });

  it('computes element i from word i', () => {
    const values = new Float32Array(5);
    fillUniform(values, 11, 2, -1, 1);
    values.forEach((value, i) => {
      expect(value).toBe(Math.fround(2 * unitInterval(randomWord(11, Stream.initialisation, 2, i)) - 1));
    });
  });
});

/** The initial weight and bias of a layer with 300 inputs and 200 units. */
function begin(layer: Partial<LayerOptions>, seed = 1): { weight: Float32Array; bias: Float32Array } {
  const layers = [{ units: 200, ...layer }, { units: 1 }];
  const { spec, initializers } = resolveNetworkOptions({ inputSize: 300, layers, seed });
  const flat = initialParameters(spec, initializers);
  return { weight: flat.subarray(0, 60_000), bias: flat.subarray(60_000, 60_200) };
}

describe('initialParameters', () => {
  const [inputs, units] = [300, 200];

  it.each<[InitializerKind, Partial<LayerOptions>, number]>([
    ['glorotNormal', {}, 2 / (inputs + units)],
    ['glorotUniform', {}, 2 / (inputs + units)],
    ['heNormal', {}, 2 / inputs],
    ['heNormal', { activation: 'leakyRelu', slope: 0.5 }, 2 / 1.25 / inputs],
    ['heUniform', {}, 2 / inputs],
    ['heUniform', { activation: 'leakyRelu', slope: 0.5 }, 2 / 1.25 / inputs],
    ['lecunNormal', {}, 1 / inputs],
    ['lecunUniform', {}, 1 / inputs],
  ])('%s with %j has the variance %d', (initializer, layer, expected) => {
    const { weight } = begin({ ...layer, initializer });
    const { mean, variance, kurtosis } = moments(weight);
    const count = weight.length;
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(expected / count));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(kurtosis).toBeCloseTo(initializer.endsWith('Normal') ? 3 : 1.8, 0);
    if (initializer.endsWith('Uniform')) {
      const limit = Math.sqrt(3 * expected);
      const largest = weight.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      expect(largest).toBeLessThan(limit);
      expect(largest).toBeGreaterThan(0.999 * limit);
    }
  });

  it('uses the given moments and limits', () => {
    const normal = begin({ initializer: { kind: 'normal', mean: -1, standardDeviation: 0.5 } });
    expect(moments(normal.weight).mean).toBeCloseTo(-1, 2);
    expect(moments(normal.weight).variance).toBeCloseTo(0.25, 2);
    const { weight } = begin({ initializer: { kind: 'uniform', minimum: 2, maximum: 4 } });
    expect(weight.every((value) => value > 2 && value < 4)).toBe(true);
    expect(moments(weight).mean).toBeCloseTo(3, 1);
  });

  it('fills with zeros and constants', () => {
    const { weight, bias } = begin({
      initializer: 'zeros',
      biasInitializer: { kind: 'constant', value: 0.5 },
    });
    expect(new Set(weight)).toEqual(new Set([0]));
    expect(new Set(bias)).toEqual(new Set([0.5]));
    expect(new Set(begin({ initializer: { kind: 'constant', value: -2 } }).weight)).toEqual(new Set([-2]));
  });

  it('is He normal before relu and leakyRelu, Glorot uniform otherwise, with biases of 0', () => {
    for (const activation of ['relu', 'leakyRelu'] as const) {
      const { weight } = begin({ activation, initializer: 'heNormal' });
      expect(begin({ activation }).weight.join() === weight.join()).toBe(true);
    }
    for (const activation of ['identity', 'sigmoid', 'tanh'] as const) {
      const { weight } = begin({ activation, initializer: 'glorotUniform' });
      expect(begin({ activation }).weight.join() === weight.join()).toBe(true);
    }
    expect(new Set(begin({}).bias)).toEqual(new Set([0]));
  });

  it("draws a bias of its layer's shape, with other numbers than the weight's", () => {
    const { weight, bias } = begin({ initializer: 'lecunUniform', biasInitializer: 'lecunUniform' });
    expect(Math.abs(moments(bias).variance * inputs - 1)).toBeLessThan(5 * Math.sqrt(0.8 / units));
    expect(bias).not.toEqual(weight.subarray(0, units));
  });

  it('depends only on the seed', () => {
    // Compared as text, which is fast for large arrays.
    const weightOf = (...args: Parameters<typeof begin>) => begin(...args).weight.join();
    const weight = weightOf({});
    expect(weightOf({}) === weight).toBe(true);
    expect(weightOf({}, 2) === weight).toBe(false);
    expect(weightOf({ biasInitializer: 'normal' }) === weight).toBe(true);
    const { spec, initializers } = resolveNetworkOptions({
      inputSize: 300,
      layers: [{ units: 200 }, { units: 200 }],
      seed: 1,
    });
    const flat = initialParameters(spec, initializers);
    expect(flat.subarray(0, 60_000).join() === weight).toBe(true);
    expect(flat.subarray(60_200, 60_300)).not.toEqual(begin({}).weight.subarray(0, 100));
  });
});

describe.each(engines)('initializers on the %s engine', (backend) => {
  it.each<InitializerKind>([
    'zeros',
    'constant',
    'normal',
    'uniform',
    'glorotNormal',
    'glorotUniform',
    'heNormal',
    'heUniform',
    'lecunNormal',
    'lecunUniform',
  ])('%s gives the numbers of the seed', (initializer) => {
    const layers = [{ units: 7, initializer, biasInitializer: initializer }, { units: 2 }];
    const { spec, initializers } = resolveNetworkOptions({ inputSize: 5, layers, seed: 3 });
    const flat = initialParameters(spec, initializers);
    const [first] = new Network({ inputSize: 5, layers, seed: 3, backend }).getParameters();
    expect([first.weight, first.bias]).toEqual([flat.slice(0, 35), flat.slice(35, 42)]);
  });

  it('zeros and constants stay symmetric in training; He normal does not', async () => {
    const x = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i));
    const y = Float32Array.from({ length: 30 }, (_, row) => x[2 * row] * x[2 * row + 1]);
    /** Rows of the hidden weight, one per unit, after some steps. */
    const hiddenUnits = async (initializer: LayerOptions['initializer']) => {
      const layers = [
        { units: 4, activation: 'tanh' as const, initializer },
        { units: 1, initializer },
      ];
      const net = new Network({ inputSize: 2, layers, seed: 1, backend });
      await net.fit(x, y, { epochs: 20 });
      const [{ weight }] = net.getParameters();
      return new Set([0, 1, 2, 3].map((unit) => weight.slice(2 * unit, 2 * unit + 2).join()));
    };
    expect((await hiddenUnits('zeros')).size).toBe(1);
    expect((await hiddenUnits({ kind: 'constant', value: 0.5 })).size).toBe(1);
    expect((await hiddenUnits('heNormal')).size).toBe(4);
  });
});

it('begins with a scale of ones, and takes one with given parameters', () => {
  const layers = [{ units: 3 }];
  const net = new Network({ inputSize: 2, layers, inputScale: true, seed: 5 });
  const plain = new Network({ inputSize: 2, layers, seed: 5 });
  const [{ scale, ...first }] = net.getParameters();
  expect(scale).toEqual(Float32Array.of(1, 1));
  expect(first).toEqual(plain.getParameters()[0]);
  const parameters = [{ ...first, scale: [3, 4] }];
  const given = new Network({ inputSize: 2, layers, inputScale: true, parameters });
  expect(given.getParameters()[0].scale).toEqual(Float32Array.of(3, 4));
  net.setParameters(parameters);
  expect(net.getParameters()).toEqual(given.getParameters());
});
