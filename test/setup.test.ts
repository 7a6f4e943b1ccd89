/** scripts/setup.mjs as it is, in a made-up clone. What it calls stands there as programs that only make files. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scripts = fileURLToPath(new URL('../scripts', import.meta.url));
const { findProgram } = await import(path.join(scripts, 'process.mjs'));

const STEP = 'native/core/step.cc';
const ADDON = 'build/Release/chainrule.node';
const FILES = [
  ...['package.json', 'package-lock.json', 'binding.gyp', 'tsup.config.ts', 'tsconfig.json', 'src/index.ts'],
  ...[STEP, 'libs/lib/libopenblas.a', 'libs/hwy/highway.h', 'THIRD-PARTY-NOTICES.md', 'ran'],
];

/** What the programs do. The builds stand in tools/ until npm installs them. */
const NPM = `
  fs.cpSync('tools', 'node_modules', { recursive: true });
  fs.writeFileSync('node_modules/.package-lock.json', '');`;
const NODE_GYP = `
  if (fs.readFileSync('${STEP}', 'utf8') === 'wrong') {
    console.log('step.cc: error');
    process.exit(1);
  }
  fs.mkdirSync('build/Release', { recursive: true });
  fs.writeFileSync('${ADDON}', '');`;
const TSUP = `
  fs.mkdirSync('dist', { recursive: true });
  fs.writeFileSync('dist/index.js', '');`;

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(tmpdir(), 'chainrule-setup-'));
  fs.cpSync(scripts, inRoot('scripts'), { recursive: true });
  for (const file of FILES) write(file, file === 'ran' ? '' : '{}');
  fs.mkdirSync(inRoot('bin'));
  for (const name of [process.platform === 'darwin' ? 'lockf' : 'flock', 'true', 'sh']) {
    fs.symlinkSync(findProgram(name), inRoot(`bin/${name}`));
  }
  for (const tool of ['g++', 'make', 'python3', 'valgrind', 'chromium']) write(`bin/${tool}`, '', 0o755);
  makeProgram('bin/npm', 'npm', NPM);
  makeProgram('tools/node-gyp/bin/node-gyp.js', 'native', NODE_GYP);
  makeProgram('tools/tsup/dist/cli-default.js', 'typescript', TSUP);
});

afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function inRoot(file: string) {
  return path.join(root, file);
}

function write(file: string, content: string, mode = 0o644) {
  fs.mkdirSync(path.dirname(inRoot(file)), { recursive: true });
  fs.writeFileSync(inRoot(file), content, { mode });
}

/** A program that adds `name` to a list, then does `body`. */
function makeProgram(file: string, name: string, body: string) {
  const note = `const fs = require('node:fs'); fs.appendFileSync('ran', '${name} ');`;
  write(file, `#!${process.execPath}\n${note}\n${body}`, 0o755);
}

function ranSoFar() {
  return fs.readFileSync(inRoot('ran'), 'utf8').trim();
}

