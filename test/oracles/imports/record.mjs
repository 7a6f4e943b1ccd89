#!/usr/bin/env node
/**
 * Records models of other software and what they predict, for test/imports to compare with.
 *
 *     npm run record:imports
 *
 * Runs the Python that the environment variable PYTHON names (by default /usr/bin/python3), which needs torch,
 * scikit-learn, onnx, skl2onnx and onnxscript; installs TensorFlow.js and brain.js into a temporary folder.
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
const SCRIPT = fileURLToPath(new URL('onnx_models.py', import.meta.url));

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
const { status } = spawnSync(process.env.PYTHON ?? '/usr/bin/python3', [SCRIPT, onnx], {
  stdio: 'inherit',
  env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
});
process.exitCode = status ?? 1;
