#!/usr/bin/env node
/**
 * Makes a clone ready to run: npm packages, system packages, the native engine, TypeScript. It needs nothing but
 * Node and does only what is out of date: a second run prints nothing. Where system packages are missing and only
 * a person can install them, it says how and goes on with the reference engine.
 *
 *     node scripts/setup.mjs
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ROOT } from './process.mjs';
import { run, runOrThrow } from './run.mjs';
import { fingerprint, isFresh, modified, writeStamp } from './stamp.mjs';
import { findMissing, hint, install } from './system-packages.mjs';

const NATIVE = {
  title: 'building the native engine (node-gyp)',
  args: ['scripts/build-native.mjs'],
  stamp: 'build/native.stamp',
  product: 'build/Release/chainrule.node',
  // The addon says which version of the package it is of.
  inputs: [
    ...['native', 'binding.gyp', 'package.json', 'package-lock.json'],
    ...['scripts/build-native.mjs', 'scripts/native-config.mjs'],
  ],
  variables: ['CHAINRULE_OPENBLAS', 'CHAINRULE_HIGHWAY', 'CXX', 'CXXFLAGS'],
};

const TYPESCRIPT = {
  title: 'building TypeScript (tsup)',
  args: ['node_modules/tsup/dist/cli-default.js', '--silent'],
  stamp: 'build/typescript.stamp',
  product: 'dist/index.js',
  inputs: [
    'src',
    'scripts/module-runtime.mjs',
    'scripts/report-bundle.mjs',
    'THIRD-PARTY-NOTICES.md',
    'tsup.config.ts',
    'tsconfig.json',
    'package.json',
    'package-lock.json',
  ],
  variables: [],
};

/** npm writes that file last, whoever calls it. */
const isInstalled = () => modified('node_modules/.package-lock.json') >= modified('package-lock.json');

async function main() {
  const [major] = process.versions.node.split('.');
  if (Number(major) < 20) throw new Error(`setup: expected Node 20 or later, got ${process.version}`);
  if (isInstalled() && isFresh(NATIVE) && isFresh(TYPESCRIPT)) return;
  if (process.argv[2] !== '--locked') await runLocked();
  else await bringUpToDate();
}

/** Two at once would spoil each other's files. The system unlocks for whoever dies, so no lock is left behind. */
async function runLocked() {
  const isMac = process.platform === 'darwin';
  const [program, ...options] = isMac ? ['lockf', '-k'] : ['flock'];
  const withoutWaiting = isMac ? ['-t', '0'] : ['-n'];
  const file = 'build/setup.lock';
  mkdirSync(path.join(ROOT, 'build'), { recursive: true });
  if (spawnSync(program, [...options, ...withoutWaiting, file, 'true'], { cwd: ROOT }).status !== 0) {
    console.error('setup: waiting for another setup');
  }
  const again = [process.execPath, fileURLToPath(import.meta.url), '--locked'];
  process.exitCode = await run(program, [...options, file, ...again], { cwd: ROOT });
}

async function bringUpToDate() {
  if (!isInstalled()) {
    const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
    await runOrThrow('setup: installing npm packages (npm ci)', 'npm', args, { cwd: ROOT });
  }
  if (!isFresh(NATIVE) && (await hasSystemPackages())) await build(NATIVE);
  if (!isFresh(TYPESCRIPT)) await build(TYPESCRIPT);
}

/** Whether the native engine can be built. Installs what is missing if that needs no password. */
async function hasSystemPackages() {
  await install(findMissing()).catch((error) => console.error(`setup: ${error.message}`));
  const needed = findMissing().filter(({ optional }) => !optional);
  if (needed.length === 0) return true;
  // An addon from other sources may not fit the TypeScript of these.
  rmSync(path.join(ROOT, NATIVE.product), { force: true });
  console.error(`setup: no native engine, going on with the reference engine; ${hint(needed)}`);
  return false;
}

async function build(build) {
  // Before, not after: what is edited meanwhile has to count as changed.
  const hash = fingerprint(build);
  await runOrThrow(`setup: ${build.title}`, process.execPath, build.args, { cwd: ROOT });
  writeStamp(build, hash);
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
