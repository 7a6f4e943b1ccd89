import { describe, expect, it } from 'vitest';
import { checkThreshold, tuneThreshold } from '../../src/estimators/threshold.js';
import { precisionRecallF1 } from '../../src/metrics/index.js';
import { randomWord, Stream, unitInterval } from '../../src/numbers/random.js';
import { expectError } from '../errors.js';

const draw = (index: number) => unitInterval(randomWord(3, Stream.split, 0, index));
const probabilities = Array.from({ length: 200 }, (_, row) => draw(2 * row) ** 2);
const targets = probabilities.map((p, row) => (draw(2 * row + 1) < p ? 1 : 0));
const predicted = (threshold: number) => probabilities.map((p) => (p >= threshold ? 1 : 0));

describe('tuneThreshold', () => {
  const grid = Array.from({ length: 1001 }, (_, i) => i / 1000);

  it('has the highest F1 of all thresholds', () => {
    const f1 = (threshold: number) =>
      precisionRecallF1(targets, predicted(threshold), { classes: 2 }).classes[1].f1;
    const best = tuneThreshold('f1', probabilities, targets);
    expect(f1(best)).toBeGreaterThanOrEqual(Math.max(...grid.map(f1)));
  });

  it('has the highest balanced accuracy of all thresholds', () => {
    const balanced = (threshold: number) => {
      const [first, second] = precisionRecallF1(targets, predicted(threshold), { classes: 2 }).classes;
      return (first.recall + second.recall) / 2;
    };
    const best = tuneThreshold('balancedAccuracy', probabilities, targets);
    expect(balanced(best)).toBeGreaterThanOrEqual(Math.max(...grid.map(balanced)));
  });

  it('has the least costs', () => {
    const costs = { falsePositive: 1, falseNegative: 4 };
    const cost = (threshold: number) =>
      predicted(threshold).reduce<number>((sum, p, row) => {
        if (p === targets[row]) return sum;
        return sum + (p === 1 ? costs.falsePositive : costs.falseNegative);
      }, 0);
    const best = tuneThreshold(costs, probabilities, targets);
    expect(cost(best)).toBeLessThanOrEqual(Math.min(...grid.map(cost)));
    // With calibrated probabilities it is near falsePositive / (falsePositive + falseNegative).
    expect(Math.abs(best - 0.2)).toBeLessThan(0.15);
  });

  it('is 1/2 for rows of one class', () => {
    expect(tuneThreshold('f1', [0.2, 0.9], [1, 1])).toBe(0.5);
    expect(tuneThreshold('f1', [], [])).toBe(0.5);
  });
});

it('the option is a probability, an aim or costs', () => {
  expect(checkThreshold(0.3, 'threshold')).toBe(0.3);
  expectError(() => checkThreshold(1.5, 'threshold'), 'ERR_OPTION', 'from 0 to 1');
  expectError(() => checkThreshold('f2', 'threshold'), 'ERR_OPTION', "did you mean 'f1'?");
  expectError(
    () => checkThreshold({ falsePositive: 0, falseNegative: 0 }, 'threshold'),
    'ERR_OPTION',
    'above 0',
  );
});
