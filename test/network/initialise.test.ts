import { describe, expect, it } from 'vitest';

import { fillNormal, fillUniform, initialParameters } from '../../src/network/initialise.js';
import { resolveNetworkOptions } from '../../src/network/options.js';
import { randomWord, Stream, unitInterval } from '../../src/random.js';

const draws = 100_000;

function moments(values: Float32Array): { mean: number; variance: number; kurtosis: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = (power: number) => values.reduce((sum, v) => sum + (v - mean) ** power, 0) / values.length;
  return { mean, variance: centred(2), kurtosis: centred(4) / centred(2) ** 2 };
}

describe('fillNormal', () => {
  it('has the moments of a normal distribution', () => {
    const values = new Float32Array(draws);
    fillNormal(values, 7, 0, 3);
    const { mean, variance, kurtosis } = moments(values);
    // Five standard errors of each.
    expect(Math.abs(mean)).toBeLessThan((5 * 3) / Math.sqrt(draws));
    expect(Math.abs(variance / 9 - 1)).toBeLessThan(5 * Math.sqrt(2 / draws));
    expect(Math.abs(kurtosis - 3)).toBeLessThan(5 * Math.sqrt(24 / draws));
  });

  it('makes element i of words 2i and 2i + 1', () => {
    const values = new Float32Array(5);
    fillNormal(values, 11, 2, 1);
    values.forEach((value, i) => {
      const [u, v] = [2 * i, 2 * i + 1].map((w) => unitInterval(randomWord(11, Stream.initialisation, 2, w)));
      expect(value).toBe(Math.fround(Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v)));
    });
  });
});

describe('fillUniform', () => {
  it('has the moments of a uniform distribution within the limits', () => {
    const values = new Float32Array(draws);
    fillUniform(values, 7, 0, 0.5);
    const { mean, variance, kurtosis } = moments(values);
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(1 / 12 / draws));
    expect(Math.abs(variance * 12 - 1)).toBeLessThan(5 * Math.sqrt(0.8 / draws));
    expect(kurtosis).toBeCloseTo(1.8, 1);
    expect(values.every((value) => Math.abs(value) < 0.5)).toBe(true);
  });

  it('makes element i of word i', () => {
    const values = new Float32Array(5);
    fillUniform(values, 11, 2, 1);
    values.forEach((value, i) => {
      expect(value).toBe(Math.fround(2 * unitInterval(randomWord(11, Stream.initialisation, 2, i)) - 1));
    });
  });
});

describe('initialParameters', () => {
  const { spec } = resolveNetworkOptions({
    inputSize: 300,
    layers: [
      { units: 200, activation: 'relu' },
      { units: 200, activation: 'leakyRelu', slope: 0.5, useBias: false },
      { units: 100, activation: 'tanh' },
    ],
  });
  const flat = initialParameters(spec, 1);
  const relu = flat.subarray(0, 60_000);
  const leakyRelu = flat.subarray(60_200, 100_200);
  const tanh = flat.subarray(100_200, 120_200);

  it('scales He normal by the inputs and the slope, Glorot uniform by inputs and outputs', () => {
    expect(flat).toHaveLength(120_300);
    expect(moments(relu).variance).toBeCloseTo(2 / 300, 3);
    expect(moments(leakyRelu).variance).toBeCloseTo(2 / 1.25 / 200, 3);
    const limit = Math.sqrt(6 / 300);
    const largest = tanh.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    expect(largest).toBeLessThan(limit);
    expect(largest).toBeGreaterThan(0.999 * limit);
  });

  it('leaves biases 0', () => {
    expect(flat.subarray(60_000, 60_200).every((bias) => bias === 0)).toBe(true);
    expect(flat.subarray(120_200).every((bias) => bias === 0)).toBe(true);
  });

  it('depends on the seed, and on nothing else', () => {
    expect(initialParameters(spec, 1)).toEqual(flat);
    expect(initialParameters(spec, 2)).not.toEqual(flat);
    const alone = { ...spec, layers: spec.layers.slice(0, 1) };
    expect(initialParameters(alone, 1).subarray(0, 60_000)).toEqual(relu);
  });
});
