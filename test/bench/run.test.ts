/** A run of the benchmark: the processes that it times, what it forces on our engine, and what it writes. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const folder = new URL('../../bench/', import.meta.url);
const load = (name: string) => import(new URL(name, folder).href);
const { findCases } = await load('cases.mjs');
const { compare } = await load('run/compare.mjs');
const { variantsFor } = await load('run/measure.mjs');
const { ownContender, VARIANTS } = await load('contenders/list.mjs');
const { caseRecords, missingRecords, problemRecords } = await load('report/records.mjs');
const { report } = await load('report/tables.mjs');
const { Worker } = await load('contenders/worker.mjs');
const { losses: recorded } = JSON.parse(readFileSync(new URL('run/expected-losses.json', folder), 'utf8'));

const root = fileURLToPath(new URL('../..', import.meta.url));
const isBuilt = ['build/Release/chainrule.node', 'dist/index.js'].every((file) =>
  existsSync(join(root, file)),
);

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
    [{ quick: false, gemm: null }, {}, ['chosen', 'avx2', 'openblas', 'bf16x3', 'bf16']],
    [{ quick: true, gemm: null }, {}, ['chosen', 'bf16x3', 'bf16']],
    [{ quick: true, gemm: 'openblas' }, {}, ['chosen', 'openblas', 'bf16x3', 'bf16']],
    [{ quick: false, gemm: 'own' }, {}, ['chosen', 'avx2', 'bf16x3', 'bf16']],
    [{ quick: false, gemm: null }, { CHAINRULE_SIMD: 'SSE4' }, ['chosen', 'openblas', 'bf16x3', 'bf16']],
    [{ quick: false, gemm: null }, { CHAINRULE_GEMM: 'own' }, ['chosen', 'avx2', 'bf16x3', 'bf16']],
  ])('by %j and %j is %j', (options, env, names) => {
    expect(Object.keys(variantsFor(options, env))).toEqual(names);
  });

  test('is in the environment of its process', () => {
    expect(ownContender(1, VARIANTS.openblas).env.CHAINRULE_GEMM).toBe('openblas');
    expect(ownContender(1, VARIANTS.avx2).env.CHAINRULE_SIMD).toBe('AVX2');
  });

  const [one] = findCases('4-16-3');
  const plan = { rounds: 3, roundSeconds: 0.001, slowestStep: 1, checkSeconds: 1, thorough: false };
  const serve = new URL('contenders/serve.mjs', folder).href;

  /** Rounds of processes that are asked as our own is, and say of themselves what they are told to say. */
  const entriesOf = async (contenders: { create: string; [key: string]: unknown }[]) => {
    const { entries } = await compare(one, {
      contenders: contenders.map(({ create, ...contender }) => ({
        name: 'chainrule',
        precision: 'float32',
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
      ...{ cases, avx2: [], openblas: records, bf16x3: [], bf16: [], missing: [], problems: [] },
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
