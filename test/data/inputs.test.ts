import { describe, expect, it } from 'vitest';
import { toInputs } from '../../src/data/inputs.js';
import { plainFinder as finder } from '../../src/numbers/finite.js';
import { expectError } from '../errors.js';

describe('toInputs', () => {
  const expected = Float32Array.of(1, 2, 3, 4, 5, 6);

  it.each<[string, unknown]>([
    ['Float32Array', Float32Array.of(1, 2, 3, 4, 5, 6)],
    ['Float64Array', Float64Array.of(1, 2, 3, 4, 5, 6)],
    ['Uint8Array', Uint8Array.of(1, 2, 3, 4, 5, 6)],
    ['Int32Array', Int32Array.of(1, 2, 3, 4, 5, 6)],
    ['Buffer', Buffer.from([1, 2, 3, 4, 5, 6])],
    ['number[]', [1, 2, 3, 4, 5, 6]],
    [
      'number[][]',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    ['Float32Array[]', [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)]],
    ['a part of a larger array', Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7).subarray(1, 7)],
  ])('takes %s', (_, data) => {
    expect(toInputs('x', data, 3, finder)).toEqual({ inputs: expected, rows: 2 });
  });

  it('passes a Float32Array on without a copy', () => {
    const x = Float32Array.of(1, 2);
    expect(toInputs('x', x, 2, finder).inputs).toBe(x);
  });

  it('accepts a flat array as one row', () => {
    expect(toInputs('x', [1, 2, 3], 3, finder).rows).toBe(1);
  });

  it('accepts the largest number of float32', () => {
    const x = [[3.4028234663852886e38, -3.4028234663852886e38, 1e-50]];
    expect([...toInputs('x', x, 3, finder).inputs]).toEqual([
      3.4028234663852886e38, -3.4028234663852886e38, 0,
    ]);
  });

  it.each<[unknown, string]>([
    [new Float32Array(96), 'x has 96 values, expected a multiple of inputSize (28)'],
    [[], 'x is empty, expected at least one row'],
    [[[]], 'row 0 of x has 0 columns, expected 28'],
    [new Float32Array(0), 'x is empty'],
  ])('refuses the shape of %s', (data, message) => {
    expectError(() => toInputs('x', data, 28, finder), 'ERR_SHAPE', message);
  });

  it('names the row that is too long', () => {
    const rows = [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4, 5],
    ];
    expectError(() => toInputs('x', rows, 4, finder), 'ERR_SHAPE', 'row 3 of x has 5 columns, expected 4');
  });

  it.each<[string, unknown, string]>([
    ['NaN in float32', Float32Array.of(1, 2, 3, Number.NaN), 'x holds NaN in row 1, column 1 (both from 0)'],
    ['NaN in float64', Float64Array.of(1, Number.NaN), 'x holds NaN in row 0, column 1'],
    ['NaN in a list', [1, 2, Number.NaN, 4], 'x holds NaN in row 1, column 0'],
    [
      'NaN in rows',
      [
        [1, 2],
        [3, 4],
        [5, Number.NaN],
      ],
      'x holds NaN in row 2, column 1',
    ],
    ['infinity', [[Number.NEGATIVE_INFINITY, 0]], 'x holds -Infinity in row 0, column 0'],
    ['too large a number', [[0, 1e39]], 'x holds 1e+39 in row 0, column 1 (both from 0), which is beyond'],
    ['too large a float64', Float64Array.of(0, -1e39), 'which is beyond the range of float32'],
    ['text', [['1', 2]], "x holds '1' in row 0, column 0 (both from 0), expected a number"],
    ['text in a list', [1, '2'], "x holds '2' in place 1 (from 0), expected a number"],
    ['null', [[1, null]], 'x holds null in row 0, column 1'],
    ['a hole', [new Array(2)], 'x holds undefined in row 0, column 0'],
    ['a boolean', [[true, 1]], 'x holds true in row 0, column 0'],
    ['a number among rows', [[1, 2], 3], 'row 1 of x is 3, expected an array of numbers'],
    ['a row among numbers', [1, [2]], 'x holds an array in place 1'],
    ['BigInts', new BigInt64Array(2), 'x is an object of type BigInt64Array, expected a typed array'],
    ['a DataView', new DataView(new ArrayBuffer(8)), 'x is an object of type DataView'],
    ['an ArrayBuffer', new ArrayBuffer(8), 'x is an object of type ArrayBuffer'],
    ['nothing', undefined, 'x is undefined'],
    ['an object', { 0: 1, length: 1 }, 'x is an object'],
  ])('refuses %s', (_, data, message) => {
    expectError(() => toInputs('x', data, 2, finder), 'ERR_DATA', message);
  });
});
