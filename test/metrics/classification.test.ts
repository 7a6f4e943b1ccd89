import { describe, expect, it } from 'vitest';

import { metrics } from '../../src/index.js';
import { expectError } from '../errors.js';

const { accuracy, confusionMatrix, precisionRecallF1, topKAccuracy } = metrics;

// The expected numbers are those of scikit-learn 1.2.1 for these arrays.
const targets = [0, 1, 2, 2, 1, 0, 2, 1, 0, 2];
const predictions = [0, 2, 2, 2, 1, 1, 2, 1, 0, 0];
const sampleWeight = [1, 2, 0.5, 1, 3, 1, 0, 2, 1, 0.25];

function expectClose(actual: object, expected: Record<string, number>): void {
  const near = Object.entries(expected).map(([name, value]) => [name, expect.closeTo(value, 12)]);
  expect(actual).toEqual(Object.fromEntries(near));
}

describe('accuracy', () => {
  it('is the fraction of the rows, or of their weight, predicted correctly', () => {
    expect(accuracy(targets, predictions)).toBeCloseTo(0.7, 12);
    expect(accuracy(targets, predictions, { sampleWeight })).toBeCloseTo(0.723404255319149, 12);
  });
});

describe('confusionMatrix', () => {
  it('counts rows, or their weight, by target and prediction', () => {
    expect(confusionMatrix(targets, predictions)).toEqual([
      [2, 1, 0],
      [0, 2, 1],
      [1, 0, 3],
    ]);
    expect(confusionMatrix(targets, predictions, { sampleWeight })).toEqual([
      [2, 1, 0],
      [0, 5, 2],
      [0.25, 0, 1.5],
    ]);
  });

  it('has a row for classes that do not occur, if given their number', () => {
    expect(confusionMatrix([0], [0], { classes: 2 })).toEqual([
      [1, 0],
      [0, 0],
    ]);
  });

  it('refuses so many classes that memory would run out', () => {
    expectError(() => confusionMatrix([4e9], [0]), 'ERR_OPTION', 'there are 4000000001 classes, expected at');
  });
});

describe('precisionRecallF1', () => {
  it('has the scores of every class and their means', () => {
    const { classes, macro } = precisionRecallF1(targets, predictions);
    const twoThirds = { precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 };
    expectClose(classes[0], { ...twoThirds, support: 3 });
    expectClose(classes[1], { ...twoThirds, support: 3 });
    expectClose(classes[2], { precision: 0.75, recall: 0.75, f1: 0.75, support: 4 });
    expectClose(macro, { precision: 0.6944444444444443, recall: 0.6944444444444443, f1: 0.6944444444444443 });
  });

  it('weighs the rows', () => {
    const { classes, macro } = precisionRecallF1(targets, predictions, { sampleWeight });
    expectClose(classes[2], {
      precision: 0.42857142857142855,
      recall: 0.8571428571428571,
      f1: 0.5714285714285714,
      support: 1.75,
    });
    expectClose(macro, { precision: 0.7169312169312169, recall: 0.746031746031746, f1: 0.7008547008547007 });
  });

  it('is 0 if the divisor is 0, and leaves absent classes out of the mean', () => {
    const { classes, macro } = precisionRecallF1([0, 0, 3, 3], [0, 1, 3, 3], { classes: 5 });
    expectClose(classes[1], { precision: 0, recall: 0, f1: 0, support: 0 });
    expectClose(macro, { precision: 2 / 3, recall: 0.5, f1: 0.5555555555555555 });
  });
});

describe('topKAccuracy', () => {
  const scores = [0.5, 0.3, 0.2, 0.1, 0.2, 0.7, 0.4, 0.4, 0.2, 0.1, 0.1, 0.8];

  it('counts rows whose class has one of the k highest scores', () => {
    // The classes rank 1, 2, 2 and 3.
    expect([1, 2, 3].map((k) => topKAccuracy([0, 1, 1, 1], scores, k))).toEqual([0.25, 0.75, 1]);
    expect(topKAccuracy([0, 1, 1, 1], scores, 1, { sampleWeight: [5, 1, 1, 1] })).toBe(5 / 8);
  });

  it('ranks the first of equal scores higher, so that k = 1 is the accuracy', () => {
    expect(topKAccuracy([0, 2, 0, 2], scores, 1)).toBe(1);
    expect(topKAccuracy([0, 2, 1, 2], scores, 1)).toBe(0.75);
  });
});

describe('anything but a list of classes', () => {
  it.each<[() => unknown, 'ERR_SHAPE' | 'ERR_DATA' | 'ERR_OPTION', string]>([
    [() => accuracy([], []), 'ERR_SHAPE', 'targets has 0 values'],
    [() => accuracy([1], [1, 2]), 'ERR_SHAPE', 'predictions has 2 values, expected 1'],
    [
      () => accuracy([1], [1], { sampleWeight: [1, 2] }),
      'ERR_SHAPE',
      'sampleWeight has 2 values, expected 1',
    ],
    [() => accuracy([1], [1], { sampleWeight: [-1] }), 'ERR_DATA', 'sampleWeight holds -1 in row 0'],
    [() => accuracy([1], [1], { sampleWeight: [Number.NaN] }), 'ERR_DATA', 'sampleWeight holds NaN in row 0'],
    [() => accuracy([1], [1], { sampleWeight: [0] }), 'ERR_DATA', 'sampleWeight is 0 in every row'],
    [() => confusionMatrix([0.5], [1]), 'ERR_DATA', 'targets holds 0.5 in row 0'],
    [() => confusionMatrix([0], [-1]), 'ERR_DATA', 'predictions holds -1 in row 0'],
    [() => confusionMatrix([0], [Number.NaN]), 'ERR_OPTION', 'there are NaN classes'],
    [() => confusionMatrix([0], [2], { classes: 2 }), 'ERR_DATA', 'predictions holds 2 in row 0'],
    [() => confusionMatrix([0], [0], { classes: 0 }), 'ERR_OPTION', 'classes is 0'],
    [() => topKAccuracy([0, 1], [1, 2, 3], 1), 'ERR_SHAPE', 'scores has 3 values, expected a multiple of 2'],
    [() => topKAccuracy([2], [1, 2], 1), 'ERR_DATA', 'targets holds 2 in row 0'],
    [() => topKAccuracy([0], [1, 2], 0), 'ERR_OPTION', 'k is 0'],
  ])('is refused, case %#', (action, code, message) => {
    expectError(action, code, message);
  });
});
