import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { backend } from '../../src/network/backend-info.js';
import { Network } from '../../src/network/network.js';
import { engines } from '../engines.js';

beforeEach(() => {
  vi.stubEnv('CHAINRULE_BACKEND', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('backend', () => {
  it.each(engines)('says which engine a network uses, for %s', (name) => {
    vi.stubEnv('CHAINRULE_BACKEND', name);
    expect(backend()).toEqual(new Network({ inputSize: 1, layers: [{ units: 1 }] }).backend);
    expect(backend().name).toBe(name);
  });

  it.runIf(engines.includes('native'))('describes the native engine completely', () => {
    const { path, reason, ...info } = backend();
    expect(info).toEqual({
      name: 'native',
      simd: expect.stringMatching(/^[A-Z]+\d?$/),
      blas: expect.stringMatching(/^(none|\S+ \d+\.\d+\.\d+ \S+)$/),
      gemm: expect.stringMatching(/^(own|openblas)$/),
      products: 'float32',
      threads: availableParallelism(),
    });
    expect(isAbsolute(path ?? '')).toBe(true);
    expect(reason).toBe(`the native addon ${path} loaded`);
  });

  it('describes the reference engine', () => {
    vi.stubEnv('CHAINRULE_BACKEND', 'reference');
    expect(backend()).toEqual({
      name: 'reference',
      simd: 'none',
      blas: 'none',
      gemm: 'own',
      products: 'float32',
      threads: 1,
      reason: 'the reference engine was asked for by CHAINRULE_BACKEND=reference',
    });
  });
});
