import { describe, expect, it } from 'vitest';
import { toSamples } from '../../src/data/samples.js';
import type { Task } from '../../src/data/targets.js';
import { plainFinder as finder } from '../../src/numbers/finite.js';
import { expectError } from '../errors.js';

describe('toSamples', () => {
  const x = new Float32Array(3 * 2);
  const classify: Task = { inputSize: 2, outputs: 4, loss: 'crossEntropy' };
  const regress: Task = { inputSize: 2, outputs: 2, loss: 'mse' };
  const label: Task = { inputSize: 2, outputs: 1, loss: 'bce' };
  const targets = (y: unknown, task: Task) => toSamples(x, y, undefined, task, finder).targets;

  it.each<[string, unknown]>([
    ['number[]', [0, 3, 1]],
    ['Uint8Array', Uint8Array.of(0, 3, 1)],
    ['Int32Array', Int32Array.of(0, 3, 1)],
    ['Float32Array', Float32Array.of(0, 3, 1)],
  ])('takes class indices as %s', (_, y) => {
    expect(targets(y, classify)).toEqual(Int32Array.of(0, 3, 1));
  });

  it('accepts class probabilities in rows and flat', () => {
    const rows = [
      [1, 0, 0, 0],
      [0, 0.5, 0.5, 0],
      [0, 0, 0, 1],
    ];
    const flat = Float32Array.from(rows.flat());
    expect(targets(rows, classify)).toEqual(flat);
    expect(targets(flat, classify)).toBe(flat);
  });

  it('accepts values for each output, and one per row for a single output', () => {
    expect(
      targets(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        regress,
      ),
    ).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(targets([0, 1, 0], label)).toEqual(Float32Array.of(0, 1, 0));
    expect(targets([[0], [1], [0]], label)).toEqual(Float32Array.of(0, 1, 0));
    expect(targets(Uint8Array.of(0, 1, 0), label)).toEqual(Float32Array.of(0, 1, 0));
  });

  it.each<[unknown, Task, string]>([
    [
      [0, 1],
      classify,
      'y has 2 values, expected 3 (a class index for each row of x) or 12 (3 rows x 4 outputs)',
    ],
    [[0, 1], label, 'y has 2 values, expected 3 (3 rows x 1 outputs)'],
    [[[1, 0, 0, 0]], classify, 'y has 1 rows, expected 3 as in x'],
    [[[0], [1], [2]], classify, 'row 0 of y has 1 columns, expected 4'],
    [[], label, 'y has 0 values'],
  ])('refuses the shape of y %j', (y, task, message) => {
    expectError(() => targets(y, task), 'ERR_SHAPE', message);
  });

  it.each<[unknown, Task, string]>([
    [[0, 4, 1], classify, 'y holds 4 in row 1 (from 0), expected a class index: a whole number from 0 to 3'],
    [[0, -1, 1], classify, 'y holds -1 in row 1'],
    [[0, 1, 0.5], classify, 'y holds 0.5 in row 2'],
    [[0, 1, 0.9999999999], classify, 'y holds 0.9999999999 in row 2'],
    [Uint32Array.of(0, 1, 2 ** 31), classify, 'y holds 2147483648 in row 2'],
    [[0, 1, Number.NaN], classify, 'y holds NaN in row 2'],
    [
      [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 2, 0, 0],
      ],
      classify,
      'y holds 2 in row 2, column 1',
    ],
    [
      [0, 1, 2],
      label,
      "y holds 2 in row 2, column 0 (both from 0), expected values from 0 to 1 for loss 'bce'",
    ],
    [[0, 1, Number.NaN], label, 'y holds NaN in row 2, column 0'],
    [[1, 2, 3, 4, 5, 1e40], regress, 'y holds 1e+40 in row 2, column 1'],
    [['cat', 'dog', 'cat'], classify, "y holds 'cat' in place 0"],
    [undefined, label, 'y is undefined'],
  ])('refuses y %j', (y, task, message) => {
    expectError(() => targets(y, task), 'ERR_DATA', message);
  });

  it('takes sample weights', () => {
    const samples = toSamples(x, [0, 1, 0], [0, 0.5, 2], label, finder);
    expect(samples.weights).toEqual(Float32Array.of(0, 0.5, 2));
    expect(toSamples(x, [0, 1, 0], null, label, finder).weights).toBeNull();
  });

  it.each<[unknown, 'ERR_SHAPE' | 'ERR_DATA', string]>([
    [[1, 2], 'ERR_SHAPE', 'sampleWeight has 2 values, expected one for each of the 3 rows'],
    [[[1], [1], [1]], 'ERR_SHAPE', 'sampleWeight has rows of values'],
    [[1, -2, 1], 'ERR_DATA', 'sampleWeight holds -2 in row 1, expected a number of at least 0'],
    [[1, Number.NaN, 1], 'ERR_DATA', 'sampleWeight holds NaN in row 1'],
    [[0, 0, 0], 'ERR_DATA', 'sampleWeight is 0 in every row'],
  ])('refuses sample weights %j', (weights, code, message) => {
    expectError(() => toSamples(x, [0, 1, 0], weights, label, finder), code, message);
  });
});