/** Runs setup. `ran` has the names of the programs that ran meanwhile. */
async function setUp(env: Record<string, string> = {}) {
  const before = ranSoFar().length;
  const libs = inRoot('libs');
  const child = spawn(process.execPath, [inRoot('scripts/setup.mjs')], {
    cwd: root,
    env: { PATH: inRoot('bin'), CHAINRULE_OPENBLAS: libs, CHAINRULE_HIGHWAY: libs, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [printed] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, printed, ran: ranSoFar().slice(before).trim() };
}

describe('setup', () => {
  it('does everything once, in order, and says so beforehand', async () => {
    const { status, printed, ran } = await setUp();
    expect(status).toBe(0);
    expect(ran).toBe('npm native typescript');
    expect(printed).toMatch(/^setup: installing npm packages \(npm ci\) \.\.\.\n.*: \d+\.\d s\n/);
  });

  it('does nothing and prints nothing the second time', async () => {
    await setUp();
    expect(await setUp()).toEqual({ status: 0, printed: '', ran: '' });
  });

  it('does what a change or a loss asks for', async () => {
    await setUp();
    const changes: Record<string, string> = {
      'src/network/network.ts': 'typescript',
      'native/core/loss.cc': 'native',
      'binding.gyp': 'native',
      'package-lock.json': 'npm native typescript',
    };
    for (const [file, expected] of Object.entries(changes)) {
      write(file, '{ "changed": true }');
      expect((await setUp()).ran, file).toBe(expected);
    }
    const losses: Record<string, string> = {
      dist: 'typescript',
      build: 'native typescript',
      [ADDON]: 'native',
      node_modules: 'npm',
    };
    for (const [file, expected] of Object.entries(losses)) {
      fs.rmSync(inRoot(file), { recursive: true });
      expect((await setUp()).ran, file).toBe(expected);
    }
  });

  it('builds again for another compiler, and what was built by hand since', async () => {
    await setUp();
    expect((await setUp({ CXX: 'clang++' })).ran).toBe('native');
    expect((await setUp()).ran).toBe('native');
    const later = new Date(Date.now() + 60_000);
    fs.utimesSync(inRoot(ADDON), later, later);
    expect((await setUp()).ran).toBe('native');
  });

  it('accepts packages that were installed by hand', async () => {
    fs.cpSync(inRoot('tools'), inRoot('node_modules'), { recursive: true });
    write('node_modules/.package-lock.json', '');
    expect((await setUp()).ran).toBe('native typescript');
  });

  it('fails when the native engine does not compile, shows the log, and tries again', async () => {
    write(STEP, 'wrong');
    const failed = await setUp();
    expect(failed.status).toBe(1);
    expect(failed.printed).toMatch(/failed after .*\nstep\.cc: error/);
    expect(failed.ran).toBe('npm native');
    write(STEP, 'right');
    expect(await setUp()).toMatchObject({ status: 0, ran: 'native typescript' });
  });

  it('lets two at once do the work once', async () => {
    makeProgram('bin/npm', 'npm', `while (!fs.existsSync('go')) {}\n${NPM}`);
    const first = setUp();
    while (ranSoFar() === '') await setTimeout(20);
    const second = setUp();
    await setTimeout(500);
    write('go', '');
    expect(await first).toMatchObject({ status: 0 });
    expect(await second).toMatchObject({ status: 0, printed: 'setup: waiting for another setup\n' });
    expect(ranSoFar()).toBe('npm native typescript');
  });
});

describe('setup without what the native engine needs', () => {
  it('goes on, and never loads an outdated one', async () => {
    await setUp();
    const { status, printed, ran } = await setUp({ CHAINRULE_OPENBLAS: '/nowhere' });
    expect(status).toBe(0);
    expect(ran).toBe('');
    expect(printed).toContain('going on with the reference engine');
    expect(printed).toContain('OpenBLAS (static, single-threaded) in CHAINRULE_OPENBLAS=/nowhere');
    expect(fs.existsSync(inRoot(ADDON))).toBe(false);
  });

  it('goes on without what only tests need', async () => {
    for (const tool of ['valgrind', 'chromium']) fs.rmSync(inRoot(`bin/${tool}`));
    expect((await setUp()).ran).toContain('native');
  });

  describe.runIf(process.platform === 'linux')('on a system with apt-get', () => {
    beforeEach(() => fs.rmSync(inRoot('bin/make')));

    it('installs it', async () => {
      const install = `if (process.argv.includes('make')) fs.linkSync('bin/g++', 'bin/make');`;
      makeProgram('bin/apt-get', 'apt-get', install);
      // Unless the superuser runs this, there has to be sudo.
      write('bin/sudo', '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"', 0o755);
      const { printed, ran } = await setUp();
      expect(ran).toMatch(/^npm (apt-get )+native typescript$/);
      expect(printed).toMatch(/apt-get update && .*apt-get install .* make.* \.\.\.\n/);
    });

    it('gives the command where it may not', async () => {
      makeProgram('bin/apt-get', '', 'process.exit(100);');
      makeProgram('bin/sudo', '', 'process.exit(1);');
      const { status, printed, ran } = await setUp();
      expect(status).toBe(0);
      expect(ran).toMatch(/^npm +typescript$/);
      expect(printed).toMatch(/missing: make; to get it: .*apt-get update && .*apt-get install .* make\n/);
    });
  });
});
