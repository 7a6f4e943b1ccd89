/** The basis of the benchmark's numbers: its data, its recorded losses, and how it summarises rounds. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Loss } from '../src/engine/contract.js';
import { createModel } from '../src/engine/reference/model.js';
import { applyGradients, computeGradients } from '../src/engine/reference/step.js';
import { adam, layer, networkSpec } from './conformance/networks.js';
import { expectClose } from './tolerance.js';

interface Case {
  name: string;
  sizes: number[];
  batch: number;
  loss: Loss;
  learningRate: number;
}

const folder = new URL('../bench/', import.meta.url);
const load = (name: string) => import(new URL(name, folder).href);
const { CASES, CHECKED_STEPS, findCases, flopsOf, parameterCount } = await load('cases.mjs');
const { layerParameters, makeData } = await load('data.mjs');
const { parseOptions } = await load('options.mjs');
const { caseRecords } = await load('results.mjs');
const { judge } = await load('targets.mjs');
const { chart } = await load('chart.mjs');
const { worstError } = await load('statistics.mjs');
const { Worker } = await load('worker.mjs');
const { losses: recorded } = JSON.parse(readFileSync(new URL('expected-losses.json', folder), 'utf8'));

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
      applyGradients(model, learningRate);
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

test('the worst loss is found, even if it is NaN', () => {
  expect(worstError([1, 2.002, 3], [1, 2, 3])).toEqual({ error: expect.closeTo(1e-3), index: 1 });
  expect(worstError([1, Number.NaN, 9], [1, 2, 3]).error).toBeNaN();
});

describe('records of a case', () => {
  const entry = (name: string, threads: number, microseconds: number[]) => ({
    contender: { name, threads },
    version: '1',
    setting: '',
    check: { steps: 20, error: 1e-7, lastLoss: 1 },
    microseconds,
    cpuMicroseconds: microseconds,
    peakBytes: 1e6,
  });
  const [one] = findCases('784-128-10');
  const peers = [entry('torch', 1, [900, 800, 1000]), entry('torch', 2, [700, 600, 800])];
  const own = [entry('chainrule', 1, [200, 100, 300]), entry('chainrule', 2, [100, 100, 100])];
  const records = caseRecords(one, own, peers, (threads: number) => [
    { gflops: 200 * threads },
    { gflops: 100 * threads },
  ]);

  test('hold fractions of the best peak, and ratios round by round', () => {
    const [first, second] = records;
    expect(first.microsecondsPerStep).toEqual({ median: 200, min: 100, max: 300 });
    expect(first.gflops).toBeCloseTo(flopsOf(one) / 200e3, 9);
    expect(first.peakFraction).toBeCloseTo(first.gflops / 200, 9);
    // 700/200, 600/100 and 800/300, by the faster setting of the peer.
    expect(first.peers).toHaveLength(1);
    expect(first.peers[0]).toMatchObject({ name: 'torch', threads: 2, microsecondsPerStep: 700, ratio: 3.5 });
    expect(first.peers[0].ratioSpread).toEqual({ min: 800 / 300, max: 6 });
    expect(second.speedup).toEqual({ median: 2, min: 1, max: 3 });
  });

  test('are judged against the targets, met or not', () => {
    const verdicts = judge({ cases: records, avx2: [] });
    const met = (what: string) => verdicts.find((verdict: { what: string }) => verdict.what === what)?.met;
    expect(met('times as fast as torch')).toBe(true);
    expect(met('fraction of the sgemm peak, 1 thread')).toBe(flopsOf(one) / 200e3 / 200 >= 0.6);
    const slow = [{ ...records[0], peakFraction: 0.59 }];
    expect(judge({ cases: slow, avx2: [] })[0]).toMatchObject({ measured: '0.59', met: false });
  });

  test('are drawn with a bar for each', () => {
    const svg: string = chart({ date: '2024-05-01', machine: { cpu: 'A & B', cores: 2 }, cases: records });
    expect(svg.match(/<rect /g)).toHaveLength(1 + 2 + records.length);
    expect(svg).toContain('A &amp; B');
  });
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
  });

  test.each([
    [['--case', '784'], "--case is '784'"],
    [['--threads', '0'], "--threads is '0'"],
    [['--peers', 'tourch'], "--peers has 'tourch'"],
    [['--fast'], '--fast'],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});

describe('a timed process', () => {
  const ask = async (command: string[], seconds?: number) => {
    const worker = new Worker({ command, env: process.env });
    try {
      return await worker.ask('round', { steps: 2 }, seconds);
    } finally {
      await worker.close();
    }
  };
  const node = (code: string) => [process.execPath, '--eval', code];

  test('may print other lines beside its answer', async () => {
    const echo = "process.stdin.on('data', (line) => console.log('hello\\n' + line));";
    expect(await ask(node(echo))).toEqual({ command: 'round', steps: 2 });
  });

  test('that fails is reported with the error it named', async () => {
    await expect(ask(node("throw new TypeError('no such layer')"))).rejects.toThrow(
      'ended with status 1: TypeError: no such layer',
    );
  });

  test('that hangs is abandoned', async () => {
    await expect(ask(node('setInterval(() => {}, 1000)'), 0.3)).rejects.toThrow('no answer within 0.3 s');
  });

  test('that does not exist is named', async () => {
    await expect(ask(['/no/such/program'])).rejects.toThrow('/no/such/program');
  });
});

const root = fileURLToPath(new URL('..', import.meta.url));
const isBuilt = ['build/Release/chainrule.node', 'dist/index.js'].every((file) =>
  existsSync(join(root, file)),
);

test.runIf(isBuilt)('the smallest case runs to its end and writes what was measured', () => {
  const output = mkdtempSync(join(tmpdir(), 'chainrule-bench-test-'));
  try {
    const json = join(output, 'results.json');
    const args = ['--quick', '--case', '4-16-3', '--threads', '1', '--peers', 'none', '--json', json];
    const printed = execFileSync(process.execPath, ['bench/run.mjs', ...args], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { cases, problems } = JSON.parse(readFileSync(json, 'utf8'));
    expect(problems).toEqual([]);
    expect(cases).toHaveLength(1);
    expect(cases[0]).toMatchObject({ name: '4-16-3 B16', threads: 1, peers: [], losses: { steps: 20 } });
    const { microsecondsPerStep, gflops } = cases[0];
    expect(gflops).toBeCloseTo(8704 / microsecondsPerStep.median / 1e3, 9);
    expect(microsecondsPerStep.min).toBeGreaterThan(0);
    expect(printed).toMatch(/^\| 4-16-3 B16 .*\|$/m);
  } finally {
    rmSync(output, { recursive: true });
  }
});
