#!/usr/bin/env node
/**
 * Installs the tools that the benchmark on tables can run live, into a Python environment outside the
 * repository, in CHAINRULE_CACHE or where the user's caches are:
 *
 *     node bench/tables/install-peers.mjs [sklearn] [lightgbm] [pytabkit]
 *
 * Without names, all but pytabkit: its PyTorch takes gigabytes.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { PEERS, peersFolder, peersPython } from './peers.mjs';

function run(program, args) {
  console.log([program, ...args].join(' '));
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error) console.error(`${program}: ${error.message}`);
  return status === 0;
}

function main(names) {
  const unknown = names.find((name) => !Object.hasOwn(PEERS, name));
  if (unknown !== undefined) {
    console.error(`there is no peer '${unknown}', expected some of ${Object.keys(PEERS).join(', ')}`);
    return 2;
  }
  const packages = [...new Set(names.flatMap((name) => PEERS[name].packages))];
  const made = existsSync(peersPython()) || run('python3', ['-m', 'venv', peersFolder()]);
  return made && run(peersPython(), ['-m', 'pip', 'install', ...packages]) ? 0 : 1;
}

const asked = process.argv.slice(2);
process.exitCode = main(asked.length > 0 ? asked : ['sklearn', 'lightgbm']);
