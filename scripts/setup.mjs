#!/usr/bin/env node
/**
 * Makes a clone ready to run: system libraries, npm packages, the native engine, TypeScript. It needs only
 * Node, announces each step, and does only what is out of date: a second run prints nothing. Without what the
 * native engine needs, it continues with the reference engine.
 *
 *     node scripts/setup.mjs
 */

import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { withLock } from './lock.mjs';
import { excerpt, isMain, ROOT, run as runProgram } from './process.mjs';
import { fingerprint, isFresh, writeStamp } from './stamp.mjs';
import { findMissing, install, mayInstall, planInstall } from './system-packages.mjs';

const OLDEST_NODE = 20;

const PLATFORM = [process.platform, process.arch, process.versions.modules];

/**
 * @typedef {object} Step
 * @property {string} title what it does, after "setup: "
 * @property {string} stamp file that remembers what the products were made from
 * @property {string[]} products files, relative to the root; if one is missing, the step runs
 * @property {string[]} inputs files and folders it depends on
 * @property {string[]} values whatever else it depends on
 * @property {string[]} command
 * @property {string} log what the command printed
 */

/** The steps by name, in the order they run. A change of package-lock.json may affect any of them. */
export function describeSteps(env = process.env) {
  const node = process.execPath;
  return {
    dependencies: {
      title: 'installing npm packages (npm ci)',
      // Inside node_modules: deleting that deletes the stamp, too.
      stamp: 'node_modules/.setup-stamp',
      products: ['node_modules/.package-lock.json'],
      inputs: ['package-lock.json'],
      values: PLATFORM,
      command: ['npm', 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'],
      log: 'build/npm-ci.log',
    },
    native: {
      title: 'building the native engine (node-gyp)',
      stamp: 'build/native.stamp',
      products: ['build/Release/chainrule.node'],
      inputs: [
        'native',
        'binding.gyp',
        // The addon contains the package's version.
        'package.json',
        'package-lock.json',
        'scripts/build-native.mjs',
        'scripts/native-config.mjs',
      ],
      values: [
        ...PLATFORM,
        ...['CHAINRULE_OPENBLAS', 'CHAINRULE_HIGHWAY', 'CXX', 'CXXFLAGS'].map((name) => env[name] ?? ''),
      ],
      command: [node, 'scripts/build-native.mjs'],
      log: 'build/native.log',
    },
    typescript: {
      title: 'building TypeScript (tsup)',
      stamp: 'build/typescript.stamp',
      products: [
        'dist/cli.js',
        ...['index', 'reference'].flatMap((entry) =>
          ['js', 'cjs', 'd.ts', 'd.cts'].map((ending) => `dist/${entry}.${ending}`),
        ),
        'dist/esm/here.js',
        'dist/cjs/here.js',
        'dist/cjs/package.json',
      ],
      inputs: ['src', 'tsup.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json'],
      values: [],
      command: [node, 'node_modules/tsup/dist/cli-default.js', '--silent'],
      log: 'build/typescript.log',
    },
  };
}

/**
 * Brings every step up to date. If another process is doing so, waits for it first.
 *
 * @param {object} [options]
 * @param {string} [options.root] the clone
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {typeof runProgram} [options.run] how programs are run
 * @param {(env: NodeJS.ProcessEnv) => import('./system-packages.mjs').Requirement[]} [options.missing]
 * @param {(text: string) => void} [options.print]
 * @returns {Promise<number>} exit status
 */
export async function setup({
  root = ROOT,
  env = process.env,
  run = runProgram,
  missing = findMissing,
  print = (text) => process.stderr.write(text),
} = {}) {
  const { dependencies, native, typescript } = describeSteps(env);
  const fresh = (step) => isFresh(root, step, fingerprint(root, step));
  if ([dependencies, native, typescript].every(fresh)) return 0;

  const clone = { root, env, run, print };
  const onWait = (owner) => print(`setup: waiting for a setup that is already running (process ${owner})\n`);
  return withLock(path.join(root, 'build/setup.lock'), onWait, async () => {
    if (!fresh(native)) await installSystemPackages(missing(env), clone);

    if (!fresh(dependencies)) {
      if (matchesLock(root)) writeStamp(root, dependencies, fingerprint(root, dependencies));
      else if (!(await runStep(dependencies, clone))) return 1;
    }
    if (!fresh(native)) {
      const needed = missing(env).filter(({ optional }) => !optional);
      if (needed.length > 0) goWithoutNative(native, needed, clone);
      else if (!(await runStep(native, clone))) return 1;
    }
    if (!fresh(typescript) && !(await runStep(typescript, clone))) return 1;
    return 0;
  });
}

/** Runs one step and stamps it. */
async function runStep(step, { root, env, run, print }) {
  const [program, ...args] = step.command;
  const log = path.join(root, step.log);
  // Before, not after: an edit in the meantime must count as a change.
  const hash = fingerprint(root, step);
  const ok = await timed(
    step.title,
    print,
    async () => (await run(program, args, { cwd: root, env, log })) === 0,
  );
  if (ok) writeStamp(root, step, hash);
  else print(`${excerpt(log)}\nsetup: the whole log is ${log}\n`);
  return ok;
}

/** Prints what begins, and when it has ended, how long it took. */
async function timed(title, print, body) {
  print(`setup: ${title} ... `);
  const start = performance.now();
  const ok = await body();
  print(`${ok ? '' : 'failed after '}${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return ok;
}

/** Installs what is missing if that needs no password or click. The caller checks what is still missing. */
async function installSystemPackages(requirements, { root, env, run, print }) {
  const plan = planInstall(requirements.filter((requirement) => !isOwn(requirement, env)));
  if (plan === null || plan.packages.length === 0) return;

  // What failed once would fail again, after half a minute of waiting for the network.
  const tried = { stamp: 'build/system-packages.stamp', products: [] };
  if (isFresh(root, tried, plan.command)) return;

  const log = path.join(root, 'build/system-packages.log');
  const runLogged = (program, args) => run(program, args, { cwd: root, env, log });
  if (!(await mayInstall(plan, runLogged))) return;
  const title = `installing ${plan.packages.join(' ')} (${plan.manager})`;
  const ok = await timed(title, print, () => install(plan, runLogged));
  if (!ok) print(`${excerpt(log)}\n`);
  writeStamp(root, tried, plan.command);
}

/** Says what is missing and how to get it. */
function goWithoutNative(native, needed, { root, env, print }) {
  // An addon from other sources may not match this TypeScript.
  for (const file of native.products) rmSync(path.join(root, file), { force: true });
  const names = needed.map((requirement) => {
    const { what, override } = requirement;
    return isOwn(requirement, env) ? `${what}, not found in ${override}=${env[override]}` : what;
  });
  const plan = planInstall(needed.filter((requirement) => !isOwn(requirement, env)));
  const remedy = plan ? `; to get it: ${plan.command}` : '';
  print(
    `setup: no native engine, going on with the reference engine; missing: ${names.join(', ')}${remedy}\n`,
  );
}

/** Whether the user named their own, which we do not install. */
function isOwn({ override }, env) {
  return override !== undefined && Boolean(env[override]);
}

/** True if node_modules has what package-lock.json requires, e.g. after `npm ci` by hand. */
export function matchesLock(root) {
  const installedFile = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const read = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const installed = read(installedFile);
  return Object.entries(read(path.join(root, 'package-lock.json'))).every(
    ([name, wanted]) =>
      name === '' || !isForThisMachine(wanted) || installed[name]?.version === wanted.version,
  );
}

function isForThisMachine({ optional, os, cpu, libc }) {
  if (!optional) return true;
  // Finding out this machine's C library takes long; a package for any of them is enough.
  return Boolean(os?.includes(process.platform) && cpu?.includes(process.arch)) && !libc;
}

if (isMain(import.meta.url)) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    console.error(`setup: expected Node ${OLDEST_NODE} or later, got ${process.version}`);
    process.exitCode = 1;
  } else {
    process.exitCode = await setup();
  }
}
