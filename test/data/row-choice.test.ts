import { describe, expect, it } from 'vitest';

import { orderRows, splitRows } from '../../src/data/row-choice.js';
import { expectError } from '../errors.js';

describe('splitRows', () => {
  it('puts each row in one of two parts, both in the order of the data', () => {
    const { trainingRows, validationRows } = splitRows(100, 0.25, 1);
    expect(validationRows).toHaveLength(25);
    const all = [...(trainingRows ?? []), ...(validationRows ?? [])];
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, row) => row));
    expect(trainingRows).toEqual(trainingRows?.slice().sort());
    expect(validationRows).toEqual(validationRows?.slice().sort());
  });

  it('draws the rows from the seed', () => {
    expect(splitRows(100, 0.25, 1)).toEqual(splitRows(100, 0.25, 1));
    expect(splitRows(100, 0.25, 2)).not.toEqual(splitRows(100, 0.25, 1));
  });

  it('leaves no part empty', () => {
    expect(splitRows(2, 0.5, 1).trainingRows).toHaveLength(1);
    expectError(
      () => splitRows(4, 0.1, 1),
      'ERR_OPTION',
      'validationSplit 0.1 of 4 rows leaves none to validate on',
    );
    expectError(
      () => splitRows(1, 0.9, 1),
      'ERR_OPTION',
      'validationSplit 0.9 of 1 rows leaves none to train on',
    );
  });
});

describe('orderRows', () => {
  it('takes one order for all epochs', () => {
    const expected = {
      trainingRows: null,
      validationRows: null,
      order: { rows: Uint32Array.of(4, 0, 0), rowsPerEpoch: 3 },
    };
    expect(orderRows([4, 0, 0], 5, 1000)).toEqual(expected);
    expect(orderRows(Uint32Array.of(4, 0, 0), 5, 1000)).toEqual(expected);
  });

  it('takes an order for each epoch, from 1', () => {
    expect(orderRows((epoch) => [epoch, 0], 5, 3).order).toEqual({
      rows: Uint32Array.of(1, 0, 2, 0, 3, 0),
      rowsPerEpoch: 2,
    });
  });

  it('keeps its rows when the array changes', () => {
    const rows = Uint32Array.of(1, 2);
    const { order } = orderRows(rows, 5, 1);
    rows.fill(0);
    expect(order?.rows).toEqual(Uint32Array.of(1, 2));
  });

  it.each<[unknown, 'ERR_SHAPE' | 'ERR_DATA' | 'ERR_OPTION', string]>([
    [[], 'ERR_SHAPE', 'order is not a list of rows'],
    [[[1], [2]], 'ERR_SHAPE', 'order is not a list of rows'],
    [
      [0, 5],
      'ERR_DATA',
      'order holds 5 in place 1 (from 0), expected a row of x: a whole number from 0 to 4',
    ],
    [[0.5], 'ERR_DATA', 'order holds 0.5 in place 0'],
    [Int32Array.of(-1), 'ERR_DATA', 'order holds -1 in place 0'],
    [[Number.NaN], 'ERR_DATA', 'order holds NaN in place 0'],
    [['a'], 'ERR_DATA', "order holds 'a' in place 0"],
    [(epoch: number) => Array(epoch).fill(0), 'ERR_SHAPE', 'order(2) has 2 rows, expected 1 as in order(1)'],
    [(epoch: number) => [5 * (epoch - 1)], 'ERR_DATA', 'order(2) holds 5 in place 0'],
    [async () => [0], 'ERR_DATA', 'order(1) is an object of type Promise'],
    [() => new Uint32Array(2 ** 27), 'ERR_OPTION', 'expected at most 268435456 rows in all'],
  ])('refuses %s', (order, code, message) => {
    expectError(() => orderRows(order as number[], 5, 3), code, message);
  });
});
