/** The basis of the benchmark's numbers: its data, its recorded losses, and how it summarises rounds. */

import { spawnSync } from 'node:child_process';
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
const { parseOptions } = await load('run/options.mjs');
const { compare } = await load('run/compare.mjs');
const { variantsFor } = await load('run/measure.mjs');
const { ownContender, VARIANTS } = await load('contenders/list.mjs');
const { caseRecords, missingRecords, problemRecords } = await load('report/records.mjs');
const { report } = await load('report/tables.mjs');
const { judge } = await load('report/targets.mjs');
const { chart } = await load('report/chart.mjs');
const { worstError } = await load('report/statistics.mjs');
const { Worker } = await load('contenders/worker.mjs');
const { losses: recorded } = JSON.parse(readFileSync(new URL('run/expected-losses.json', folder), 'utf8'));

const root = fileURLToPath(new URL('..', import.meta.url));
const isBuilt = ['build/Release/chainrule.node', 'dist/index.js'].every((file) =>
  existsSync(join(root, file)),
);

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

test('the worst loss is found, even if it is NaN', () => {
  expect(worstError([1, 2.002, 3], [1, 2, 3])).toEqual({ error: expect.closeTo(1e-3), index: 1 });
  expect(worstError([1, Number.NaN, 9], [1, 2, 3]).error).toBeNaN();
});

