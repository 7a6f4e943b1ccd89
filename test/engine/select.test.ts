import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { AddonSearch } from '../../src/engine/native/addon-error.js';
import type { loadNativeBackend } from '../../src/engine/native/native.js';
import { referenceBackend } from '../../src/engine/reference/index.js';

const load = vi.hoisted(() => vi.fn<typeof loadNativeBackend>());
vi.mock('../../src/engine/native/native.js', () => ({ loadNativeBackend: load }));

const nativeBackend = {
  ...referenceBackend,
  name: 'native',
  path: '/at/chainrule.node',
} as ReturnType<typeof loadNativeBackend>;
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('selectBackend', () => {
  let selectBackend: typeof import('../../src/engine/select.js').selectBackend;
  let AddonError: typeof import('../../src/engine/native/addon-error.js').AddonError;
  beforeEach(async () => {
    vi.stubEnv('CHAINRULE_BACKEND', undefined);
    vi.stubEnv('CHAINRULE_ADDON', undefined);
    // The process remembers what was loaded and whether it has warned; the next test must not.
    vi.resetModules();
    ({ selectBackend } = await import('../../src/engine/select.js'));
    ({ AddonError } = await import('../../src/engine/native/addon-error.js'));
    load.mockReset().mockReturnValue(nativeBackend);
  });

  /** Makes the search for the addon fail. */
  function failLoading(search: Partial<AddonSearch> = {}): Error {
    const attempts = [
      { path: '/a', problem: 'not found' },
      { path: '/b', problem: 'bad' },
    ];
    const error = new AddonError({ attempts, demand: null, isBundled: false, ...search });
    load.mockImplementation(() => {
      throw error;
    });
    return error;
  }

  /** The warnings of `action`. */
  function warningsOf(action: () => void): { message: unknown; options: unknown }[] {
    const emit = vi.spyOn(process, 'emitWarning').mockReturnValue();
    action();
    return (emit.mock.calls as unknown[][]).map(([message, options]) => ({ message, options }));
  }

  it.each(['auto', 'native'] as const)('selects the native engine for %s if it loads', (choice) => {
    expect(warningsOf(() => selectBackend(choice))).toEqual([]);
    expect(selectBackend(choice)).toEqual({
      backend: nativeBackend,
      reason: 'the native addon /at/chainrule.node loaded',
    });
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('does not even load the native engine if the reference engine is requested', () => {
    const { backend, reason } = selectBackend('reference');
    expect(backend.name).toBe('reference');
    expect(reason).toBe("the reference engine was asked for by the option backend: 'reference'");
    expect(load).not.toHaveBeenCalled();
  });

  it('lets CHAINRULE_BACKEND override only auto', () => {
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
    // Compares codes by hand: after a reset of the modules, ChainruleError is another class.
    expect(() => selectBackend('auto')).toThrow(expect.objectContaining({ code: 'ERR_OPTION', message }));
  });

  it('falls back to the reference engine with one warning', () => {
    failLoading();
    const warnings = warningsOf(() => {
      for (let i = 0; i < 3; i++) {
        const { backend, reason } = selectBackend('auto');
        expect(backend.name).toBe('reference');
        expect(reason).toBe(
          'the reference engine stands in for the native one: ' +
            'no native addon could be loaded; tried: /a: not found; /b: bad',
        );
      }
    });
    expect(warnings).toEqual([
      {
        message: expect.stringMatching(
          /^training with the reference engine.*\n {2}\/a: not found\n {2}\/b: bad\nPossible solutions:\n- reinstall .*\n- run 'npx chainrule doctor'/,
        ),
        options: { type: 'ChainruleWarning', code: 'CHAINRULE_NO_NATIVE' },
      },
    ]);
  });

  it.each([
    [{ isBundled: true }, 'mark chainrule as external in your bundler'],
    [
      { cause: Object.assign(new Error('disabled'), { code: 'ERR_DLOPEN_DISABLED' }) },
      'start node without --no-addons, or with --allow-addons under --permission',
    ],
  ])('gives the advice for %j first', (search, advice) => {
    failLoading(search);
    const [{ message }] = warningsOf(() => selectBackend('auto'));
    expect(message).toContain(`Possible solutions:\n- ${advice}`);
  });

  it.each([
    ['CHAINRULE_ADDON', '=/no/such.node', 'set CHAINRULE_ADDON'],
    ['CHAINRULE_SIMD', '=AVX9000', 'set CHAINRULE_SIMD'],
    ['useAddon', '', 'hand useAddon'],
  ] as const)('does not fall back if %s asks for what is not available', (demand, value, advice) => {
    vi.stubEnv(demand, value.slice(1));
    failLoading({ demand });
    const warnings = warningsOf(() => {
      expect(() => selectBackend('auto')).toThrow(
        expect.objectContaining({
          code: 'ERR_BACKEND',
          message: expect.stringMatching(
            new RegExp(
              `asked for by ${demand}${value}, cannot be had.*Possible solutions:\n- ${advice}`,
              's',
            ),
          ),
        }),
      );
    });
    expect(warnings).toEqual([]);
    expect(selectBackend('reference').backend.name).toBe('reference');
  });

  it('falls back although CHAINRULE_SIMD is set if there is no addon at all', () => {
    vi.stubEnv('CHAINRULE_SIMD', 'AVX2');
    failLoading();
    warningsOf(() => expect(selectBackend('auto').backend.name).toBe('reference'));
  });

  it('throws an error that says what to do if the native engine is requested', () => {
    const error = failLoading();
    vi.stubEnv('CHAINRULE_BACKEND', 'native');
    for (const [choice, asker] of [
      ['native', "the option backend: 'native'"],
      ['auto', 'CHAINRULE_BACKEND=native'],
    ] as const) {
      expect(() => selectBackend(choice)).toThrow(
        expect.objectContaining({
          code: 'ERR_BACKEND',
          message: expect.stringMatching(
            new RegExp(`asked for by ${asker}, cannot be had.*/a: not found.*Possible solutions:\n- `, 's'),
          ),
          cause: error,
        }),
      );
    }
  });
});
