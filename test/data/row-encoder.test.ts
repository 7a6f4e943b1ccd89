import { describe, expect, it } from 'vitest';
import { RowEncoder } from '../../src/data/row-encoder.js';
import { takeRows, withoutColumn } from '../../src/data/table.js';
import { toTable } from '../../src/data/to-table.js';
import { finish } from '../../src/turns.js';
import { expectError } from '../errors.js';

const tableOf = (rows: unknown) => toTable(rows, {}, 'rows');
const fit = (rows: unknown, columns?: object) => RowEncoder.fit(tableOf(rows), { columns: columns as never });
const times = (count: number, ...rows: object[]) => Array.from({ length: count }, () => rows).flat();

const leaves = times(
  4,
  { length: 48.7, edge: 'toothed', raced: true },
  { length: 119, edge: 'lobed', raced: false },
  { length: null, edge: 'smooth', raced: true },
  { length: 86.1, edge: 'lobed', raced: null },
);

describe('RowEncoder.fit', () => {
  it('names its features and says what each column was taken for', () => {
    const encoder = fit(leaves.map((row) => ({ ...row, site: 'garden' })));
    expect(encoder.featureNames).toEqual([
      'length',
      'length missing',
      'edge=lobed',
      'edge=smooth',
      'edge=toothed',
      'raced',
    ]);
    expect(encoder.width).toBe(6);
    expect(encoder.columns).toEqual([
      { name: 'length', kind: 'numeric', used: true, asked: false, missing: 4, features: 2, warnings: [] },
      { name: 'edge', kind: 'categorical', used: true, asked: false, missing: 0, features: 3, warnings: [] },
      { name: 'raced', kind: 'boolean', used: true, asked: false, missing: 4, features: 1, warnings: [] },
      {
        name: 'site',
        kind: 'constant',
        used: false,
        asked: false,
        reason: 'the same value in every row',
        missing: 0,
        features: 0,
        warnings: [],
      },
    ]);
  });

  it('takes columns for what the caller says', () => {
    const rows = times(3, { id: 1, zip: 501 }, { id: 2, zip: 90210 }, { id: 3, zip: 2138 });
    expect(fit(rows, { id: 'ignore', zip: 'categorical' }).featureNames).toEqual([
      'zip=2138',
      'zip=501',
      'zip=90210',
    ]);
    expect(fit(rows, new Map([['id', 'categorical']])).width).toBe(4);
    const [id, zip] = fit(rows, { id: 'ignore', zip: 'numeric' }).columns;
    expect(id).toMatchObject({ kind: 'numeric', used: false, reason: 'left out as asked' });
    expect(zip).toMatchObject({ kind: 'numeric', used: true, asked: true });
  });

  it('takes numbers for booleans and for milliseconds if asked', () => {
    const rows = times(3, { a: 0, t: 0 }, { a: 1, t: 86_400_000 * 40 });
    expect(fit(rows, { a: 'boolean', t: 'date' }).featureNames).toEqual([
      'a',
      't time',
      't year sin',
      't year cos',
      't week sin',
      't week cos',
    ]);
  });

  it.each<[object, 'ERR_OPTION' | 'ERR_DATA', string]>([
    [
      { edg: 'ignore' },
      'ERR_OPTION',
      "columns names 'edg', which the rows do not have; did you mean 'edge'?",
    ],
    [
      { toString: 'ignore' },
      'ERR_OPTION',
      "columns names 'toString', which the rows do not have; its columns are",
    ],
    [{ edge: 'categorial' }, 'ERR_OPTION', "columns['edge'] is 'categorial', expected one of"],
    [['edge'], 'ERR_OPTION', 'columns is an array, expected an object such as'],
    [{ edge: 'numeric' }, 'ERR_DATA', "column 'edge' holds 'toothed' in row 0 (from 0), expected a number"],
    [
      { edge: 'boolean' },
      'ERR_DATA',
      "column 'edge' holds 'toothed' in row 0 (from 0), expected true or false",
    ],
    [
      { edge: 'date' },
      'ERR_DATA',
      "column 'edge' holds 'toothed' in row 0 (from 0), expected a Date or a date as",
    ],
    [
      { length: 'ignore', edge: 'text', raced: 'id' },
      'ERR_DATA',
      "no column of rows can be learnt from: 'length' (numeric: left out as asked), 'edge' (text: left out",
    ],
  ])('refuses columns %j', (columns, code, message) => {
    expectError(() => fit(leaves, columns), code, message);
  });

  it('refuses rows without anything to learn from', () => {
    expectError(() => fit([]), 'ERR_SHAPE', 'rows has no rows, expected at least one');
    expectError(() => fit([{}, {}]), 'ERR_DATA', 'no column of rows can be learnt from: it has none');
    expectError(() => fit([{ a: 1 }, { a: 1 }]), 'ERR_DATA', "'a' (constant: the same value in every row)");
  });
});