describe('records of a case', () => {
  const entry = (name: string, threads: number, microseconds: number[]) => ({
    contender: { name, variant: null, threads },
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
  const peaksOf = (threads: number) => [
    { fmaGflops: 200 * threads, sgemmGflops: 90 * threads },
    { fmaGflops: 100 * threads, sgemmGflops: 95 * threads },
  ];
  const records = caseRecords(one, own, peers, peaksOf);

  test('hold fractions of the best peak, and ratios round by round', () => {
    const [first, second] = records;
    expect(first.microsecondsPerStep).toEqual({ median: 200, min: 100, max: 300 });
    expect(first.gflops).toBeCloseTo(flopsOf(one) / 200e3, 9);
    expect(first).toMatchObject({ precision: 'float32', fmaPeakGflops: 200, sgemmPeakGflops: 95 });
    expect(first.peakFraction).toBeCloseTo(first.gflops / 200, 9);
    // 700/200, 600/100 and 800/300, by the faster setting of the peer.
    expect(first.peers).toHaveLength(1);
    expect(first.peers[0]).toMatchObject({
      name: 'torch',
      threads: 2,
      precision: 'float32',
      microsecondsPerStep: 700,
      ratio: 3.5,
    });
    expect(first.peers[0].ratioSpread).toEqual({ min: 800 / 300, max: 6 });
    expect(second.speedup).toEqual({ median: 2, min: 1, max: 3 });
  });

  test.each([
    // Where OpenBLAS computes products, with no vectors of our own, its sgemm is the faster of the two.
    ['sgemm, where it is the larger', { fmaGflops: 10, sgemmGflops: 250 }, 250],
    ['the multiply-adds, where no BLAS may run', { fmaGflops: 10, sgemmGflops: null }, 10],
  ])('hold fractions of %s', (_, peak, expected) => {
    const [{ gflops, peakFraction }] = caseRecords(one, own, [], () => [peak]);
    expect(peakFraction).toBeCloseTo(gflops / expected, 9);
  });

  test('have no fraction without a peak', () => {
    const [record] = caseRecords(one, own, [], () => []);
    expect(record).toMatchObject({ fmaPeakGflops: null, sgemmPeakGflops: null, peakFraction: null });
  });

  test('are judged against the targets, met or not', () => {
    const verdicts = judge({ cases: records, avx2: [] });
    const met = (what: string) => verdicts.find((verdict: { what: string }) => verdict.what === what)?.met;
    expect(met('times as fast as torch')).toBe(true);
    expect(met('fraction of the peak, 1 thread')).toBe(flopsOf(one) / 200e3 / 200 >= 0.6);
    const slow = [{ ...records[0], peakFraction: 0.59 }];
    expect(judge({ cases: slow, avx2: [] })[0]).toMatchObject({ measured: '0.59', met: false });
  });

  test('are drawn with a bar for each', () => {
    const svg: string = chart({ date: '2024-05-01', machine: { cpu: 'A & B', cores: 2 }, cases: records });
    expect(svg.match(/<rect /g)).toHaveLength(1 + 2 + records.length);
    expect(svg).toContain('A &amp; B');
    expect(svg).toContain('200 and 95 on 1 thread, 400 and 190 on 2 threads');
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

  test('that answers with a fault is reported with its code', async () => {
    const fault = { message: 'ChainruleError: no such engine', code: 'ERR_BACKEND' };
    const refuse = `process.stdin.on('data', () => console.log('${JSON.stringify({ fault })}'));`;
    await expect(ask(node(refuse))).rejects.toMatchObject(fault);
  });

  test('that hangs is given up', async () => {
    await expect(ask(node('setInterval(() => {}, 1000)'), 0.3)).rejects.toThrow('no answer within 0.3 s');
  });

  test('that does not exist is named', async () => {
    await expect(ask(['/no/such/program'])).rejects.toThrow('/no/such/program');
  });
});

describe('what is forced on our engine', () => {
  test.each([
    [{ quick: false, gemm: null }, {}, ['chosen', 'avx2', 'openblas']],
    [{ quick: true, gemm: null }, {}, ['chosen']],
    [{ quick: true, gemm: 'openblas' }, {}, ['chosen', 'openblas']],
    [{ quick: false, gemm: 'own' }, {}, ['chosen', 'avx2']],
    [{ quick: false, gemm: null }, { CHAINRULE_SIMD: 'SSE4' }, ['chosen', 'openblas']],
    [{ quick: false, gemm: null }, { CHAINRULE_GEMM: 'own' }, ['chosen', 'avx2']],
  ])('by %j and %j is %j', (options, env, names) => {
    expect(Object.keys(variantsFor(options, env))).toEqual(names);
  });

  test('is in the environment of its process', () => {
    expect(ownContender(1, VARIANTS.openblas).env.CHAINRULE_GEMM).toBe('openblas');
    expect(ownContender(1, VARIANTS.avx2).env.CHAINRULE_SIMD).toBe('AVX2');
  });

  const [one] = findCases('4-16-3');
  const plan = { rounds: 3, roundSeconds: 0.001, slowestStep: 1, checkSeconds: 1 };
  const serve = new URL('contenders/serve.mjs', folder).href;

  /** Rounds of processes that are asked as our own is, and say of themselves what they are told to say. */
  const entriesOf = async (contenders: { create: string; [key: string]: unknown }[]) => {
    const { entries } = await compare(one, {
      contenders: contenders.map(({ create, ...contender }) => ({
        name: 'chainrule',
        formula: 'adam',
        guessSeconds: () => 1e-3,
        command: [
          process.execPath,
          '--input-type=module',
          '--eval',
          `import { serve } from '${serve}'; await serve(async () => { ${create} });`,
        ],
        env: process.env,
        ...contender,
      })),
      peaks: [],
      expected: recorded[one.name],
      folder: 'unread',
      plan,
      afterRounds: async () => {},
    });
    return entries;
  };
  const trainerWith = (backend: object) => `
    const losses = ${JSON.stringify(recorded[one.name].adam)};
    const wait = () => new Promise((resolve) => setTimeout(resolve, 1));
    return {
      version: '1', setting: '', backend: ${JSON.stringify(backend)}, prepare() {}, round: wait,
      losses: async (steps) => losses.slice(0, steps),
    };`;
  const openblas = { variant: 'products by OpenBLAS', backend: { gemm: 'openblas' } };
  const chosen = { variant: null, backend: {} };
  const refuse = "throw Object.assign(new Error('no BLAS here'), { code: 'ERR_BACKEND' });";

  test('has times of its own where the engine says that it obeys', async () => {
    const backend = { simd: 'AVX2', gemm: 'openblas', blas: 'OpenBLAS 0.3.34 Haswell' };
    const [own, forced] = await entriesOf([
      { ...chosen, threads: 1, create: trainerWith({ ...backend, gemm: 'own' }) },
      { ...openblas, threads: 1, create: trainerWith(backend) },
    ]);
    expect(problemRecords(one, [own, forced])).toEqual([]);
    expect(missingRecords([own, forced])).toEqual([]);
    const cases = caseRecords(one, [own], [], () => []);
    const records = caseRecords(one, [forced], [], () => [], [own]);
    expect(cases[0]).toMatchObject({ gemm: 'own', simd: 'AVX2' });
    expect(cases[0]).not.toHaveProperty('ratio');
    expect(records).toEqual([expect.objectContaining({ ...backend, threads: 1 })]);
    const quotients = forced.microseconds.map(
      (time: number, round: number) => time / own.microseconds[round],
    );
    expect(records[0].ratio).toBe(quotients.sort((a: number, b: number) => a - b)[1]);

    const text: string = report({
      date: '2024-05-01',
      machine: { cpu: 'A', cores: 2, system: 'B', loadBefore: 0, loadAfter: 0 },
      versions: {},
      settings: plan,
      ...{ cases, avx2: [], openblas: records, missing: [], problems: [] },
    });
    expect(text).toContain('## chainrule, products by OpenBLAS 0.3.34 Haswell');
  });

  test.each([
    ['says that it does otherwise', { simd: 'AVX2', gemm: 'own' }, "'own'"],
    ['says nothing', undefined, "'undefined'"],
  ])('has no times where the engine %s', async (_, backend, actual) => {
    const create = trainerWith(backend as object);
    const entries = await entriesOf([{ ...openblas, threads: 2, create }]);
    expect(caseRecords(one, entries, [], () => [])).toEqual([]);
    expect(missingRecords(entries)).toEqual([]);
    expect(problemRecords(one, entries)).toEqual([
      {
        case: '4-16-3 B16',
        name: 'chainrule',
        variant: 'products by OpenBLAS',
        threads: 2,
        problem: `not products by OpenBLAS: network.backend.gemm is ${actual}, expected 'openblas'`,
      },
    ]);
  });

  test('is missing where the engine refuses it, but an engine that refuses to run at all is a problem', async () => {
    const entries = await entriesOf([
      { ...openblas, threads: 1, create: refuse },
      { ...chosen, threads: 1, create: refuse },
      { ...openblas, threads: 1, create: "throw new Error('a fault')" },
    ]);
    expect(caseRecords(one, entries, [], () => [])).toEqual([]);
    expect(missingRecords(entries)).toEqual([
      { name: 'chainrule', variant: 'products by OpenBLAS', why: 'Error: no BLAS here' },
    ]);
    expect(problemRecords(one, entries)).toMatchObject([
      { variant: null, problem: 'Error: no BLAS here' },
      { variant: 'products by OpenBLAS', problem: 'Error: a fault' },
    ]);
  });
});

test.runIf(isBuilt)('the smallest case runs to its end and writes what was measured', () => {
  const output = mkdtempSync(join(tmpdir(), 'chainrule-bench-test-'));
  try {
    const json = join(output, 'results.json');
    const args = [
      '--quick',
      '--case',
      '4-16-3',
      '--threads',
      '1',
      '--peers',
      'none',
      '--gemm',
      'openblas',
      '--json',
      json,
    ];
    const { status, stdout: printed } = spawnSync(process.execPath, ['bench/run/main.mjs', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
    const { cases, openblas, missing, problems } = JSON.parse(readFileSync(json, 'utf8'));
    expect(problems).toEqual([]);
    expect(status).toBe(0);
    expect(cases).toHaveLength(1);
    expect(cases[0]).toMatchObject({
      name: '4-16-3 B16',
      threads: 1,
      precision: 'float32',
      gemm: expect.stringMatching(/^(own|openblas)$/),
      peers: [],
      losses: { steps: 20 },
    });
    expect(cases[0].fmaPeakGflops).toBeGreaterThan(1);
    const best = Math.max(cases[0].fmaPeakGflops, cases[0].sgemmPeakGflops);
    expect(cases[0].peakFraction).toBeCloseTo(cases[0].gflops / best, 9);
    // OpenBLAS's products have times, or a reason why not; never the times of other products.
    for (const record of openblas) expect(record.gemm).toBe('openblas');
    for (const record of missing) expect(record.variant).toBe('products by OpenBLAS');
    expect(openblas.length + missing.length).toBe(1);
    const { microsecondsPerStep, gflops } = cases[0];
    expect(gflops).toBeCloseTo(8704 / microsecondsPerStep.median / 1e3, 9);
    expect(microsecondsPerStep.min).toBeGreaterThan(0);
    expect(printed).toMatch(/^\| 4-16-3 B16 .*\|$/m);
  } finally {
    rmSync(output, { recursive: true });
  }
});
