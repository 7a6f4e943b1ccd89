import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { addonFiles, loadAddon } from '../../src/backend/load-addon.js';
import type { loadNativeBackend } from '../../src/backend/native.js';
import { referenceBackend } from '../../src/backend/reference/index.js';
import { ChainruleError } from '../../src/error.js';
import { expectError } from '../network/errors.js';

const load = vi.hoisted(() => vi.fn<typeof loadNativeBackend>());
vi.mock('../../src/backend/native.js', () => ({ loadNativeBackend: load }));

const nativeBackend = {
  ...referenceBackend,
  name: 'native',
  path: 'build/Release/chainrule.node',
} as ReturnType<typeof loadNativeBackend>;
const notFound = new ChainruleError(
  'ERR_BACKEND',
  'no native addon could be loaded; tried:\n  a: not found\n  b: bad',
);

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('selectBackend', () => {
  let selectBackend: typeof import('../../src/backend/select.js').selectBackend;
  beforeEach(async () => {
    vi.stubEnv('CHAINRULE_BACKEND', undefined);
    vi.stubEnv('CHAINRULE_ADDON', undefined);
    // What was loaded and whether there was a warning is the process's to remember, not the next test's.
    vi.resetModules();
    ({ selectBackend } = await import('../../src/backend/select.js'));
    load.mockReset().mockReturnValue(nativeBackend);
  });

  /** What `action` warns of. */
  function warningsOf(action: () => void): { message: unknown; options: unknown }[] {
    const emit = vi.spyOn(process, 'emitWarning').mockReturnValue();
    action();
    return (emit.mock.calls as unknown[][]).map(([message, options]) => ({ message, options }));
  }

  it.each(['auto', 'native'] as const)('takes the native engine for %s where it loads', (choice) => {
    expect(warningsOf(() => selectBackend(choice))).toEqual([]);
    expect(selectBackend(choice)).toEqual({
      backend: nativeBackend,
      reason: 'the native addon build/Release/chainrule.node loaded',
    });
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('does not so much as load the native engine where the reference engine is asked for', () => {
    const { backend, reason } = selectBackend('reference');
    expect(backend.name).toBe('reference');
    expect(reason).toBe("the reference engine was asked for by the option backend: 'reference'");
    expect(load).not.toHaveBeenCalled();
  });

  it('lets CHAINRULE_BACKEND decide in the place of auto only', () => {
    vi.stubEnv('CHAINRULE_BACKEND', 'reference');
    expect(selectBackend('auto').reason).toBe(
      'the reference engine was asked for by CHAINRULE_BACKEND=reference',
    );
    expect(selectBackend('native').backend.name).toBe('native');
    vi.stubEnv('CHAINRULE_BACKEND', 'native');
    expect(selectBackend('auto').backend.name).toBe('native');
    expect(selectBackend('reference').backend.name).toBe('reference');
    for (const value of ['auto', '']) {
      vi.stubEnv('CHAINRULE_BACKEND', value);
      expect(selectBackend('auto').backend.name).toBe('native');
    }
  });

  it('refuses another CHAINRULE_BACKEND', () => {
    vi.stubEnv('CHAINRULE_BACKEND', 'gpu');
    const message = "CHAINRULE_BACKEND is 'gpu', expected one of 'auto', 'native', 'reference'";
    // Codes are compared by hand: after a reset of the modules, ChainruleError is another class.
    expect(() => selectBackend('auto')).toThrow(expect.objectContaining({ code: 'ERR_OPTION', message }));
  });

  it('falls back to the reference engine with one warning', () => {
    load.mockImplementation(() => {
      throw notFound;
    });
    const warnings = warningsOf(() => {
      for (let i = 0; i < 3; i++) {
        const { backend, reason } = selectBackend('auto');
        expect(backend.name).toBe('reference');
        expect(reason).toBe(
          'the reference engine stands in for the native one: ' +
            'no native addon could be loaded; tried: a: not found; b: bad',
        );
      }
    });
    expect(warnings).toEqual([
      {
        message: expect.stringContaining(notFound.message),
        options: { type: 'ChainruleWarning', code: 'CHAINRULE_NO_NATIVE' },
      },
    ]);
  });

  it.each([
    ['CHAINRULE_ADDON', '/no/such.node', '/no/such.node: not found'],
    ['CHAINRULE_SIMD', 'AVX9000', 'a.node: CHAINRULE_SIMD: no kernels for AVX9000'],
  ])('does not fall back where %s asks for what cannot be had', (variable, value, tried) => {
    vi.stubEnv(variable, value);
    load.mockImplementation(() => {
      throw new ChainruleError('ERR_BACKEND', `no native addon could be loaded; tried:\n  ${tried}`);
    });
    const warnings = warningsOf(() => {
      expect(() => selectBackend('auto')).toThrow(
        expect.objectContaining({
          code: 'ERR_BACKEND',
          message: expect.stringMatching(
            new RegExp(
              `asked for by ${variable}=${value}, cannot be had.*Possible solutions:\n- set ${variable}`,
              's',
            ),
          ),
        }),
      );
    });
    expect(warnings).toEqual([]);
    expect(selectBackend('reference').backend.name).toBe('reference');
  });

  it('falls back though CHAINRULE_SIMD is set, where there is no addon to have kernels', () => {
    vi.stubEnv('CHAINRULE_SIMD', 'AVX2');
    load.mockImplementation(() => {
      throw notFound;
    });
    warningsOf(() => expect(selectBackend('auto').backend.name).toBe('reference'));
  });

  it('makes it an error, with what can be done, where the native engine is asked for', () => {
    load.mockImplementation(() => {
      throw notFound;
    });
    vi.stubEnv('CHAINRULE_BACKEND', 'native');
    for (const [choice, asker] of [
      ['native', "the option backend: 'native'"],
      ['auto', 'CHAINRULE_BACKEND=native'],
    ] as const) {
      expect(() => selectBackend(choice)).toThrow(
        expect.objectContaining({
          code: 'ERR_BACKEND',
          message: expect.stringMatching(
            new RegExp(`asked for by ${asker}, cannot be had.*a: not found.*Possible solutions:\n- `, 's'),
          ),
          cause: notFound,
        }),
      );
    }
  });
});

describe('loadAddon', () => {
  it('stops at an addon that does not load', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'broken.node');
    await writeFile(path, 'this is no shared library');
    vi.stubEnv('CHAINRULE_ADDON', path);
    expectError(
      loadAddon,
      'ERR_BACKEND',
      /^no native addon could be loaded; tried:\n {2}\S*broken\.node: [^\n]*$/,
    );
  });

  it('looks nowhere else where CHAINRULE_ADDON names what is not there', () => {
    vi.stubEnv('CHAINRULE_ADDON', '/no/such/addon.node');
    expectError(loadAddon, 'ERR_BACKEND', /; tried:\n {2}\/no\/such\/addon\.node: not found$/);
  });
});

