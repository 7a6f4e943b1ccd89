import { describe, expect, it } from 'vitest';

import type { FitOptions } from '../../src/index.js';
import { learningRates, plateauOf, resolveSchedule } from '../../src/options/learning-rate-schedule.js';
import { expectError } from '../errors.js';

const watchable = { loss: 'crossEntropy', hasValidation: true } as const;

type Option = NonNullable<FitOptions['learningRateSchedule']>;

/** The rates of `epochs` epochs, from a base of 1. */
function rates(option: Option, epochs: number, base = 1): number[] | null {
  const values = learningRates(resolveSchedule(option, epochs, watchable), epochs, base);
  return values && [...values];
}

function expectRates(option: Option, expected: number[], base = 1): void {
  expect(rates(option, expected.length, base)).toEqual(expected.map((rate) => expect.closeTo(rate, 12)));
}

describe('learningRates', () => {
  it('of a constant are left to the optimizer', () => {
    expect(rates('constant', 3)).toBeNull();
    expect(rates({ kind: 'constant', warmup: 0 }, 3)).toBeNull();
    expect(learningRates(null, 3, 1)).toBeNull();
  });

  it('of steps fall by the factor at regular intervals', () => {
    expectRates({ kind: 'step', every: 2 }, [1, 1, 0.1, 0.1, 0.01]);
    expectRates({ kind: 'step', every: 3, factor: 0.5 }, [2, 2, 2, 1, 1, 1, 0.5], 2);
  });

  it('of an exponential fall by the same factor in every epoch', () => {
    expectRates({ kind: 'exponential', decay: 0.5 }, [1, 0.5, 0.25, 0.125]);
  });

  it('of inverse time fall as 1 / (1 + decay t)', () => {
    expectRates({ kind: 'inverseTime', decay: 0.5 }, [1, 1 / 1.5, 1 / 2, 1 / 2.5]);
  });

  it('of inverse scaling fall as a power of the epoch', () => {
    expectRates('inverseScaling', [1, 1 / Math.SQRT2, 1 / Math.sqrt(3), 0.5]);
    expectRates({ kind: 'inverseScaling', power: 2 }, [1, 1 / 4, 1 / 9]);
  });

  it('of a cosine fall for half a period to the minimum, which the epoch after the last would reach', () => {
    expectRates('cosine', [1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2]);
    expectRates({ kind: 'cosine', minimum: 0.2 }, [1, 0.6]);
  });

  it('of a plateau are left to the engine', () => {
    expect(rates('plateau', 5)).toBeNull();
    expect(plateauOf(resolveSchedule('plateau', 5, watchable))).toEqual({
      monitor: 'validationLoss',
      factor: 0.1,
      patience: 10,
      minDelta: 1e-4,
      cooldown: 0,
      minLearningRate: 0,
      firstEpoch: 1,
    });
    expect(plateauOf(resolveSchedule('cosine', 5, watchable))).toBeNull();
    expect(plateauOf(null)).toBeNull();
  });

  it('of a function are what it returns, epoch by epoch', () => {
    expectRates((epoch, base) => base / epoch, [3, 1.5, 1], 3);
  });

  it('rise linearly to the base in a warm-up, after which the schedule begins', () => {
    expectRates({ kind: 'constant', warmup: 4 }, [0.25, 0.5, 0.75, 1, 1, 1]);
    expectRates({ kind: 'exponential', decay: 0.5, warmup: 2 }, [0.5, 1, 1, 0.5, 0.25]);
    expectRates({ kind: 'cosine', warmup: 1 }, [1, 1, 0.5]);
    expectRates({ kind: 'plateau', warmup: 2 }, [0.5, 1, 1]);
    const warm = resolveSchedule({ kind: 'plateau', factor: 0.5, warmup: 2 }, 3, watchable);
    expect(plateauOf(warm)).toMatchObject({ factor: 0.5, firstEpoch: 3 });
  });
});

describe('resolveSchedule', () => {
  it.each<[unknown, string]>([
    ['cosin', "learningRateSchedule is 'cosin', expected one of 'constant', 'step'"],
    [3, 'learningRateSchedule is 3, expected the name of a schedule or an object'],
    [{}, 'learningRateSchedule.kind is undefined'],
    ['step', 'learningRateSchedule.every is undefined, expected a whole number from 1'],
    ['exponential', 'learningRateSchedule.decay is undefined, expected a number above 0'],
    [{ kind: 'exponential', decay: 0 }, 'learningRateSchedule.decay is 0'],
    [{ kind: 'inverseTime', decay: -1 }, 'learningRateSchedule.decay is -1'],
    [{ kind: 'cosine', minimum: -1 }, 'learningRateSchedule.minimum is -1'],
    [{ kind: 'cosine', decay: 1 }, "option 'decay' does not go with learningRateSchedule 'cosine', which"],
    [
      { kind: 'plateau', factor: 1 },
      'learningRateSchedule.factor is 1, expected a number above 0 and below 1',
    ],
    [{ kind: 'plateau', patience: 0.5 }, 'learningRateSchedule.patience is 0.5'],
    [{ kind: 'plateau', monitor: 'accuracy' }, "learningRateSchedule.monitor is 'accuracy'"],
    [{ kind: 'step', every: 1, warmup: 5 }, 'learningRateSchedule.warmup is 5, expected fewer than the 5'],
  ])('refuses %j', (option, message) => {
    expectError(() => resolveSchedule(option, 5, watchable), 'ERR_OPTION', message);
  });

  it('refuses to monitor what the fit does not have', () => {
    const refuse = (hasValidation: boolean, monitor: string, message: string) =>
      expectError(
        () => resolveSchedule({ kind: 'plateau', monitor }, 5, { loss: 'mse', hasValidation }),
        'ERR_OPTION',
        message,
      );
    refuse(
      false,
      'validationLoss',
      "watches 'validationLoss', which needs validationSplit or validationData",
    );
    refuse(true, 'validationAccuracy', "watches 'validationAccuracy', which loss 'mse' does not have");
    expect(() =>
      resolveSchedule({ kind: 'plateau', monitor: 'loss' }, 5, { loss: 'mse', hasValidation: false }),
    ).not.toThrow();
  });

  it('refuses invalid rates', () => {
    expectError(
      () => rates((epoch) => 2 - epoch, 5),
      'ERR_OPTION',
      'the learning rate of epoch 3 by the learningRateSchedule is -1, expected a number of at least 0',
    );
    expectError(() => rates(() => Number.NaN, 5), 'ERR_OPTION', 'epoch 1 by the learningRateSchedule is NaN');
    expectError(
      () => rates({ kind: 'exponential', decay: 1e30 }, 5),
      'ERR_OPTION',
      /epoch 3 by the learningRateSchedule is 1\.\d*e\+60, expected a number of at least 0, at most 3.4e38/,
    );
  });

  it('refuses to compute the rates of very many epochs, but not a plateau over them', () => {
    const many = 2 ** 31 - 1;
    for (const option of ['cosine', () => 1, { kind: 'plateau', warmup: 3 }]) {
      expectError(() => resolveSchedule(option, many, watchable), 'ERR_OPTION', 'at most 1000000 epochs');
    }
    expect(() => resolveSchedule('plateau', many, watchable)).not.toThrow();
  });
});
