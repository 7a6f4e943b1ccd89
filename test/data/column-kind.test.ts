import { describe, expect, it } from 'vitest';
import { RowEncoder } from '../../src/data/row-encoder.js';
import { takeRows } from '../../src/data/table.js';
import { toTable } from '../../src/data/to-table.js';

/** What a column of these cells is taken for, beside one that is surely numeric. */
function kindOf(cells: readonly unknown[]) {
  const rows = cells.map((x, row) => ({ x, y: row % 3 === 0 ? 0.5 : 1.5 }));
  return RowEncoder.fit(toTable(rows, {}, 'rows')).columns[0];
}
const times = (count: number, ...cells: unknown[]) => Array.from({ length: count }, () => cells).flat();
const count = (length: number, cell: (row: number) => unknown) =>
  Array.from({ length }, (_, row) => cell(row));

describe('the kind of a column', () => {
  it.each<[string, string, unknown[]]>([
    ['numbers', 'numeric', [1.5, 2, 3]],
    ['few whole numbers', 'numeric', times(10, 0, 1)],
    ['bigints that fit a double', 'numeric', [1n, 5n, 9n]],
    ['numbers as texts', 'numeric', ['1.5', '2.', '.5', '+3', '2.45e-4', '-7E+3']],
    ['decimal commas', 'numeric', ['13448,59', '19265,32', '7']],
    ['groups of thousands', 'numeric', ['190,142', '3,668', '125,306', '12']],
    ['decimal commas and points between thousands', 'numeric', ['1.234,5', '12,25']],
    ['amounts of money', 'numeric', ['$1,050.00', '$915.00', '-$3.50']],
    ['currency codes', 'numeric', ['42,944.15 EUR', '40,520.94 EUR']],
    ['percentages', 'numeric', ['18%', '12.5%', '7 %']],
    ['weights', 'numeric', ['12.3 kg', '5 kg', '1,200.5 kg']],
    ['several currencies of one name', 'numeric', ['Rs. 1,200', 'Rs 12']],
    ['days in words', 'numeric', ['1 day', '30 days', '7 days']],
    ['thousands and millions', 'numeric', ['1.2k', '3M', '450']],
    ['transfer fees', 'numeric', ['€110.5M', '€565K', '€0']],
    ['millions of euros', 'numeric', ['1,5 Mio. €', '12 Mio. €']],
    ['amounts of accountants', 'numeric', ['(1,200.50)', '315.00', '-']],
    ['marks out of ten', 'numeric', ['8/10', '9.5/10']],
    ['several units', 'categorical', times(5, '12 kg', '800 g')],
    ['numbers of houses', 'categorical', times(5, '12 Main St', '5 Elm Rd')],
    ['numbers of rooms', 'categorical', times(5, 'Room 12', 'Room 5')],
    ['markers among numbers', 'numeric', ['1', 'NA', '2', '?', '-', 'none', 'unknown', '3']],
    ['one typo in ten', 'numeric', [...count(9, (row) => `${row}.5`), '12O']],
    ['two typos in ten', 'categorical', [...count(8, (row) => `${row % 4}.5`), '12O', 'l3']],
    ['codes with leading zeros', 'categorical', times(5, '01730', '90210', '00501')],
    ['booleans', 'boolean', [true, false, null, true]],
    ['yes and no', 'boolean', ['Yes', 'no', 'NO', '', 'NA']],
    ['on and off', 'boolean', ['on', 'off']],
    ['words of two pairs', 'categorical', ['yes', 'off', 'yes']],
    ['yes, no and unknown', 'categorical', ['yes', 'no', 'unknown']],
    ['texts that repeat', 'categorical', times(5, 'oak', 'birch', 'maple')],
    ['a few different texts', 'categorical', ['oak', 'birch', 'maple']],
    ['one text or nothing', 'categorical', times(5, 'fin', null)],
    ['one number or nothing', 'numeric', times(5, 7, null)],
    ['numbers and texts', 'categorical', times(5, 1, 'a')],
    ['Dates', 'date', [new Date(0), new Date(1e9), null]],
    ['ISO dates', 'date', ['2026-01-04', '2026-02-29x', ...count(9, (row) => `2026-03-1${row}`)]],
    ['instants', 'date', ['2026-01-04T08:45:00-05:00', '2026-02-02 07:00', '2026-02-02T07:00:00.123Z']],
    ['day.month.year', 'date', ['04.01.2026', '19.1.2026']],
    ['month/day/year', 'date', ['01/04/2026', '01/19/2026']],
    ['day/month/year', 'date', ['04/01/2026', '19/01/2026']],
    ['dates in three spellings', 'date', ['31.12.2025', '2026-01-04', '3 Feb 2026']],
    ['dates with short years', 'date', ['12/31/25', '1/4/26']],
    ['dates with times of day', 'date', ['31.12.2025 14:30', '04.01.2026 08:05']],
    ['either of the two', 'text', ['04/01/2026', '05/02/2026']],
    ['months in words', 'date', ['4 Jan 2026', 'January 19, 2026', '2-Feb-2026']],
    ['months of no language', 'categorical', ['4 Xyz 2026', '19 Xyz 2026']],
    ['Dates and numbers', 'unsupported', [new Date(0), 1]],
    ['sentences', 'text', count(12, (row) => `no remark on piece ${row}`)],
    ['codes of their own', 'id', count(12, (row) => `T${row}-${row % 5}`)],
    ['nearly only codes of their own', 'id', count(40, (row) => `T${Math.max(row, 2)}`)],
    ['too long numbers', 'id', count(12, (row) => String(9007199254740993n + 2n * BigInt(row)))],
    ['too long bigints', 'id', count(12, (row) => 9007199254740993n + 2n * BigInt(row))],
    ['a count of the rows', 'id', count(12, (row) => 1001 + row)],
    ['a count of the rows as text', 'id', count(12, (row) => String(row))],
    ['a few numbers in sequence', 'numeric', [1, 2, 3, 4, 5]],
    ['whole numbers with wide gaps', 'numeric', count(30, (row) => row * 7)],
    ['numbers in a sequence with one twice', 'numeric', [...count(30, (row) => row), 29]],
    ['one number', 'constant', times(4, 7)],
    ['one text', 'constant', times(4, 'garden 4')],
    ['one boolean', 'constant', times(4, true)],
    ['one instant', 'constant', times(4, new Date(5))],
    ['nothing', 'constant', [null, undefined, '', ' ', Number.NaN, new Date(Number.NaN)]],
    ['markers alone', 'constant', times(4, 'NA', '?')],
    ['objects', 'unsupported', [{ length: 1 }, { length: 2 }]],
  ])('%s: %s', (_, kind, cells) => {
    const column = kindOf(cells);
    expect(column.kind).toBe(kind);
    expect(column.used).toBe(['numeric', 'boolean', 'categorical', 'date'].includes(kind));
    expect(column.reason === undefined).toBe(column.used);
    expect(column.features > 0).toBe(column.used);
  });

  it('says the unit of its numbers', () => {
    expect(kindOf(['12.3 kg', '5 kg'])).toMatchObject({ unit: 'kg', warnings: [] });
    expect(kindOf(['1.2k', '3M', '450'])).not.toHaveProperty('unit');
    expect(kindOf(['1.5', '3'])).not.toHaveProperty('unit');
  });

  it('says that numbers have several units', () => {
    expect(kindOf(times(5, '12 kg', '800 g', '5 kg')).warnings).toEqual([
      "column 'x' holds numbers in several units ('kg', 'g'): with one unit it is read as a column of numbers",
    ]);
    expect(kindOf(times(5, '1st', '2nd', '3rd')).warnings).toEqual([]);
    expect(kindOf(times(5, '12 Main St', '5 Elm Rd', 'Park')).warnings).toEqual([]);
  });

  it('warns of numbers of nines that are far from all others', () => {
    const temperatures = count(40, (row) => 8 + (row % 25));
    expect(kindOf([...temperatures, -999, -999, -999]).warnings).toEqual([
      "column 'x' holds -999 in 3 rows, far from all its other numbers: if it stands for a missing value, leave those cells empty",
    ]);
    expect(kindOf([...temperatures, -999, -999]).warnings).toEqual([]);
    expect(kindOf([...temperatures, 99, 99, 99]).warnings).toHaveLength(1);
    // Without others there is nothing to be far from.
    expect(kindOf([...times(20, 999), null, null]).warnings.join()).not.toContain('far from');
    // Among numbers of their size they are numbers.
    expect(kindOf([...count(40, (row) => row * 50), 999, 999, 999]).warnings).toEqual([]);
  });

  it('warns of categories that are sums', () => {
    expect(kindOf(times(5, 'north', 'south', 'Subtotal')).warnings).toEqual([
      "column 'x' holds 'Subtotal' in 5 rows: if they sum up other rows, leave them out",
    ]);
    expect(kindOf(times(5, 'north', 'total loss')).warnings).toEqual([]);
  });

  it('takes NA for a value among codes and for a marker among words', () => {
    expect(kindOf(times(4, 'ZA', 'BW', 'NA', 'ZM'))).toMatchObject({ kind: 'categorical', missing: 0 });
    expect(kindOf(times(4, 'wood', 'steel', 'NA'))).toMatchObject({
      missing: 4,
      warnings: ["column 'x' holds 'NA' in row 2 (from 0), which is taken as missing; 3 more such cells"],
    });
  });

  it('takes a sign for a value beside other signs', () => {
    expect(kindOf(times(4, '+', '-', '?')).missing).toBe(0);
    expect(kindOf(times(4, 'a', '-', 'b')).missing).toBe(4);
  });

  it('takes typos and infinities as missing, with a warning', () => {
    expect(kindOf([...count(10, (row) => `${row}.5`), ' l2 '])).toMatchObject({
      missing: 1,
      warnings: ["column 'x' holds ' l2 ' in row 10 (from 0), which is not a number and is taken as missing"],
    });
    expect(kindOf([1, 'inf', 3, Number.NEGATIVE_INFINITY, 2.5])).toMatchObject({
      missing: 2,
      warnings: ["column 'x' holds 'inf' in row 1 (from 0), which is taken as missing; 1 more such cell"],
    });
  });

  it('reads a long text in time that grows with its length', () => {
    const started = performance.now();
    expect(kindOf([...count(12, (row) => `${row}.5`), `${'1'.repeat(50_000)}x`]).missing).toBe(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('recognises a count of the rows in some of them, shuffled', () => {
    const rows = count(30, (row) => ({ id: row, y: row % 4 === 0 ? 1.5 : 2.5 })) as object[];
    const table = toTable(rows, {}, 'rows');
    const some = Uint32Array.from({ length: 15 }, (_, i) => (i * 7) % 30).reverse();
    expect(RowEncoder.fit(takeRows(table, some)).columns[0].kind).toBe('id');
  });

  it('takes numbers in sequence for numbers where nothing else is known', () => {
    const sequence = count(30, (row) => row);
    const unnamed = toTable(
      sequence.map((x) => [x, 1]),
      {},
      'rows',
    );
    expect(RowEncoder.fit(unnamed).columns[0].kind).toBe('numeric');
    const only = toTable(
      sequence.map((x) => ({ x })),
      {},
      'rows',
    );
    expect(RowEncoder.fit(only).columns[0].kind).toBe('numeric');
  });
});