describe('addonFiles', () => {
  it('lists the build and the binaries for this platform and its C library', async () => {
    const root = await mkdtemp(join(tmpdir(), 'chainrule-'));
    const prebuilds = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
    const build = join(root, 'build', 'Release', 'chainrule.node');
    vi.stubEnv('CHAINRULE_ADDON', undefined);
    expect([...addonFiles(root)]).toEqual([build, prebuilds]);

    await mkdir(prebuilds, { recursive: true });
    const libc = process.platform === 'linux' ? `.${isGlibc() ? 'glibc' : 'musl'}` : null;
    const names = ['chainrule', 'node.napi'].flatMap((name) =>
      libc === null ? [`${name}.node`] : [`${name}${libc}.node`, `${name}.node`],
    );
    expect([...addonFiles(root)]).toEqual([build, ...names.map((name) => join(prebuilds, name))]);
  });

  it('lists the file of CHAINRULE_ADDON alone', () => {
    vi.stubEnv('CHAINRULE_ADDON', '/chosen.node');
    expect([...addonFiles('/anywhere')]).toEqual(['/chosen.node']);
  });
});

function isGlibc(): boolean {
  return (
    (process.report.getReport() as { header?: { glibcVersionRuntime?: string } }).header
      ?.glibcVersionRuntime !== undefined
  );
}
