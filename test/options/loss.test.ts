import { describe, expect, it } from 'vitest';
import { describeLoss, resolveLoss } from '../../src/options/loss.js';
import { describeOptimizer, resolveOptimizer } from '../../src/options/optimizer.js';
import { expectError } from '../errors.js';

describe('resolveLoss', () => {
  it('accepts a name, an object, or nothing for the fallback', () => {
    expect(resolveLoss(undefined, 'bce')).toEqual({ loss: 'bce', lossParameter: 1 });
    expect(resolveLoss('huber', 'mse')).toEqual({ loss: 'huber', lossParameter: 1 });
    expect(resolveLoss({ kind: 'huber', delta: 0.3 }, 'mse')).toEqual({ loss: 'huber', lossParameter: 0.3 });
    expect(resolveLoss({ kind: 'mse' }, 'bce')).toEqual({ loss: 'mse', lossParameter: 1 });
  });

  it('refuses an invalid delta, and one for a loss without a delta', () => {
    expectError(() => resolveLoss({ kind: 'huber', delta: 0 }, 'mse'), 'ERR_OPTION', /^loss\.delta is 0/);
    expectError(
      () => resolveLoss({ kind: 'mse', delta: 1 }, 'mse'),
      'ERR_OPTION',
      /'delta' does not go with loss 'mse'/,
    );
    expectError(() => resolveLoss('hubber', 'mse'), 'ERR_OPTION', /huber/);
  });

  it('has a description that resolves to the same loss', () => {
    for (const option of ['mse', { kind: 'huber', delta: 2 }] as const) {
      const resolved = resolveLoss(option, 'mse');
      expect(resolveLoss(describeLoss(resolved), 'bce')).toEqual(resolved);
    }
  });
});

describe('rmsprop', () => {
  it("has PyTorch's defaults", () => {
    const spec = resolveOptimizer('rmsprop');
    expect(spec).toEqual({
      kind: 'rmsprop',
      learningRate: 0.001,
      clipNorm: null,
      alpha: 0.99,
      momentum: 0,
      centered: false,
      epsilon: 1e-8,
    });
    expect(resolveOptimizer(describeOptimizer(spec))).toEqual(spec);
  });
});
