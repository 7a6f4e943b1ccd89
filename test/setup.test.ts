import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scripts = new URL('../scripts/', import.meta.url);
const load = (name: string) => import(new URL(name, scripts).href);
const { describeSteps, matchesLock, setup } = await load('setup.mjs');
const { buildSettings, findNativePaths } = await load('native-config.mjs');
const { planInstall, REQUIREMENTS } = await load('system-packages.mjs');
const { nodeGypArguments } = await load('build-native.mjs');
const { checkSources } = await load('lint.mjs');

const ADDON = 'build/Release/chainrule.node';
const [openblas, highway] = REQUIREMENTS;

let root: string;
let ran: string[];
let printed: string;
let compiles: boolean;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'chainrule-setup-'));
  ran = [];
  printed = '';
  compiles = true;
  write('package-lock.json', '{ "packages": {} }');
  write('src/index.ts', 'export {};');
  write('native/core/step.cc', 'int step;');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string) {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

/** Replaces npm, node-gyp, tsup and package managers: makes what they would make. */
async function run(program: string, args: string[], { log }: { log: string }) {
  const command = [path.basename(program), ...args].join(' ');
  write(path.relative(root, log), `log of ${command}`);
  if (command.startsWith('npm ci')) {
    ran.push('npm ci');
    write('node_modules/.package-lock.json', '{ "packages": {} }');
  } else if (command.includes('build-native')) {
    ran.push('native');
    if (!compiles) return 1;
    write(ADDON, 'addon');
  } else if (command.includes('tsup')) {
    ran.push('typescript');
    for (const product of describeSteps({}).typescript.products) write(product, '');
  } else {
    ran.push(command);
  }
  return 0;
}

/** A run of setup on the made-up clone; returns its exit status. */
function setUp({ env = {}, missing = [] }: { env?: Record<string, string>; missing?: unknown[] } = {}) {
  const print = (text: string) => {
    printed += text;
  };
  return setup({ root, env, run, print, missing: () => missing });
}

/** The same for a later run; `ran` and `printed` then contain only this run. */
function setUpAgain(options?: Parameters<typeof setUp>[0]) {
  ran = [];
  printed = '';
  return setUp(options);
}

describe('setup', () => {
  it('does everything once, in order, and announces it', async () => {
    expect(await setUp()).toBe(0);
    expect(ran).toEqual(['npm ci', 'native', 'typescript']);
    expect(printed).toMatch(/^setup: installing npm packages \(npm ci\) \.\.\. \d+\.\d s\n/);
  });

  it('does nothing and prints nothing the second time', async () => {
    await setUp();
    expect(await setUpAgain()).toBe(0);
    expect(ran).toEqual([]);
    expect(printed).toBe('');
  });

  it.each([
    ['src/network/network.ts', ['typescript']],
    ['native/core/loss.cc', ['native']],
    ['binding.gyp', ['native']],
    ['package-lock.json', ['npm ci', 'native', 'typescript']],
  ])('after a change of %s does %j', async (file, expected) => {
    await setUp();
    write(file, '{ "packages": { "node_modules/new": { "version": "1.0.0" } } }');
    await setUpAgain();
    expect(ran).toEqual(expected);
  });

  it.each([
    ['dist', ['typescript']],
    ['build', ['native', 'typescript']],
    [ADDON, ['native']],
    ['node_modules', ['npm ci']],
  ])('if %s is lost does %j', async (file, expected) => {
    await setUp();
    rmSync(path.join(root, file), { recursive: true });
    await setUpAgain();
    expect(ran).toEqual(expected);
  });

  it('rebuilds what has been built by hand since, perhaps from other sources', async () => {
    await setUp();
    utimesSync(path.join(root, ADDON), new Date(0), new Date(0));
    await setUpAgain();
    expect(ran).toEqual(['native']);
  });

  it('fails when the native engine does not compile, shows the log, and tries again', async () => {
    compiles = false;
    expect(await setUp()).toBe(1);
    expect(printed).toContain('failed after');
    expect(printed).toContain('log of node scripts/build-native.mjs');
    expect(ran).toEqual(['npm ci', 'native']);
    compiles = true;
    expect(await setUpAgain()).toBe(0);
    expect(ran).toEqual(['native', 'typescript']);
  });

  it('continues without what the native engine needs, and never loads an outdated one', async () => {
    await setUp();
    write('native/core/step.cc', 'int other_step;');
    const env = { CHAINRULE_OPENBLAS: '/nowhere' };
    expect(await setUpAgain({ env, missing: [openblas] })).toBe(0);
    expect(ran).toEqual([]);
    expect(printed.trimEnd().split('\n')).toHaveLength(1);
    expect(printed).toContain('going on with the reference engine');
    expect(printed).toContain('not found in CHAINRULE_OPENBLAS=/nowhere');
    expect(existsSync(path.join(root, ADDON))).toBe(false);
  });

  it('tries only once to install the same system packages', async () => {
    expect(await setUp({ missing: [highway] })).toBe(0);
    expect(await setUpAgain({ missing: [highway] })).toBe(0);
    expect(ran.filter((command) => command.includes('install'))).toEqual([]);
    expect(printed).toContain('Highway');
  });

  it('builds without an optional library', async () => {
    await setUp({ missing: REQUIREMENTS.filter(({ optional }: { optional?: boolean }) => optional) });
    expect(ran).toContain('native');
  });

  it('does the work once if two runs start at the same time', async () => {
    const both = [setUp(), setUp()];
    expect(await Promise.all(both)).toEqual([0, 0]);
    expect(ran).toEqual(['npm ci', 'native', 'typescript']);
  });

  it('accepts packages that npm ci installed by hand', async () => {
    const here = { version: '1.2.0', optional: true, os: [process.platform], cpu: [process.arch] };
    const elsewhere = { version: '1.2.0', optional: true, os: ['another'], cpu: ['another'] };
    const installed = { 'node_modules/a': { version: '2.0.0' }, 'node_modules/here': here };
    const lock = { '': {}, ...installed, 'node_modules/elsewhere': elsewhere };
    write('package-lock.json', JSON.stringify({ packages: lock }));
    write('node_modules/.package-lock.json', JSON.stringify({ packages: installed }));
    await setUp();
    expect(ran).toEqual(['native', 'typescript']);

    write(
      'node_modules/.package-lock.json',
      JSON.stringify({ packages: { ...installed, 'node_modules/a': {} } }),
    );
    expect(matchesLock(root)).toBe(false);
  });
});

describe('native-config', () => {
  const paths = (files: string[], machine: object) =>
    findNativePaths({
      env: {},
      platform: 'linux',
      arch: 'x64',
      exists: (f: string) => files.includes(f),
      ...machine,
    });
  const debian = ['/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.a', '/usr/include/hwy/highway.h'];

  it("finds Debian's files", () => {
    expect(paths(debian, {})).toEqual({
      openblasLib: '/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.a',
      hwyInclude: '/usr/include',
      doctestInclude: '',
    });
  });

  it("finds Homebrew's files", () => {
    const files = ['/brew/opt/openblas/lib/libopenblas.a'];
    const found = paths(files, { platform: 'darwin', env: { HOMEBREW_PREFIX: '/brew' } });
    expect(found.openblasLib).toBe(files[0]);
  });

  it("uses only the user's OpenBLAS if there is one", () => {
    const env = { CHAINRULE_OPENBLAS: '/opt/blas' };
    const own = '/opt/blas/lib/libopenblas.a';
    expect(paths([own, ...debian], { env }).openblasLib).toBe(own);
    expect(paths(debian, { env }).openblasLib).toBe('');
    expect(paths(debian, { env: { CHAINRULE_OPENBLAS: 'none' } }).openblasLib).toBe('');
  });

  it("uses only the user's Highway if there is one", () => {
    const env = { CHAINRULE_HIGHWAY: '/opt/highway' };
    expect(paths(['/opt/highway/hwy/highway.h', ...debian], { env }).hwyInclude).toBe('/opt/highway');
    expect(paths(debian, { env }).hwyInclude).toBe('');
  });

  it('defines a macro if there is no OpenBLAS, and then links no replacement for its allocator', () => {
    const without = buildSettings({ platform: 'linux', blas: false });
    const within = buildSettings({ platform: 'linux', blas: true });
    expect(without.defines).toEqual([...within.defines, 'CHAINRULE_NO_BLAS']);
    expect(without.linkFlags.join(' ')).not.toMatch(/wrap/);
    expect(within.linkFlags.join(' ')).toMatch(/--wrap=blas_memory_alloc/);
  });

  it('compiles every build with the same floating-point rules', () => {
    for (const platform of ['linux', 'darwin', 'win32']) {
      expect(buildSettings({ platform, blas: false }).compileFlags).toContain('-ffp-contract=off');
    }
  });

  it('prints a path, or its usage', () => {
    const script = fileURLToPath(new URL('native-config.mjs', scripts));
    const options = { cwd: tmpdir(), encoding: 'utf8' } as const;
    const { hwyInclude } = findNativePaths();
    expect(execFileSync(process.execPath, [script, '--hwy-include'], options)).toBe(`${hwyInclude}\n`);
    const wrong = spawnSync(process.execPath, [script, '--blas'], options);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^usage:/);
  });
});

