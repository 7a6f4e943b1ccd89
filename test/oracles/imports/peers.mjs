/** TensorFlow.js and both versions of brain.js, installed in a folder of their own. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const PACKAGES = {
  '@tensorflow/tfjs': '4.22.0',
  'brain-1': 'npm:brain.js@1.6.1',
  'brain-2': 'npm:brain.js@2.0.0-beta.24',
};

/** A `require` for these packages. */
export function installPeers(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }));
  const { status } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`npm install failed in ${folder}`);
  return createRequire(path.join(folder, 'package.json'));
}
