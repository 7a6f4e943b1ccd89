import { mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  addonFiles,
  packageRoot,
  type Surroundings,
  target,
} from '../../../src/engine/native/addon-files.js';

let folder: string;
const platform = process.platform;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'chainrule-files-')));
});

afterEach(() => {
  vi.restoreAllMocks();
  Object.defineProperty(process, 'platform', { value: platform });
});

const nowhere: Surroundings = {
  root: null,
  tracedPrebuilds: [],
  script: null,
  modules: [],
  executable: '/exe',
  workingFolder: null,
};

function pathsFrom(from: Partial<Surroundings>): string[] {
  return [...addonFiles({ ...nowhere, ...from })].map(({ path }) => path);
}

/** Makes the folder for this platform's binaries. */
async function makePrebuilds(...within: string[]): Promise<string> {
  const prebuilds = join(folder, ...within, 'prebuilds', target());
  await mkdir(prebuilds, { recursive: true });
  return prebuilds;
}

function onPlatform(name: NodeJS.Platform): void {
  Object.defineProperty(process, 'platform', { value: name });
}

function withReport(getReport: () => unknown): void {
  vi.spyOn(process.report, 'getReport').mockImplementation(getReport as typeof process.report.getReport);
}

const glibc = () => ({ header: { glibcVersionRuntime: '2.36' } });

describe('addonFiles', () => {
  it("lists only the package's build and its binaries", async () => {
    const build = join(folder, 'build', 'Release', 'chainrule.node');
    expect(pathsFrom({ root: folder, script: '/script', workingFolder: '/cwd' })).toEqual([
      build,
      join(folder, 'prebuilds', target()),
    ]);
    withReport(glibc);
    onPlatform('linux');
    const prebuilds = await makePrebuilds();
    expect(pathsFrom({ root: folder })).toEqual([build, join(prebuilds, 'chainrule.glibc.node')]);
  });

  it.each(['darwin', 'win32'] as const)('lists the one binary of %s', async (name) => {
    onPlatform(name);
    const prebuilds = await makePrebuilds();
    expect(pathsFrom({ root: folder })).toContain(join(prebuilds, 'chainrule.node'));
  });

  it('lists the binary for musl if the report has no glibc', async () => {
    withReport(() => ({ header: {} }));
    onPlatform('linux');
    const prebuilds = await makePrebuilds();
    expect([...addonFiles({ ...nowhere, root: folder })].slice(1)).toEqual([
      { path: join(prebuilds, 'chainrule.musl.node'), isGuess: false },
    ]);
  });

  it('guesses glibc, then musl, if the runtime gives no report', async () => {
    withReport(() => {
      throw new Error('Requires sys access');
    });
    onPlatform('linux');
    const prebuilds = await makePrebuilds();
    expect([...addonFiles({ ...nowhere, root: folder })].slice(1)).toEqual([
      { path: join(prebuilds, 'chainrule.glibc.node'), isGuess: true },
      { path: join(prebuilds, 'chainrule.musl.node'), isGuess: true },
    ]);
  });

  it('looks around a bundle, and in the working folder last', () => {
    const from = {
      tracedPrebuilds: ['/traced'],
      script: '/script',
      modules: ['/module'],
      workingFolder: '/cwd',
    };
    const beside = (place: string) => [`${place}/prebuilds/${target()}`, `${place}/chainrule.node`];
    expect(pathsFrom(from)).toEqual(
      [
        `/traced/${target()}`,
        `/script/node_modules/chainrule/prebuilds/${target()}`,
        ...beside('/script'),
        ...beside('/module'),
        ...beside('/exe'),
        `/cwd/node_modules/chainrule/prebuilds/${target()}`,
      ].map((path) => (platform === 'win32' ? expect.stringContaining(path.replaceAll('/', '\\')) : path)),
    );
  });

  it('lists no file twice', () => {
    const paths = pathsFrom({ script: '/one', modules: ['/one'], workingFolder: '/one' });
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('lists the binaries of a node_modules/chainrule with nothing else in it, as tracers leave it', async () => {
    withReport(glibc);
    onPlatform('linux');
    const prebuilds = await makePrebuilds('node_modules', 'chainrule');
    expect(pathsFrom({ script: folder })[0]).toBe(join(prebuilds, 'chainrule.glibc.node'));
  });

  it('finds the package that code in the folder of the script, or below, would import', async () => {
    const installed = join(folder, 'node_modules', 'chainrule');
    await mkdir(join(folder, 'out', 'deep'), { recursive: true });
    await mkdir(installed, { recursive: true });
    await writeFile(
      join(installed, 'package.json'),
      JSON.stringify({ name: 'chainrule', exports: { './package.json': './package.json' } }),
    );
    const build = join(installed, 'build', 'Release', 'chainrule.node');
    expect(pathsFrom({ script: join(folder, 'out', 'deep') })).toContain(build);
    expect(pathsFrom({ workingFolder: folder })).toContain(build);
  });

  it("lists what is unpacked next to Electron's archive", async () => {
    onPlatform('darwin');
    const unpacked = await makePrebuilds('app.asar.unpacked');
    expect(pathsFrom({ root: join(folder, 'app.asar') })).toEqual([
      join(folder, 'app.asar', 'build', 'Release', 'chainrule.node'),
      join(unpacked, 'chainrule.node'),
    ]);
  });
});

describe('packageRoot', () => {
  it('is the folder above that has the package chainrule', async () => {
    expect(packageRoot(import.meta.dirname ?? __dirname)).toBe(resolve(__dirname, '../../..'));
    const linked = join(folder, 'linked');
    await symlink(resolve(__dirname, '../../../src'), linked, 'junction');
    expect(packageRoot(linked)).toBeNull();
    expect(packageRoot(await realpath(linked))).toBe(resolve(__dirname, '../../..'));
  });

  it('is null in other packages and outside any package', async () => {
    const other = await mkdtemp(join(folder, 'other-'));
    await writeFile(join(other, 'package.json'), '{ "name": "other" }');
    await writeFile(join(folder, 'package.json'), 'not JSON');
    expect(packageRoot(other)).toBeNull();
    expect(packageRoot(join(folder, 'gone', 'since'))).toBeNull();
    expect(packageRoot(dirname(folder))).toBeNull();
  });
});
