import { copyFile, mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { type Surroundings, target } from '../../../src/engine/native/addon-files.js';
import { VERSION } from '../../../src/version.js';

const BUILT = resolve(__dirname, '../../../build/Release/chainrule.node');
const BROKEN = 'this is no shared library';

type Module = typeof import('../../../src/engine/native/load-addon.js');
let loadAddon: Module['loadAddon'];
let useAddon: Module['useAddon'];
let folder: string;

beforeEach(async () => {
  vi.stubEnv('CHAINRULE_ADDON', undefined);
  folder = await realpath(await mkdtemp(join(tmpdir(), 'chainrule-load-')));
  await fresh();
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  vi.doUnmock('../../../src/version.js');
});

/** The loader as in a process that has loaded nothing. */
async function fresh(): Promise<void> {
  vi.resetModules();
  ({ loadAddon, useAddon } = await import('../../../src/engine/native/load-addon.js'));
}

/** A bundle in `folder`, with nothing else around it. */
const inBundle = (): Surroundings => ({
  root: null,
  tracedPrebuilds: [],
  script: folder,
  modules: [],
  executable: folder,
  workingFolder: null,
});

const inPackage = (): Surroundings => ({ ...inBundle(), root: folder });

async function place(from: string, ...path: string[]): Promise<string> {
  const file = join(folder, ...path);
  await mkdir(dirname(file), { recursive: true });
  await (from === BROKEN ? writeFile(file, BROKEN) : copyFile(from, file));
  return file;
}

/** What `action` throws, as data: errors of a reloaded module have another class. */
function thrownBy(action: () => unknown): Record<string, unknown> {
  try {
    action();
  } catch (error) {
    const { message, cause } = error as Error;
    return { ...(error as object), message, cause };
  }
  throw new Error('nothing was thrown');
}

it('has the version in package.json', () => {
  expect(VERSION).toBe(manifest.version);
});

describe('loadAddon', () => {
  it("loads the package's own build first", async () => {
    const built = await place(BUILT, 'build', 'Release', 'chainrule.node');
    const { addon, path } = loadAddon(inPackage);
    expect(path).toBe(built);
    expect(addon).toMatchObject({ version: VERSION, gemm: expect.stringMatching(/^(own|openblas)$/) });
  });

  it('skips absent files, and names them with full paths', () => {
    expect(thrownBy(() => loadAddon(inPackage))).toMatchObject({
      code: 'ERR_BACKEND',
      demand: null,
      isBundled: false,
      attempts: [
        { path: join(folder, 'build', 'Release', 'chainrule.node'), problem: 'not found' },
        { path: join(folder, 'prebuilds', target()), problem: 'not found' },
      ],
      message: `no native addon could be loaded; tried:
  ${join(folder, 'build', 'Release', 'chainrule.node')}: not found
  ${join(folder, 'prebuilds', target())}: not found`,
    });
  });

  it('finds an addon beside a bundle', async () => {
    const beside = await place(BUILT, 'chainrule.node');
    expect(loadAddon(inBundle).path).toBe(beside);
  });

  it('stops at an addon that does not load, even if there is another', async () => {
    const broken = await place(BROKEN, 'build', 'Release', 'chainrule.node');
    for (const libc of ['.glibc', '.musl', '']) {
      await place(BUILT, 'prebuilds', target(), `chainrule${libc}.node`);
    }
    const { attempts, cause } = thrownBy(() => loadAddon(inPackage));
    expect(attempts).toEqual([{ path: broken, problem: expect.not.stringContaining('not found') }]);
    expect(cause).toMatchObject({ code: 'ERR_DLOPEN_FAILED' });
  });

  it.runIf(process.platform === 'linux')('skips a guess that does not load', async () => {
    const [glibc, musl] = [
      await place(BROKEN, 'prebuilds', target(), 'chainrule.glibc.node'),
      await place(BUILT, 'prebuilds', target(), 'chainrule.musl.node'),
    ];
    vi.spyOn(process.report, 'getReport').mockImplementation(() => {
      throw new Error('Requires sys access');
    });
    expect(loadAddon(inPackage).path).toBe(musl);
    vi.mocked(process.report.getReport).mockReturnValue({ header: { glibcVersionRuntime: '2.36' } });
    expect(thrownBy(() => loadAddon(inPackage)).attempts).toMatchObject([{}, { path: glibc }]);
  });

  it('refuses an addon of another version', async () => {
    vi.doMock('../../../src/version.js', () => ({ VERSION: '9.9.9' }));
    await fresh();
    const old = await place(BUILT, 'build', 'Release', 'chainrule.node');
    expect(thrownBy(() => loadAddon(inPackage)).attempts).toEqual([
      { path: old, problem: `it is of chainrule ${VERSION}, expected 9.9.9` },
    ]);
    await fresh();
    useAddon({ Network: class {} });
    expect(thrownBy(() => loadAddon(inPackage)).message).toContain('of no known version');
  });

  it("loads the file that is unpacked next to Electron's archive", async () => {
    const unpacked = await place(BUILT, 'app.asar.unpacked', 'chainrule.node');
    vi.stubEnv('CHAINRULE_ADDON', join(folder, 'app.asar', 'chainrule.node'));
    expect(loadAddon().path).toBe(unpacked);
  });
});

describe('CHAINRULE_ADDON', () => {
  it('takes precedence over any search', () => {
    vi.stubEnv('CHAINRULE_ADDON', BUILT);
    const lost = () => {
      throw new Error('import.meta.url is undefined');
    };
    expect(loadAddon(lost).path).toBe(BUILT);
  });

  it('may be relative to the working folder', () => {
    vi.stubEnv('CHAINRULE_ADDON', relative(process.cwd(), BUILT));
    expect(loadAddon().path).toBe(BUILT);
  });

  it.each([
    ['is not there', 'no.node', 'not found'],
    ['does not load', 'broken.node', expect.stringMatching(/.../)],
  ])('is not replaced by another addon if it %s', async (_, name, problem) => {
    await place(BROKEN, 'broken.node');
    vi.stubEnv('CHAINRULE_ADDON', join(folder, name));
    expect(thrownBy(() => loadAddon())).toMatchObject({
      code: 'ERR_BACKEND',
      demand: 'CHAINRULE_ADDON',
      attempts: [{ path: join(folder, name), problem }],
    });
  });
});

describe('useAddon', () => {
  it.each([
    ['a path', () => BUILT],
    ['a relative path', () => relative(process.cwd(), BUILT)],
    ['a URL', () => pathToFileURL(BUILT)],
    ['a URL in text', () => pathToFileURL(BUILT).href],
  ])('takes %s', (_, of) => {
    useAddon(of());
    expect(loadAddon(inPackage).path).toBe(BUILT);
  });

  it("accepts an addon's exports", () => {
    const { exports } = dlopen(BUILT);
    useAddon(exports);
    expect(loadAddon(inPackage)).toEqual({ addon: exports, path: undefined });
  });

  it('is overridden by CHAINRULE_ADDON', () => {
    useAddon('/no/such.node');
    vi.stubEnv('CHAINRULE_ADDON', BUILT);
    expect(loadAddon().path).toBe(BUILT);
  });

  it('does not fall back to another addon if this one does not load', async () => {
    await place(BUILT, 'build', 'Release', 'chainrule.node');
    useAddon(join(folder, 'no.node'));
    expect(thrownBy(() => loadAddon(inPackage))).toMatchObject({
      demand: 'useAddon',
      attempts: [{ path: join(folder, 'no.node'), problem: 'not found' }],
    });
  });

  it('is refused once an addon was loaded, unless it is the same', () => {
    useAddon(BUILT);
    const { addon } = loadAddon(inPackage);
    useAddon(BUILT);
    useAddon(addon as object);
    expect(thrownBy(() => useAddon('/another.node'))).toMatchObject({
      code: 'ERR_BACKEND',
      message: expect.stringContaining(`looked for before (${BUILT}); call useAddon before`),
    });
  });

  it('is refused after a search that found no addon', () => {
    thrownBy(() => loadAddon(inPackage));
    expect(thrownBy(() => useAddon(BUILT)).message).toContain('none was found');
  });

  it.each([
    ['', "got ''"],
    ['file://host/chainrule.node', "got 'file://host/chainrule.node'"],
    [new URL('https://example.org/'), "got 'https://example.org/'"],
    [null, 'got null'],
    [7, 'got number'],
    [{}, 'got object without a class Network'],
  ])('refuses %j', (value, came) => {
    expect(thrownBy(() => useAddon(value as string))).toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining(came),
    });
  });
});

function dlopen(path: string): { exports: object } {
  const target = { exports: {} };
  process.dlopen(target, path);
  return target;
}
