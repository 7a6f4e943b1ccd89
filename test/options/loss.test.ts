import { describe, expect, it } from 'vitest';
import { describeLoss, resolveLoss } from '../../src/options/loss.js';
import { describeOptimizer, resolveOptimizer } from '../../src/options/optimizer.js';
import { expectError } from '../errors.js';

describe('resolveLoss', () => {
  it('accepts a name, an object, or nothing for the fallback', () => {
    const resolve = (option: unknown) => resolveLoss(option, 'bce', 2);
    expect(resolve(undefined)).toEqual({ loss: 'bce', lossParameters: [] });
    expect(resolve('huber')).toEqual({ loss: 'huber', lossParameters: [1] });
    expect(resolve({ kind: 'huber', delta: 0.3 })).toEqual({ loss: 'huber', lossParameters: [0.3] });
    expect(resolve({ kind: 'mse' })).toEqual({ loss: 'mse', lossParameters: [] });
    const quantiles = [0.9, 0.5];
    const resolved = resolve({ kind: 'quantile', quantiles });
    quantiles[0] = 0;
    expect(resolved).toEqual({ loss: 'quantile', lossParameters: [0.9, 0.5] });
  });

  it.each<[object | string, number, string]>([
    ['quantile', 1, 'loss.quantiles is undefined, expected an array of at least one number'],
    [
      { kind: 'quantile', quantiles: [] },
      1,
      'loss.quantiles is an array, expected an array of at least one number',
    ],
    [{ kind: 'quantile', quantiles: 0.5 }, 1, 'loss.quantiles is 0.5'],
    [{ kind: 'quantile', quantiles: [0.5, 1] }, 2, 'loss.quantiles[1] is 1, expected a number above 0'],
    [{ kind: 'quantile', quantiles: [0.1, 0.9] }, 3, 'has length 2, but the network has 3 outputs'],
    [{ kind: 'quantile', quantiles: [0.1, 0.9] }, 1, 'has length 2, but the network has 1 output:'],
    [{ kind: 'absolute', quantiles: [0.5] }, 1, "'quantiles' does not go with loss 'absolute'"],
  ])('refuses %j with %d outputs', (option, outputs, part) => {
    expectError(() => resolveLoss(option, 'mse', outputs), 'ERR_OPTION', part);
  });

  it('refuses an invalid delta, and one for a loss without a delta', () => {
    expectError(() => resolveLoss({ kind: 'huber', delta: 0 }, 'mse', 1), 'ERR_OPTION', /^loss\.delta is 0/);
    expectError(
      () => resolveLoss({ kind: 'mse', delta: 1 }, 'mse', 1),
      'ERR_OPTION',
      /'delta' does not go with loss 'mse'/,
    );
    expectError(() => resolveLoss('hubber', 'mse', 1), 'ERR_OPTION', /huber/);
  });

  it('has a description that resolves to the same loss', () => {
    const options = ['mse', 'absolute', { kind: 'huber', delta: 2 }, { kind: 'quantile', quantiles: [0.2] }];
    for (const option of options) {
      const resolved = resolveLoss(option, 'mse', 1);
      expect(resolveLoss(describeLoss(resolved), 'bce', 1)).toEqual(resolved);
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
