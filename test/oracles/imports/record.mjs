#!/usr/bin/env node
/**
 * Records models of other software and what they predict, and what PyTorch makes of a file of ours, for test/imports.
 *
 *     npm run record:imports
 *
 * Runs the Python that the environment variable PYTHON names (by default /usr/bin/python3), which needs torch,
 * scikit-learn, onnx, skl2onnx, onnxscript and safetensors; installs TensorFlow.js and brain.js into a temporary folder.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { recordBrain } from './brain-models.mjs';
import { installPeers } from './peers.mjs';
import { recordTfjs } from './tfjs-models.mjs';

const FIXTURES = fileURLToPath(new URL('../../fixtures/imports/', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-peers-'));
try {
  const require = installPeers(folder);
  await recordTfjs(require, path.join(FIXTURES, 'tfjs'));
  recordBrain(require, path.join(FIXTURES, 'brain'));
} finally {
  rmSync(folder, { recursive: true });
}
const onnx = path.join(FIXTURES, 'onnx');
mkdirSync(onnx, { recursive: true });
runPython('onnx_models.py', onnx);
await recordEstimator(path.join(FIXTURES, 'pytorch'));

/** An estimator of two members, and what PyTorch makes of its file. */
async function recordEstimator(own) {
  const { MLPClassifier } = await import('../../../dist/index.js');
  mkdirSync(own, { recursive: true });
  const rows = Array.from({ length: 60 }, (_, i) => ({
    a: (i * 7) % 11,
    b: i % 3 === 0 ? null : i % 5,
    c: 'xyz'[i % 3],
  }));
  const labels = rows.map(({ a, c }) => (a > 5 && c !== 'z' ? 'high' : 'low'));
  const options = { hiddenLayers: [8, 6], activation: 'mish', epochs: 30, members: 2, seed: 1 };
  const file = path.join(own, 'estimator.safetensors');
  await (await new MLPClassifier(options).fit(rows, labels)).save(file);
  runPython('safetensors_reader.py', file, path.join(own, 'predictions.json'));
}

function runPython(script, ...args) {
  const { status } = spawnSync(process.env.PYTHON ?? '/usr/bin/python3', [path.join(HERE, script), ...args], {
    stdio: 'inherit',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (status !== 0) throw new Error(`${script} failed`);
}
