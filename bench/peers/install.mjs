#!/usr/bin/env node
/**
 * Installs the benchmark's peers, outside the project's own dependencies: those from npm into
 * bench/peers/node_modules. For the system's packages it prints the command that installs them.
 */

import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { KNOWN_PEERS } from '../contenders/list.mjs';

const PEERS = fileURLToPath(new URL('.', import.meta.url));

/** The threaded OpenBLAS is for PyTorch and scikit-learn; Debian's serial one would limit them to one core. */
const APT = 'apt-get install -y --no-install-recommends python3-torch python3-sklearn libopenblas0-pthread';

// Without scripts: some dependencies would compile bindings for a graphics card, which are not used.
const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
console.log(`installing into ${PEERS}: npm ${args.join(' ')}`);
const { status } = spawnSync('npm', args, { cwd: PEERS, stdio: 'inherit' });

for (const { name, isInstalled } of KNOWN_PEERS) {
  console.log(`${name}: ${isInstalled() ? 'installed' : 'missing'}`);
}
const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
console.log(`PyTorch and scikit-learn, on Debian and Ubuntu: ${sudo}${APT}`);
process.exitCode = status ?? 1;