describe('planInstall', () => {
  const plan = (machine: object) => planInstall([openblas, highway], machine);

  it('gives one command for apt-get, with sudo if needed', () => {
    const install = 'apt-get install -y --no-install-recommends libopenblas-serial-dev libhwy-dev';
    const linux = { platform: 'linux', has: () => true };
    expect(plan({ ...linux, root: true }).command).toBe(`apt-get update && ${install}`);
    expect(plan({ ...linux, root: false }).command).toBe(`sudo apt-get update && sudo ${install}`);
  });

  it('gives one command for Homebrew', () => {
    expect(plan({ platform: 'darwin', has: () => true }).command).toBe('brew install openblas highway');
  });

  it('gives none for a package manager it does not know', () => {
    expect(plan({ platform: 'linux', has: () => false })).toBeNull();
  });
});

describe('build-native', () => {
  it('lets node-gyp download headers only if Node came without them', () => {
    expect(nodeGypArguments('/opt/node')).toContain('--nodedir=/opt/node');
    expect(nodeGypArguments('').join(' ')).not.toContain('nodedir');
  });
});

describe('lint', () => {
  it('finds native sources that are in no list, in two lists, or missing', () => {
    write('native/core/loss.cc', '');
    write('native/core/loss.h', '');
    write('native/core/plan.cc', '');
    write(
      'native/sources.json',
      '{ "core": ["native/core/loss.cc", "native/core/gone.cc"], "test": ["native/core/loss.cc"] }',
    );
    expect(checkSources(root)).toEqual([
      '"core" in native/sources.json lists native/core/gone.cc, which does not exist',
      'native/core/loss.cc has to be in one list of native/sources.json, is in "core", "test"',
      'native/core/plan.cc has to be in one list of native/sources.json, is in none',
      'native/core/step.cc has to be in one list of native/sources.json, is in none',
    ]);
  });
});
