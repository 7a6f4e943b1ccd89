import { describe, expect, it } from 'vitest';
import { absoluteScores, conformalRadius, quantileScores } from '../../src/estimators/conformal.js';
import { randomWord, Stream, unitInterval } from '../../src/numbers/random.js';
import { expectError } from '../errors.js';

describe('conformal radius', () => {
  it('is the ceil((m + 1) coverage)-th smallest score', () => {
    const scores = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(conformalRadius(scores, 0.9)).toBe(9);
    expect(conformalRadius(scores, 0.89)).toBe(9);
    expect(conformalRadius(scores, 0.8)).toBe(8);
    expect(conformalRadius(scores, 0.5)).toBe(5);
    expect(conformalRadius(scores, 0.01)).toBe(1);
  });

  it('refuses a coverage that would need more rows', () => {
    expectError(() => conformalRadius([1, 2, 3], 0.9), 'ERR_OPTION', '3 held-out rows give at most 0.7500');
    expectError(() => conformalRadius([], 0.5), 'ERR_OPTION', 'there were none');
  });

  it('covers new rows at least as often as it says, on average over the rows held out', () => {
    // The coverage of m = 19 rows at 0.9 is exactly 18/20: all orders of 20 errors are equally likely.
    let covered = 0;
    const rounds = 4000;
    for (let round = 0; round < rounds; round++) {
      const errors = Array.from({ length: 20 }, (_, i) =>
        unitInterval(randomWord(1, Stream.split, round, i)),
      );
      const radius = conformalRadius(Float64Array.from(errors.slice(0, 19)).sort(), 0.9);
      if (errors[19] <= radius) covered++;
    }
    expect(covered / rounds).toBeGreaterThan(0.885);
    expect(covered / rounds).toBeLessThan(0.915);
  });
});

it('scores are the distance from the prediction, in ascending order', () => {
  expect(Array.from(absoluteScores([1, 5, 2], [3, 4, 2]))).toEqual([0, 1, 2]);
});

it('scores of quantiles are the distance outside the interval, negative inside', () => {
  const quantiles = [0, 1, 4, 0, 1, 4, 0, 1, 4];
  expect(Array.from(quantileScores([-2, 1, 5], quantiles, 3))).toEqual([-1, 1, 2]);
});
