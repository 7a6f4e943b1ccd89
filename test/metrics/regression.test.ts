import { describe, expect, it } from 'vitest';

import { metrics } from '../../src/index.js';
import { expectError } from '../errors.js';

const { mae, r2, rmse } = metrics;

// The expected numbers are those of scikit-learn 1.2.1 for these arrays.
const targets = [3, -0.5, 2, 1, 7, 2, -1, 0.25];
const predictions = [2.5, 0, 0, 1.5, 8, 2, -1.5, 0.5];
const weighted = { outputs: 2, sampleWeight: [1, 2, 0.5, 0] };

describe('rmse, mae and r2', () => {
  it('are means over rows and outputs', () => {
    expect(rmse(targets, predictions, { outputs: 2 })).toBeCloseTo(0.8705242673240075, 12);
    expect(mae(targets, predictions, { outputs: 2 })).toBeCloseTo(0.65625, 12);
    expect(r2(targets, predictions, { outputs: 2 })).toBeCloseTo(0.8338387535292272, 12);
  });

  it('weigh the rows', () => {
    expect(rmse(targets, predictions, weighted)).toBeCloseTo(1.164964745021435, 12);
    expect(mae(targets, predictions, weighted)).toBeCloseTo(0.9285714285714286, 12);
    expect(r2(targets, predictions, weighted)).toBeCloseTo(0.41032608695652173, 12);
  });

  it('assume one output by default', () => {
    const first = [0, 2, 4, 6];
    expect(
      r2(
        first.map((i) => targets[i]),
        first.map((i) => predictions[i]),
      ),
    ).toBeCloseTo(0.83206106870229, 12);
  });
});

describe('r2 of a constant target', () => {
  it('is 1 if every prediction is exact, otherwise 0', () => {
    const constant = new Float32Array(7).fill(0.1);
    expect(r2(constant, constant)).toBe(1);
    expect(r2(constant, new Float32Array(7).fill(0.2))).toBe(0);
    // So small that its squares are 0: scikit-learn 1.9.1 has the same.
    expect(r2([0, 5e-324, 0], [0, 0, 0])).toBe(1);
    expect(r2([1], [1])).toBe(1);
  });

  it('ignores rows without weight', () => {
    expect(r2([5, 1, 1], [5, 1, 1.5], { sampleWeight: [0, 1, 1] })).toBe(0);
    expect(r2([5, 1, 1], [9, 1, 1], { sampleWeight: [0, 1, 1] })).toBe(1);
  });
});

it('hide no NaN', () => {
  for (const metric of [rmse, mae, r2]) {
    expect(metric([1, 2], [1, Number.NaN])).toBeNaN();
    expect(metric([1, 1], [1, Number.NaN])).toBeNaN();
  }
});

it('refuse lengths that do not match', () => {
  for (const metric of [rmse, mae, r2]) {
    expectError(() => metric([1, 2], [1]), 'ERR_SHAPE', 'predictions has 1 values, expected 2');
    expectError(() => metric([1, 2, 3], [1, 2, 3], { outputs: 2 }), 'ERR_SHAPE', 'a multiple of 2');
  }
});
