#!/usr/bin/env node
/**
 * Writes event files with the built package, reads them with TensorBoard's own reader, and records both for
 * `npm test`: test/fixtures/tensorboard.jsonl.
 *
 *     npm run build:ts
 *     python3 -m venv VENV && VENV/bin/pip install tensorboard
 *     PYTHON=VENV/bin/python node test/oracles/tensorboard.mjs
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tensorBoard } from 'chainrule';
import { TIME, tensorBoardCases } from './tensorboard-cases.mjs';

const inTests = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const logdir = mkdtempSync(path.join(tmpdir(), 'chainrule-tensorboard-'));
try {
  Date.now = () => TIME;
  for (const [name, records] of Object.entries(tensorBoardCases)) {
    const write = tensorBoard(path.join(logdir, name));
    for (const record of records) await write(record);
  }
  const python = process.env.PYTHON ?? 'python3';
  const read = JSON.parse(
    execFileSync(python, [inTests('oracles/read_events.py'), logdir], { encoding: 'utf8' }),
  );
  const runs = readdirSync(logdir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => [
      path.relative(logdir, parentPath).replaceAll(path.sep, '/'),
      readFileSync(path.join(parentPath, name)).toString('base64'),
    ])
    .sort();
  const recording = { ...read, files: Object.fromEntries(runs) };
  writeFileSync(inTests('fixtures/tensorboard.jsonl'), `${JSON.stringify(recording)}\n`);
} finally {
  rmSync(logdir, { recursive: true });
}
