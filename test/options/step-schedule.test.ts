import { describe, expect, it } from 'vitest';
import { stepSchedule } from '../../src/options/step-schedule.js';
import { expectError } from '../errors.js';

describe('stepSchedule', () => {
  it('is asked for each step', () => {
    const asked: number[] = [];
    const factors = stepSchedule((t) => {
      asked.push(t);
      return { learningRate: 1 - t };
    }, 4);
    expect(asked).toEqual([0, 0.25, 0.5, 0.75]);
    expect(factors).toEqual({
      learningRate: Float64Array.of(1, 0.75, 0.5, 0.25),
      dropout: null,
      weightDecay: null,
    });
  });

  it('leaves a factor at 1 where it names none', () => {
    const given = [{}, { dropout: 0.5 }, { learningRate: 2 }, {}];
    expect(stepSchedule((t) => given[4 * t], 4)).toEqual({
      learningRate: Float64Array.of(1, 1, 2, 1),
      dropout: Float64Array.of(1, 0.5, 1, 1),
      weightDecay: null,
    });
  });

  it('is not asked more than a million times for a long fit', () => {
    const steps = 3 * 2 ** 20 - 1;
    let calls = 0;
    const { learningRate, dropout } = stepSchedule((t) => {
      calls++;
      return t < 0.5 ? { learningRate: 2 } : { learningRate: 1 - t, dropout: 0 };
    }, steps);
    expect(calls).toBe(2 ** 20);
    expect(learningRate).toHaveLength(steps);
    // The last call is for two steps.
    const [third, second, last] = learningRate?.subarray(-3) ?? [];
    expect(second).toBeLessThan(third);
    expect(last).toBe(second);
    expect([dropout?.[0], dropout?.at(-1)]).toEqual([1, 0]);
  });

  it('refuses a factor that is out of range, at its time', () => {
    for (const [factors, message] of [
      [{ dropout: 1.5 }, 'stepSchedule(0.5).dropout is 1.5, expected a number in [0, 1]'],
      [
        { learningRate: Number.NaN },
        'stepSchedule(0.5).learningRate is NaN, expected a number from 0 to 3.4e38',
      ],
      [{ weightDecay: 1e39 }, 'stepSchedule(0.5).weightDecay is 1e+39'],
    ] as const) {
      expectError(() => stepSchedule((t) => (t < 0.5 ? {} : factors), 2), 'ERR_OPTION', message);
    }
  });
});
