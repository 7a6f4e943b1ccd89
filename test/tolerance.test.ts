import { describe, expect, it } from 'vitest';
import type { Tolerance } from './tolerance.js';
import {
  centralDifference,
  elementwise,
  exact,
  expectClose,
  forwardPass,
  lossCurve,
  printed,
  reduction,
  remainder,
  trajectory,
  worstDifference,
} from './tolerance.js';

const named: [string, Tolerance][] = [
  ['exact', exact],
  ['elementwise', elementwise],
  ['reduction(1000)', reduction(1000)],
  ['forwardPass', forwardPass],
  ['lossCurve', lossCurve],
  ['trajectory', trajectory],
  ['remainder', remainder],
  ['printed(3)', printed(3)],
  ['centralDifference', centralDifference],
];

const values = [0.5, -1.25, 3, 0.875, -2];

function changed(index: number, value: number): number[] {
  return values.map((old, i) => (i === index ? value : old));
}

describe.each(named)('tolerance %s', (_, tolerance) => {
  it('accepts the same values', () => {
    expect(worstDifference(values, values, tolerance)).toBeNull();
    expect(worstDifference(Float32Array.from(values), values, tolerance)).toBeNull();
    expect(worstDifference([Number.NaN, Infinity], [Number.NaN, Infinity], tolerance)).toBeNull();
    expect(worstDifference([], [], tolerance)).toBeNull();
  });

  it.each([
    ['NaN for a number', changed(2, Number.NaN)],
    ['an infinity for a number', changed(2, Infinity)],
    ['twice the value', changed(3, 1.75)],
    ['the other sign', changed(0, -0.5)],
    ['zero for a value', changed(1, 0)],
    ['one percent more', changed(4, -2.02)],
    ['every value one place off', [...values.slice(1), values[0]]],
    ['two values exchanged', [values[1], values[0], ...values.slice(2)]],
    ['all zeros', values.map(() => 0)],
    ['all of them twice the value', values.map((value) => 2 * value)],
    ['one value less', values.slice(1)],
    ['one value more', [...values, 0]],
    ['nothing', []],
  ])('refuses %s', (_, wrong) => {
    expect(worstDifference(wrong, values, tolerance)).not.toBeNull();
  });

  it('refuses a number if NaN or an infinity is expected', () => {
    expect(worstDifference([1], [Number.NaN], tolerance)).not.toBeNull();
    expect(worstDifference([1e38], [Infinity], tolerance)).not.toBeNull();
    expect(worstDifference([-Infinity], [Infinity], tolerance)).not.toBeNull();
  });

  it('refuses a nonzero number if every expected value is zero', () => {
    expect(worstDifference([0, 1e-30], [0, 0], tolerance)).not.toBeNull();
  });
});

describe('the floor', () => {
  it('measures small values against the largest of the tensor', () => {
    const tolerance = { relative: 1e-4, floor: 0.1 };
    expect(worstDifference([100, 0.0009], [100, 0], tolerance)).toBeNull();
    expect(worstDifference([100, 0.0011], [100, 0], tolerance)).not.toBeNull();
  });

  it('is not raised by an infinity', () => {
    expect(worstDifference([Infinity, 1], [Infinity, 2], { relative: 1e-4, floor: 0.1 })).not.toBeNull();
  });
});

describe('zeros', () => {
  it('of either sign are equal, except to exact', () => {
    expect(worstDifference([-0, 0], [0, -0], trajectory)).toBeNull();
    expect(worstDifference([-0], [0], exact)).not.toBeNull();
  });
});

describe('exact', () => {
  it('refuses the next float32', () => {
    expect(worstDifference([1 + 2 ** -23], [1], exact)).not.toBeNull();
  });
});

describe('reduction', () => {
  it('grows with the square root of the length', () => {
    expect(reduction(400).relative).toBeCloseTo(10 * reduction(4).relative, 12);
  });
});

describe('printed', () => {
  it('allows for half of the last digit', () => {
    expect(worstDifference([1.004], [1], printed(3))).toBeNull();
    expect(worstDifference([1.006], [1], printed(3))).not.toBeNull();
  });
});

describe('expectClose', () => {
  it('names the tensor, the place and both values of the worst difference', () => {
    expect(() => expectClose([1, 2.5, 9], [1, 2, 3], trajectory, 'weight')).toThrow(
      /^weight\[2\] is 9, expected 3 to within/,
    );
  });

  it('names both lengths', () => {
    expect(() => expectClose([1, 2], [1], trajectory, 'bias')).toThrow('bias: 2 values, expected 1');
  });

  it('accepts single numbers', () => {
    expectClose(1.00001, 1, trajectory, 'loss');
    expect(() => expectClose(1.01, 1, trajectory, 'loss')).toThrow('loss[0] is 1.01, expected 1');
  });
});
