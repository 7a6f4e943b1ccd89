/** The basis of the benchmark's numbers: its cases, their data, their recorded losses; and its options. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Loss } from '../../src/engine/contract.js';
import { createModel } from '../../src/engine/reference/model.js';
import { applyGradients, computeGradients } from '../../src/engine/reference/step.js';
import { adam, layer, networkSpec } from '../conformance/networks.js';
import { expectClose } from '../tolerance.js';

interface Case {
  name: string;
  sizes: number[];
  batch: number;
  loss: Loss;
  learningRate: number;
}

const folder = new URL('../../bench/', import.meta.url);
const load = (name: string) => import(new URL(name, folder).href);
const { CASES, CHECKED_STEPS, findCases, flopsOf, parameterCount } = await load('cases.mjs');
const { layerParameters, makeData } = await load('data.mjs');
const { parseOptions } = await load('run/options.mjs');
const { losses: recorded } = JSON.parse(readFileSync(new URL('run/expected-losses.json', folder), 'utf8'));

describe('recorded losses', () => {
  test('exist for every step of every case', () => {
    for (const { name } of CASES) {
      expect(recorded[name].adam, name).toHaveLength(CHECKED_STEPS);
      expect(recorded[name].adamEpsilonHat, name).toHaveLength(CHECKED_STEPS);
    }
  });

  // The larger cases would take minutes in TypeScript.
  const small: (Case & { formula: string })[] = CASES.slice(0, 3).flatMap((one: Case) =>
    ['adam', 'adamEpsilonHat'].map((formula) => ({ ...one, formula })),
  );
  test.each(small)('of $name with $formula match the reference mathematics in float64', (one) => {
    const { name, formula, sizes, batch, loss, learningRate } = one;
    const { inputs, targets, parameters } = makeData(one, CHECKED_STEPS);
    const layers = sizes.slice(1).map((units, l) => {
      const output = loss === 'bce' ? 'sigmoid' : 'softmax';
      return layer(units, l < sizes.length - 2 ? 'relu' : output);
    });
    const optimizer = { ...adam, learningRate, epsilonHat: formula === 'adamEpsilonHat' };
    const model = createModel(
      networkSpec(sizes[0], layers, loss, { optimizer }),
      Float64Array.from(parameters),
    );
    const losses = Array.from({ length: CHECKED_STEPS }, (_, step) => {
      const rows = targets.subarray(step * batch, (step + 1) * batch);
      const value = computeGradients(model, {
        rows: batch,
        inputs: Float64Array.from(inputs.subarray(step * batch * sizes[0], (step + 1) * batch * sizes[0])),
        targets: loss === 'bce' ? Float64Array.from(rows) : rows,
        weights: null,
      });
      applyGradients(model, { learningRate, dropout: 1, weightDecay: 1 });
      return value;
    });
    expectClose(losses, recorded[name][formula], { relative: 1e-9, floor: 0 }, 'losses');
  });
});

test('data has variance 1 and classes of about the same size', () => {
  const { inputs, targets } = makeData(findCases('784-128-10')[0], 20);
  const mean = (values: Float32Array): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(inputs)).toBeCloseTo(0, 2);
  expect(mean(inputs.map((value: number) => value * value))).toBeCloseTo(1, 2);
  const counts = new Array(10).fill(0);
  for (const label of targets) counts[label]++;
  expect(Math.min(...counts)).toBeGreaterThan(targets.length / 15);
});

test('the parameters of a case are in the order weight, bias, weight, bias', () => {
  const [one] = findCases('4-16-3');
  const { parameters } = makeData(one, 1);
  expect(parameters).toHaveLength(parameterCount(one));
  const layers: { weight: Float32Array; bias: Float32Array }[] = layerParameters(one.sizes, parameters);
  expect(layers.map(({ weight, bias }) => [weight.length, bias.length])).toEqual([
    [64, 16],
    [48, 3],
  ]);
  expect(Float32Array.from(layers.flatMap(({ weight, bias }) => [...weight, ...bias]))).toEqual(parameters);
});

test('a step of 4-16-3 on 16 rows is 8,704 operations', () => {
  // Forward and dW of both layers, 2 * 16 * (64 + 48) each, and dX of the second, 2 * 16 * 48.
  expect(flopsOf(findCases('4-16-3')[0])).toBe(2 * 2 * 16 * (64 + 48) + 2 * 16 * 48);
});

describe('options', () => {
  test('pick cases with and without their batch, threads and peers', () => {
    const names = (args: string[]) => parseOptions(args).cases.map((one: Case) => one.name);
    expect(names(['--case', '784-128-10'])).toEqual(['784-128-10 B128']);
    expect(names(['--case', '784-128-10 B128'])).toEqual(['784-128-10 B128']);
    expect(names([])).toHaveLength(6);
    const options = parseOptions(['--threads', '2,1', '--peers', 'torch,tfjs-wasm']);
    expect(options.threads).toEqual([1, 2]);
    expect(options.peers.map((peer: { name: string }) => peer.name)).toEqual(['torch', 'tfjs-wasm']);
    expect(parseOptions(['--peers', 'none']).peers).toEqual([]);
    expect(parseOptions(['--gemm', 'openblas']).gemm).toBe('openblas');
  });

  test.each([
    [['--case', '784'], "--case is '784'"],
    [['--threads', '0'], "--threads is '0'"],
    [['--peers', 'tourch'], "--peers has 'tourch'"],
    [['--gemm', 'mkl'], "--gemm is 'mkl'"],
    [['--fast'], '--fast'],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
