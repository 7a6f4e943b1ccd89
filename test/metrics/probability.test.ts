import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { metrics } from '../../src/index.js';
import { expectError } from '../errors.js';

const { logLoss, rocAuc } = metrics;

// The expected numbers are those of scikit-learn 1.2.1 for these arrays.
const sampleWeight = [1, 2, 0.5, 1, 3, 1, 0, 2, 1, 0.25];
const yesNo = [0, 0, 1, 1, 1, 0, 1, 0, 1, 0];
const scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.9, 0.2, 0.65, 0.7];

describe('rocAuc', () => {
  it('is the area under the curve, with ties and weights', () => {
    expect(rocAuc(yesNo, scores)).toBeCloseTo(0.76, 12);
    expect(rocAuc(yesNo, scores, { sampleWeight })).toBeCloseTo(0.7927272727272727, 12);
  });

  it('is the fraction of pairs in the right order, counted one by one', () => {
    const row = fc.record({
      yes: fc.boolean(),
      score: fc.integer({ min: 0, max: 8 }),
      weight: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        let right = 0;
        let all = 0;
        for (const one of rows.filter(({ yes }) => yes)) {
          for (const other of rows.filter(({ yes }) => !yes)) {
            const pair = one.weight * other.weight;
            all += pair;
            right += pair * (one.score > other.score ? 1 : one.score === other.score ? 0.5 : 0);
          }
        }
        const targets = rows.map(({ yes }) => (yes ? 1 : 0));
        const weights = rows.map(({ weight }) => weight);
        const area = rocAuc(
          targets,
          rows.map(({ score }) => score),
          { sampleWeight: weights },
        );
        if (all === 0) expect(area).toBeNaN();
        else expect(area).toBeCloseTo(right / all, 12);
      }),
    );
  });

  it('hides no NaN', () => {
    expect(rocAuc([0, 1, 1], [0.1, Number.NaN, 0.9])).toBeNaN();
  });
});

describe('logLoss', () => {
  const targets = [0, 1, 2, 2, 1, 0, 2, 1, 0, 2];
  const probabilities = [
    0.5, 0.3, 0.2, 0.1, 0.2, 0.7, 0.2, 0.2, 0.6, 0.3, 0.3, 0.4, 0.2, 0.5, 0.3, 0.4, 0.45, 0.15, 0.1, 0.1, 0.8,
    0.05, 0.9, 0.05, 0.8, 0.1, 0.1, 0.6, 0.1, 0.3,
  ];
  const oneHot = targets.flatMap((target) => [0, 1, 2].map((c) => (c === target ? 1 : 0)));

  it.each([
    ['indices', targets],
    ['shares', oneHot],
  ])('of several classes, targets as %s', (_, given) => {
    expect(logLoss(given, probabilities, { classes: 3 })).toBeCloseTo(0.7094759783680473, 12);
    expect(logLoss(given, probabilities, { classes: 3, sampleWeight })).toBeCloseTo(0.7501546048043093, 12);
  });

  it('of yes and no', () => {
    expect(logLoss(yesNo, scores)).toBeCloseTo(0.5279527958267276, 12);
    expect(logLoss(yesNo, scores, { sampleWeight })).toBeCloseTo(0.5372619077399293, 12);
  });

  it('keeps probabilities as far from 0 and 1 as float32 can distinguish', () => {
    expect(logLoss([0, 1], [0, 1, 0, 1], { classes: 2 })).toBeCloseTo(7.9711926360440195, 12);
    expect(logLoss([0, 1], [1, 1])).toBeCloseTo(7.9711926360440195, 8);
    expect(logLoss([1], [Number.NaN])).toBeNaN();
  });

  it('refuses lengths that do not match', () => {
    expectError(() => logLoss([1], [0.5, 0.5, 0.5], { classes: 2 }), 'ERR_SHAPE', 'a multiple of 2');
    expectError(() => logLoss([1, 0, 1], [0.5, 0.5], { classes: 2 }), 'ERR_SHAPE', 'targets has 3 values');
    expectError(() => logLoss([2], [0.5, 0.5], { classes: 2 }), 'ERR_DATA', 'targets holds 2 in row 0');
    expectError(() => rocAuc([1], [0.5, 0.5]), 'ERR_SHAPE', 'scores has 2 values, expected 1');
  });
});