describe('RowEncoder.transform', () => {
  const encoder = fit(leaves);
  const transform = (rows: unknown, lenient = false) => {
    const features = encoder.features(tableOf(rows), { lenient });
    return { features: Array.from(finish(features.all())), warnings: features.warnings() };
  };
  const [toothed] = leaves;

  it('knows columns by name, in any order, and ignores others', () => {
    const { features } = transform([toothed]);
    expect(transform([{ other: 1, raced: true, length: 48.7, edge: ' toothed ' }]).features).toEqual(
      features,
    );
  });

  it('makes numbers of texts as it did in training', () => {
    const { features } = transform([toothed]);
    expect(transform([{ length: '48.7', edge: 'toothed', raced: 'yes' }]).features).toEqual(features);
  });

  it('gives a missing number the median, 0, and sets its indicator', () => {
    const [length, missing] = transform([{ ...toothed, length: Number.NaN }]).features;
    expect(length).toBe(0);
    expect(missing).toBeGreaterThan(transform([toothed]).features[1]);
    expect(transform([{ ...toothed, length: 86.1 }]).features[0]).toBe(0);
  });

  it('gives an unseen category the features of a missing one, with a warning', () => {
    const unseen = transform([toothed, { ...toothed, edge: 'spiny' }]);
    const missing = transform([toothed, { ...toothed, edge: null }]);
    expect(unseen.features).toEqual(missing.features);
    expect(missing.warnings).toEqual([]);
    expect(unseen.warnings).toEqual([
      "column 'edge' holds 'spiny' in row 1 (from 0), which was not in the training rows",
    ]);
  });

  it('counts unseen categories as others where there are others', () => {
    const many = Array.from({ length: 303 }, (_, row) => ({ c: `c${row % 101}`, x: row / 7 }));
    const coder = fit(many);
    const last = (c: string | null) => coder.transform(tableOf([{ c, x: 1 }]))[100];
    expect(coder.featureNames[100]).toBe('c other');
    expect(last('new')).toBeGreaterThan(last(null));
    expect(last('c99')).toBe(last('new'));
    expect(last('c1')).toBe(last(null));
  });

  it('lets all rows lack a field that some training rows had no value of', () => {
    for (const lacking of [{ edge: 'lobed' }, { edge: 'lobed', raced: true }]) {
      const complete = { length: null, raced: null, ...lacking };
      const rows = [lacking, lacking];
      expect(transform(rows).features).toEqual(transform([complete, complete]).features);
    }
    // A table says which columns it has.
    const { rowCount, names, values } = tableOf([{ edge: 'lobed' }]);
    expectError(() => fit(leaves).transform({ rowCount, names, values }), 'ERR_DATA', 'lacks the columns');
  });

  it('takes infinities for missing, with a warning', () => {
    const { features, warnings } = transform([{ ...toothed, length: Number.POSITIVE_INFINITY }]);
    expect(features).toEqual(transform([{ ...toothed, length: null }]).features);
    expect(warnings).toEqual(["column 'length' holds Infinity in row 0 (from 0), which is taken as missing"]);
  });

  it.each<[object, 'ERR_SHAPE' | 'ERR_DATA', string]>([
    [
      [{ length: 1, raced: true }],
      'ERR_DATA',
      "rows lacks the column 'edge' (training used it); its columns",
    ],
    [[{ lenght: 1, edge: 'lobed', raced: true }], 'ERR_DATA', "rows lacks the column 'length'"],
    [[{ other: 1 }], 'ERR_DATA', "rows lacks the columns 'length', 'edge', 'raced'"],
    [
      [toothed, { ...toothed, length: 'long' }],
      'ERR_DATA',
      "column 'length' holds 'long' in row 1 (from 0), expected",
    ],
    [
      [{ ...toothed, length: true }],
      'ERR_DATA',
      "column 'length' holds true in row 0 (from 0), expected a number",
    ],
    [[{ ...toothed, raced: 'perhaps' }], 'ERR_DATA', "column 'raced' holds 'perhaps' in row 0"],
    [
      [{ ...toothed, edge: {} }],
      'ERR_DATA',
      "column 'edge' holds an object in row 0 (from 0), expected a text",
    ],
    [[[1, 'lobed']], 'ERR_SHAPE', 'row 0 (from 0) of rows has 2 columns, expected 3 as in the training rows'],
  ])('refuses %j', (rows, code, message) => {
    expectError(() => transform(rows), code, message);
  });

  it('names the row in the caller’s data', () => {
    const table = takeRows(tableOf([toothed, toothed, { ...toothed, length: 'long' }]), Uint32Array.of(2, 0));
    expectError(() => encoder.transform(table), 'ERR_DATA', 'in row 2 (from 0)');
  });

  it('can take unreadable cells for missing', () => {
    const { features, warnings } = transform([{ length: 'long', edge: {}, raced: 7 }], true);
    expect(features).toEqual(transform([{ length: null, edge: null, raced: null }]).features);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toBe(
      "column 'length' holds 'long' in row 0 (from 0), which is not a number and is taken as missing",
    );
  });

  it('takes arrays by place', () => {
    expect(transform([[48.7, 'toothed', true]]).features).toEqual(transform([toothed]).features);
  });

  it('does not take names for places', () => {
    const unnamed = fit([
      [1, 2],
      [3, 5],
    ]);
    expectError(() => unnamed.transform(tableOf([{ a: 1 }])), 'ERR_DATA', 'the training rows had no names');
    const named = toTable(Float32Array.of(1, 2), { columns: ['0', '1'] }, 'rows');
    expect(unnamed.transform(named)).toEqual(unnamed.transform(tableOf([[1, 2]])));
  });

  it('makes the same in blocks, in any form of rows', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => [i % 7 === 0 ? null : i / 3, `c${i % 60}`, i % 5, i]);
    const names = ['a', 'c', 'd', 'e'];
    const objects = rows.map((row) => Object.fromEntries(row.map((cell, k) => [names[k], cell])));
    const coder = fit(objects, { e: 'numeric' });
    const whole = coder.transform(tableOf(objects));
    for (const table of [
      tableOf(objects),
      toTable(rows, { columns: names }, 'rows'),
      withoutColumn(
        toTable(
          rows.map((row) => [0, ...row]),
          { columns: ['zero', ...names] },
          'rows',
        ),
        0,
      ),
    ]) {
      const features = coder.features(table);
      const blocks = [...features.blocks()];
      expect(blocks.length).toBeGreaterThan(1);
      expect(blocks.flatMap(([from, to]) => Array.from(features.encode(from, to)))).toEqual(
        Array.from(whole),
      );
    }
    const wrong = rows.map((row, i) => (i === 4321 ? [null, {}, 1, 1] : row));
    const table = toTable(wrong, { columns: names }, 'rows');
    expectError(() => coder.transform(table), 'ERR_DATA', 'in row 4321 (from 0)');
  });

  it('makes nothing of no rows', () => {
    expect(encoder.transform(tableOf([]))).toEqual(new Float32Array(0));
  });

  it('puts December beside January and midnight beside the hour before', () => {
    const dates = Array.from({ length: 48 }, (_, i) => ({
      d: new Date(Date.UTC(2024, i / 2, 1 + i / 2, i)),
    }));
    const coder = fit(dates);
    expect(coder.featureNames).toEqual([
      'd time',
      ...['year', 'week', 'day'].flatMap((part) => [`d ${part} sin`, `d ${part} cos`]),
    ]);
    const at = (date: string) => coder.transform(tableOf([{ d: date }]));
    const [newYear, dayBefore, summer] = ['2025-01-01', '2024-12-31', '2024-07-01'].map(at);
    const gap = (a: Float32Array, b: Float32Array, feature: number) => Math.abs(a[feature] - b[feature]);
    for (const cosine of [2, 6]) expect(gap(newYear, dayBefore, cosine)).toBeLessThan(0.01);
    expect(gap(newYear, summer, 2)).toBeGreaterThan(1);
    expect(gap(at('2024-05-05T23:59Z'), at('2024-05-05T00:01Z'), 6)).toBeLessThan(0.01);
    // Across zones the same instant.
    expect(at('2024-05-05T10:00+02:00')).toEqual(at('2024-05-05T08:00Z'));
  });

  it('leaves out the parts of a date that do not vary', () => {
    const mondays = Array.from({ length: 4 }, (_, i) => ({ d: new Date(Date.UTC(2024, 0, 1 + 7 * i)) }));
    expect(fit(mondays).featureNames).toEqual(['d time']);
  });
});

describe('large tables', () => {
  // Far above what it takes; with a search through all names or categories for each cell it would be minutes.
  const LIMIT = 15_000;

  it('may have 100,000 categories', { timeout: LIMIT }, () => {
    const rows = Array.from({ length: 200_000 }, (_, row) => ({
      c: `c${(row * 7919) % 100_000}`,
      x: row % 7,
    }));
    const encoder = fit(rows, { c: 'categorical' });
    expect(encoder.width).toBe(102);
    const features = encoder.features(tableOf(rows));
    finish(features.all());
    // All of them were in the training rows, though most have no feature of their own.
    expect(features.warnings()).toEqual([]);
  });

  it('may have 5,000 columns', { timeout: LIMIT }, () => {
    const names = Array.from({ length: 5000 }, (_, column) => `f${column}`);
    const rows = Array.from({ length: 60 }, (_, row) =>
      Object.fromEntries(names.map((name, column) => [name, (row * 31 + column * 17) % 101])),
    );
    const encoder = fit(rows, Object.fromEntries(names.map((name) => [name, 'numeric'])));
    expect(encoder.transform(tableOf(rows)).length).toBe(60 * 5000);
  });
});
