#!/usr/bin/env node
/**
 * Trains the cases in PyTorch and in scikit-learn and compares both engines with them, by the recipe of the estimators
 * too; encodes columns in numpy and scikit-learn and compares the encoder of rows with them.
 *
 *     npm run test:oracles               records into a temporary folder
 *     npm run test:oracles -- --record   records what `npm test` compares with: test/fixtures/oracles
 *
 * Runs /usr/bin/python3, for which Debian has packages of torch and sklearn, or the program that the environment
 * variable PYTHON names.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { pytorchCases, scikitLearnCases } from './cases.mjs';
import { preprocessingCases } from './preprocessing-cases.mjs';
import { realMlpCases } from './realmlp-cases.mjs';

const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const HERE = fileURLToPath(new URL('.', import.meta.url));
const TESTS = ['test/oracles.test.ts', 'test/estimators/realmlp.test.ts', 'test/data/preprocessing.test.ts'];
const FIXTURES = fileURLToPath(new URL('../fixtures/oracles', import.meta.url));

const { values } = parseArgs({ options: { record: { type: 'boolean' } } });
const recordings = {
  'pytorch.jsonl': record('pytorch.py', pytorchCases),
  'scikit-learn.jsonl': record('scikit_learn.py', scikitLearnCases),
  'realmlp.jsonl': record('realmlp.py', realMlpCases),
  'preprocessing.jsonl': record('preprocessing.py', preprocessingCases),
};
const folder = values.record ? FIXTURES : mkdtempSync(path.join(tmpdir(), 'chainrule-oracles-'));
try {
  for (const [file, lines] of Object.entries(recordings)) writeFileSync(path.join(folder, file), lines);
  await compare(folder);
} finally {
  if (!values.record) rmSync(folder, { recursive: true });
}

/** What a Python script records for the cases, a line for each. */
function record(script, cases) {
  const { status, stdout, stderr, error } = spawnSync(PYTHON, [path.join(HERE, script)], {
    input: cases.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (status !== 0) {
    console.error(`${PYTHON} ${script} failed: ${error?.message ?? stderr}`);
    console.error('It needs PyTorch and scikit-learn: apt-get install python3-torch python3-sklearn');
    process.exit(1);
  }
  return stdout;
}

/** Runs the test on the recordings in `folder` and prints its results. */
async function compare(folder) {
  process.env.CHAINRULE_ORACLES = pathToFileURL(`${folder}/`).href;
  const measured = [];
  const collector = {
    onTestCaseResult(test) {
      const { oracle } = test.meta();
      if (oracle) measured.push({ ...oracle, passed: test.ok() });
    },
  };
  // Vitest sets the exit status if a test fails.
  const vitest = await startVitest('test', TESTS, { watch: false, reporters: ['dot', collector] });
  await vitest.close();
  if (measured.length > 0) printTable(measured);
}

function printTable(measured) {
  const engines = [...new Set(measured.map(({ engine }) => engine))];
  const recordings = [...new Set(measured.map(({ recording }) => recording))];
  const width = Math.max(...recordings.map((name) => name.length));
  const columns = [...engines, 'its float32'];
  console.log(
    '\nWorst error relative to the oracle in float64: of the losses of 20 steps, of the parameters\n',
  );
  console.log(' '.repeat(width) + columns.map((name) => name.padStart(22)).join(''));
  for (const recording of recordings) {
    const runs = measured.filter((entry) => entry.recording === recording);
    const errors = engines.map((engine) =>
      runs.filter((run) => run.engine === engine).map(({ ours }) => ours),
    );
    const cells = [...errors, runs.map(({ float32 }) => float32)].map(worst);
    const missed = engines.filter((engine) => runs.some((run) => run.engine === engine && !run.passed));
    const verdict = missed.length > 0 ? `  missed: ${missed.join(', ')}` : '';
    console.log(recording.padEnd(width) + cells.join('') + verdict);
  }
  if (!engines.includes('native'))
    console.log('\nThe native engine has not been built: npm run build:native');
}

function worst(errors) {
  const [losses, parameters] = ['losses', 'parameters'].map((field) =>
    Math.max(...errors.map((error) => error[field])).toExponential(1),
  );
  return `${losses}  ${parameters}`.padStart(22);
}
