/** Properties of the encoder that hold for rows of any cells. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowEncoder } from '../../src/data/row-encoder.js';
import { toTable } from '../../src/data/to-table.js';

const tableOf = (rows: unknown) => toTable(rows, {}, 'rows');
const fit = (rows: unknown) => RowEncoder.fit(tableOf(rows));

describe('any rows', () => {
  const cell = fc.oneof(
    fc.double(),
    fc.constantFrom(0, 1, -1, 5e-324, 1.7e308, -1.7e308, Number.NaN, Number.POSITIVE_INFINITY),
    fc.constantFrom(null, undefined, '', 'NA', '?', 'yes', 'no', 'a', 'b', '__proto__', 'constructor'),
    fc.string({ maxLength: 5 }),
    fc.boolean(),
    fc.bigInt(),
    fc.date(),
    fc.double().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  );
  const number = fc.oneof(fc.double(), fc.constantFrom(1e-320, 2e-320, -1e300, 1e300), fc.integer());
  const column = fc.oneof(
    fc.array(cell, { minLength: 12, maxLength: 12 }),
    fc.array(number, { minLength: 12, maxLength: 12 }),
  );
  const names = ['a', '__proto__', 'constructor', '0', ''];
  const rowsOf = (columns: readonly unknown[][], order: readonly number[]) =>
    Array.from({ length: 12 }, (_, row) =>
      Object.fromEntries(order.map((index) => [names[index], columns[index][row]])),
    );
  const places = [0, 1, 2, 3, 4];
  const tables = fc.tuple(column, column, column, column, column);
  /** A last column that can always be learnt from. */
  const usable = (rows: object[]) => rows.map((row, r) => ({ ...row, sure: r % 4 === 0 ? 0.5 : 1 }));

  it('become finite features of at most 3', () => {
    fc.assert(
      fc.property(tables, tables, (training, others) => {
        const encoder = fit(usable(rowsOf(training, places)));
        for (const columns of [training, others]) {
          const features = encoder.transform(tableOf(usable(rowsOf(columns, places))), { lenient: true });
          expect(features.length).toBe(12 * encoder.width);
          expect(features.every((feature) => Math.abs(feature) <= 3)).toBe(true);
        }
      }),
    );
  });

  it('give the same features with the columns in any order', () => {
    fc.assert(
      fc.property(tables, fc.shuffledSubarray(places, { minLength: 5 }), (columns, order) => {
        const rows = usable(rowsOf(columns, places));
        const encoder = fit(rows);
        const shuffled = tableOf(usable(rowsOf(columns, order)));
        expect(encoder.transform(shuffled, { lenient: true })).toEqual(
          encoder.transform(tableOf(rows), { lenient: true }),
        );
      }),
    );
  });

  it('give the same features after a round trip through JSON', () => {
    fc.assert(
      fc.property(tables, (columns) => {
        const table = tableOf(usable(rowsOf(columns, places)));
        const encoder = RowEncoder.fit(table);
        const restored = RowEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)));
        expect(restored.columns).toEqual(encoder.columns);
        expect(restored.featureNames).toEqual(encoder.featureNames);
        expect(restored.transform(table, { lenient: true })).toEqual(
          encoder.transform(table, { lenient: true }),
        );
      }),
    );
  });

  it('become so with ranges, too, which need more rows', () => {
    const values = fc.array(number, { minLength: 20, maxLength: 40 });
    fc.assert(
      fc.property(values, values, (training, others) => {
        const repeated = Array.from({ length: 1200 }, (_, row) => ({
          x: training[(row * row) % training.length],
          sure: Math.sin(row),
        }));
        const encoder = fit(repeated);
        const table = tableOf([...training, ...others].map((x) => ({ x, sure: 0 })));
        const features = encoder.transform(table, { lenient: true });
        expect(encoder.featureNames.some((name) => name.startsWith('sure from'))).toBe(true);
        expect(features.every((feature) => Math.abs(feature) <= 3)).toBe(true);
        const restored = RowEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)));
        expect(restored.transform(table, { lenient: true })).toEqual(features);
      }),
    );
  });
});
