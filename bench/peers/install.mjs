#!/usr/bin/env node
/**
 * Installs the benchmark's peers, outside the project's own dependencies: those from npm into
 * bench/peers/node_modules, those from PyPI into an environment in CHAINRULE_CACHE or where the user's caches
 * are. PyTorch's package for Linux brings 5 GB of libraries for graphics cards, which are not used.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { KNOWN_PEERS } from '../contenders/list.mjs';
import { environmentPython, peersFolder } from '../contenders/python.mjs';

const PEERS = fileURLToPath(new URL('.', import.meta.url));

function run(program, args) {
  console.log([program, ...args].join(' '));
  const { status, error } = spawnSync(program, args, { cwd: PEERS, stdio: 'inherit' });
  if (error) console.error(`${program}: ${error.message}`);
  return status === 0;
}

// Without scripts: some dependencies would compile bindings for a graphics card, which are not used.
const hasScripts = run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund']);
const hasPython =
  (existsSync(environmentPython()) || run('python3', ['-m', 'venv', peersFolder()])) &&
  run(environmentPython(), ['-m', 'pip', 'install', '--quiet', '-r', 'requirements.txt']);
for (const { name, isInstalled } of KNOWN_PEERS) {
  console.log(`${name}: ${isInstalled() ? 'installed' : 'missing'}`);
}
process.exitCode = hasScripts && hasPython ? 0 : 1;
