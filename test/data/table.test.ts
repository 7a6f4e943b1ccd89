import { describe, expect, it } from 'vitest';
import { findColumn, type Table, takeRows, withoutColumn } from '../../src/data/table.js';
import { collectTable, toTable } from '../../src/data/to-table.js';
import { expectError, expectRejection } from '../errors.js';

const cells = (table: Table) =>
  Object.fromEntries(table.names.map((name, column) => [name, Array.from(table.values(column))]));
const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`w${i}`, i]));
const read = (rows: unknown, columns?: string[]) => toTable(rows, { columns }, 'rows');

describe('toTable', () => {
  it('takes objects whose fields come in any order and may lack', () => {
    const table = read([{ a: 1, b: 'x' }, { b: 'y', a: 2 }, { c: true }]);
    expect(table).toMatchObject({ rowCount: 3, names: ['a', 'b', 'c'] });
    expect(cells(table)).toEqual({
      a: [1, 2, undefined],
      b: ['x', 'y', undefined],
      c: [undefined, undefined, true],
    });
  });

  it('knows which columns some rows lack', () => {
    const { gaps } = read([
      { a: 1, b: 1, c: 1 },
      { a: 2, b: undefined, d: 1 },
      { a: 3, b: 3, c: 3 },
    ]);
    expect([...(gaps ?? [])]).toEqual([
      ['c', { row: 1, rows: 1 }],
      ['d', { row: 0, rows: 2 }],
    ]);
  });

  it('keeps numbers in typed arrays as long as there is nothing else', () => {
    const rows = Array.from({ length: 500 }, (_, i) => ({
      all: i,
      late: i < 400 ? i : `${i}`,
      gap: i,
      ...(i > 450 ? { last: i } : {}),
    }));
    const { gap: _, ...without } = rows[70];
    const table = read(rows.map((row, i) => (i === 70 ? without : row)));
    const [all, late, gap, last] = table.names.map((_, column) => table.values(column));
    expect(all).toBeInstanceOf(Float64Array);
    expect(all).toEqual(Float64Array.from(rows, (row) => row.all));
    expect(late).toEqual(rows.map((row) => row.late));
    expect(gap).toEqual(rows.map((row, i) => (i === 70 ? undefined : row.gap)));
    expect(last).toEqual(rows.map((row) => row.last));
  });

  it('takes own fields only', () => {
    const row = Object.assign(Object.create({ inherited: 1 }), { own: 2 });
    expect(cells(read([row]))).toEqual({ own: [2] });
  });

  it.each<[string, (row: number) => object]>([
    ['a field of its own in each row', (row) => ({ [`k${row}`]: row })],
    ['many fields in the first and the last row', (row) => (row % 19_999 === 0 ? wide : {})],
    ['many fields in the first row', (row) => (row === 0 ? wide : {})],
  ])('refuses %s, without their square in memory', (_, rowOf) => {
    const rows = Array.from({ length: 20_000 }, (_, row) => rowOf(row));
    const started = performance.now();
    expectError(() => read(rows), 'ERR_DATA', 'different fields, of which most rows lack nearly all');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('takes fields called like those of every object, and changes no prototype', () => {
    const table = read([JSON.parse('{"__proto__": 1, "toString": 2}'), { constructor: 3 }]);
    expect(table.names).toEqual(['__proto__', 'toString', 'constructor']);
    expect(table.names.map((_, column) => table.values(column))).toEqual([
      [1, undefined],
      [2, undefined],
      [undefined, 3],
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('takes arrays, named by their places or by columns', () => {
    expect(cells(read([[1, 'x'], Float32Array.of(2, 3)]))).toEqual({ 0: [1, 2], 1: ['x', 3] });
    expect(read([[1]]).unnamed).toBe(true);
    expect(cells(read([[1, 2]], ['a', 'b']))).toEqual({ a: [1], b: [2] });
  });

  it('takes typed arrays with the names of their columns', () => {
    expect(cells(read(Float32Array.of(1, 2, 3, 4), ['a', 'b']))).toEqual({ a: [1, 3], b: [2, 4] });
    expect(cells(read(BigInt64Array.of(1n, 2n), ['a', 'b']))).toEqual({ a: [1n], b: [2n] });
  });

  it('takes a table of Arrow by its methods', () => {
    const column = (typeId: number, values: unknown[], more = {}) => ({
      length: values.length,
      type: { typeId, ...more },
      get: (row: number) => values[row],
    });
    const columns = [
      column(-1, ['x', null], { dictionary: { typeId: 5 } }),
      column(10, [1_767_534_300_000, null]),
      column(
        7,
        [Uint32Array.of(2469, 0, 0, 0), Uint32Array.of(2 ** 32 - 50, ...new Array(3).fill(2 ** 32 - 1))],
        {
          scale: 2,
        },
      ),
      column(2, [2n ** 60n, 1n]),
    ];
    const arrow = {
      numRows: 2,
      schema: { fields: ['word', 'when', 'price', 'id'].map((name) => ({ name })) },
      getChildAt: (index: number) => columns[index],
    };
    expect(cells(read(arrow))).toEqual({
      word: ['x', null],
      when: [new Date('2026-01-04T13:45:00Z'), null],
      price: [24.69, -0.5],
      id: [2n ** 60n, 1n],
    });
  });

  it('takes a table as it is, and no rows at all', () => {
    const table = read([{ a: 1 }]);
    expect(read(table)).toBe(table);
    expect(read([])).toMatchObject({ rowCount: 0, names: [] });
  });

  it.each<[unknown, string[] | undefined, 'ERR_SHAPE' | 'ERR_DATA', string]>([
    [[[1, 2], [3]], undefined, 'ERR_SHAPE', 'row 1 (from 0) of rows has 1 columns, expected 2, as in row 0'],
    [[[1]], ['a', 'b'], 'ERR_SHAPE', 'row 0 (from 0) of rows has 1 columns, expected 2, one for each name'],
    [
      [[1], { a: 1 }],
      undefined,
      'ERR_DATA',
      'row 1 (from 0) of rows is an object, expected an array as in row 0',
    ],
    [
      [{ a: 1 }, null],
      undefined,
      'ERR_DATA',
      'row 1 (from 0) of rows is null, expected an object as in row 0',
    ],
    [[{ a: 1 }, [1]], undefined, 'ERR_DATA', 'row 1 (from 0) of rows is an array, expected an object'],
    [[1, 2], undefined, 'ERR_DATA', 'row 0 of rows is 1, expected an object or an array; a single row goes'],
    [{ a: 1 }, undefined, 'ERR_DATA', 'rows is an object, expected an array of rows; a single row goes'],
    [undefined, undefined, 'ERR_DATA', 'rows is undefined, expected an array of rows'],
    [Float32Array.of(1), undefined, 'ERR_SHAPE', 'which has no width: expected the names of its columns'],
    [Float32Array.of(1, 2, 3), ['a', 'b'], 'ERR_SHAPE', 'rows has 3 values, expected a multiple of 2'],
    [[[1, 2, 3]], ['a', 'b', 'a'], 'ERR_DATA', "rows has more than one column 'a'"],
  ])('refuses %j with columns %j', (rows, columns, code, message) => {
    expectError(() => read(rows, columns), code, message);
  });

  it('reads 5,000 columns without looking names up one by one', () => {
    const names = Array.from({ length: 5000 }, (_, column) => `f${column}`);
    const rows = Array.from({ length: 60 }, (_, row) => Object.fromEntries(names.map((name) => [name, row])));
    expect(read(rows).names).toEqual(names);
  });
});

describe('collectTable', () => {
  async function* stream(...batches: unknown[]) {
    yield* batches;
  }
  const collect = (...batches: unknown[]) => collectTable(stream(...batches), {}, 'rows');

  it('joins batches by name', async () => {
    const table = await collect([{ a: 1, b: 2 }], [], [{ b: 3 }, { c: 4, b: 5 }]);
    expect(cells(table)).toEqual({
      a: [1, undefined, undefined],
      b: [2, 3, 5],
      c: [undefined, undefined, 4],
    });
  });

  it('knows which rows of which batch lack a column', async () => {
    const { gaps } = await collect([{ a: 1 }, { a: 2 }], [{ a: 3, b: 1 }, { b: 2 }], [{ b: 3 }]);
    expect([...(gaps ?? [])]).toEqual([
      ['a', { row: 3, rows: 2 }],
      ['b', { row: 0, rows: 2 }],
    ]);
  });

  it('joins batches without names by place', async () => {
    expect(cells(await collect([[1, 2]], [[3, 4]]))).toEqual({ 0: [1, 3], 1: [2, 4] });
  });

  it('takes rows one by one', async () => {
    expect(cells(await collect({ a: 1 }, { a: 2 }))).toEqual({ a: [1, 2] });
    expect(cells(await collect([1, 2], [3, 4]))).toEqual({ 0: [1, 3], 1: [2, 4] });
    expect(await collect()).toMatchObject({ rowCount: 0 });
  });

  it('refuses batches that do not fit together', async () => {
    await expectRejection(collect([[1, 2]], [[3]]), 'ERR_SHAPE', 'a batch of rows has 1 columns, expected 2');
    await expectRejection(collect([[1, 2]], [{ a: 1 }]), 'ERR_DATA', "some batches of rows have names ('a')");
  });
});

describe('takeRows', () => {
  it('takes rows in any order and remembers where they came from', () => {
    const table = read([{ a: 'p' }, { a: 'q' }, { a: 'r' }]);
    const taken = takeRows(table, Uint32Array.of(2, 0, 2));
    expect(cells(taken)).toEqual({ a: ['r', 'p', 'r'] });
    expect(takeRows(taken, Uint32Array.of(1, 2)).rowNumbers).toEqual(Uint32Array.of(0, 2));
  });
});

describe('columns by name', () => {
  const table = read([{ length: 1, species: 'oak', width: 2 }]);

  it('finds one and takes the others', () => {
    expect(findColumn(table, 'species', 'rows')).toBe(1);
    expect(cells(withoutColumn(table, 1))).toEqual({ length: [1], width: [2] });
  });

  it.each([
    ['specis', "rows has no column 'specis'; did you mean 'species'?"],
    ['toString', "rows has no column 'toString'; its columns are 'length', 'species', 'width'"],
  ])('says what there is instead of %s', (name, message) => {
    expectError(() => findColumn(table, name, 'rows'), 'ERR_OPTION', message);
  });
});
