/** New rows that write numbers and dates in another way than the training rows. */

import { describe, expect, it } from 'vitest';
import { openTable } from '../../src/data/read/open-table.js';
import { readTable } from '../../src/data/read/read-table.js';
import { RowEncoder } from '../../src/data/row-encoder.js';
import type { Table } from '../../src/data/table.js';
import { toTable } from '../../src/data/to-table.js';
import { expectError } from '../errors.js';
import { fileWith } from './read/files.js';

/** The rows as values; the files below have them as texts. */
const ROWS = Array.from({ length: 60 }, (_, i) => ({
  // Some of them have three decimals, some are above a thousand.
  price: (i * 37 + 1) / 8 + 1000 * (i % 3),
  day: new Date(Date.UTC(2024, i % 12, 1 + ((i * 5) % 28))),
  weight: 10 + (i % 7) / 2,
}));
const two = (number: number) => String(number).padStart(2, '0');
const dayFirst = (date: Date, sign: string) =>
  [two(date.getUTCDate()), two(date.getUTCMonth() + 1), date.getUTCFullYear()].join(sign);
const monthFirst = (date: Date) =>
  [two(date.getUTCMonth() + 1), two(date.getUTCDate()), date.getUTCFullYear()].join('/');
const written = (language: string) => (number: number) =>
  number.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 3 });
const [german, english] = [written('de-DE'), written('en-US')];

const csv = (lines: string[]) => fileWith(`${lines.join('\n')}\n`);
const GERMAN = csv([
  'price;day;weight',
  ...ROWS.map(({ price, day, weight }) => `${german(price)};${dayFirst(day, '.')};${german(weight)} kg`),
]);
const AMERICAN = csv([
  'price,day,weight',
  ...ROWS.map(({ price, day, weight }) => `"${english(price)}",${monthFirst(day)},${english(weight)} kg`),
]);
/** Numbers that a reader takes for numbers, and dates that people everywhere read in one way. */
const PLAIN = csv([
  'price,day,weight',
  ...ROWS.map(({ price, day, weight }) => `${price},${day.toISOString().slice(0, 10)},${weight} kg`),
]);

const encoderOf = async (path: string) => RowEncoder.fit(await readTable(path));
const GERMAN_ENCODER = await encoderOf(GERMAN);
const AMERICAN_ENCODER = await encoderOf(AMERICAN);
const ENCODERS = [
  ['German', GERMAN_ENCODER],
  ['American', AMERICAN_ENCODER],
] as const;

const features = (encoder: RowEncoder, table: Table) => Array.from(encoder.transform(table));
/** Those that numbers and Dates give, which nobody has to interpret. */
const EXPECTED = features(GERMAN_ENCODER, toTable(ROWS, {}, 'rows'));

async function featuresOfBatches(encoder: RowEncoder, path: string): Promise<number[]> {
  const all: number[] = [];
  for await (const batch of await openTable(path, { batchRows: 7 })) all.push(...features(encoder, batch));
  return all;
}

describe.each(ENCODERS)('trained on a %s file, a model reads', (language, encoder) => {
  it('numbers and Dates as they are', () => {
    expect(encoder.columns.map(({ kind }) => kind)).toEqual(['numeric', 'date', 'numeric']);
    expect(features(encoder, toTable(ROWS, {}, 'rows'))).toEqual(EXPECTED);
  });

  it.each([
    ['German', GERMAN],
    ['American', AMERICAN],
    ['plain', PLAIN],
  ])('a %s file by what its own cells say', async (own, path) => {
    expect(features(encoder, await readTable(path))).toEqual(EXPECTED);
    // In the first of these batches alone, some cells could mean either.
    expect(await featuresOfBatches(encoder, path)).toEqual(EXPECTED);
    const encoded = encoder.features(await readTable(path));
    encoded.encode(0, ROWS.length);
    const foreign = encoded.warnings().filter((warning) => warning.includes('unlike the training rows'));
    // Of the plain file only the numbers with a unit are texts.
    const columns = own === language ? 0 : own !== 'plain' ? 3 : language === 'German' ? 1 : 0;
    expect(foreign.length).toBe(columns);
  });

  it('JSON lines with numbers and ISO dates', async () => {
    const lines = ROWS.map((row) => JSON.stringify(row));
    expect(features(encoder, await readTable(fileWith(lines.join('\n'), '.jsonl')))).toEqual(EXPECTED);
  });

  it('texts in objects as the training file writes them', () => {
    const write = language === 'German' ? german : english;
    const date = language === 'German' ? (day: Date) => dayFirst(day, '.') : monthFirst;
    const texts = ROWS.map(({ price, day, weight }) => ({
      price: write(price),
      day: date(day),
      weight: `${write(weight)} kg`,
    }));
    expect(features(encoder, toTable(texts, {}, 'rows'))).toEqual(EXPECTED);
  });
});

describe('a text that may mean something else than in the training rows is refused:', () => {
  const refused = (encoder: RowEncoder, row: object, part: string | RegExp) =>
    expectError(() => encoder.transform(toTable([{ ...ROWS[0], ...row }], {}, 'rows')), 'ERR_DATA', part);

  it('a number with the other decimal sign', () => {
    refused(GERMAN_ENCODER, { price: '12.5' }, /holds '12.5' in row 0 .* a number with a decimal comma$/);
    refused(AMERICAN_ENCODER, { price: '12,5' }, /holds '12,5' in row 0 \(from 0\), expected a number$/);
  });

  it('thousands where training had none', () => {
    refused(GERMAN_ENCODER, { weight: '12.500 kg' }, 'nobody can tell whether this means thousands');
    refused(AMERICAN_ENCODER, { weight: '12,500 kg' }, 'nobody can tell whether this means thousands');
    const numbers = RowEncoder.fit(toTable([{ a: 1.5 }, { a: 1200 }], {}, 'rows'));
    expectError(
      () => numbers.transform(toTable([{ a: '1,200' }], {}, 'rows')),
      'ERR_DATA',
      'nobody can tell whether this means thousands, of which training had none with commas',
    );
    expect(numbers.transform(toTable([{ a: '1,200.0' }], {}, 'rows'))).toEqual(
      numbers.transform(toTable([{ a: 1200 }], {}, 'rows')),
    );
  });

  it('a date with the other sign between day and month', () => {
    refused(GERMAN_ENCODER, { day: '05/03/2024' }, "or '31.1.2026'");
    refused(AMERICAN_ENCODER, { day: '05-03-2024' }, "or '1/31/2026'");
    refused(AMERICAN_ENCODER, { day: '31/12/2024' }, "or '1/31/2026'");
  });

  it('a number without the unit, or with another', () => {
    refused(GERMAN_ENCODER, { weight: '12,5' }, 'expected a number with a decimal comma with kg');
    refused(AMERICAN_ENCODER, { weight: '12.5 g' }, 'expected a number with kg');
  });
});

describe('a file whose rows disagree', () => {
  it('is refused at the first cell that is not written as in training', async () => {
    const path = csv([
      'price;day;weight',
      '1,5;01.02.2024;1 kg',
      '2.5;01.02.2024;1 kg',
      '3,5;01.02.2024;1 kg',
    ]);
    const table = await readTable(path);
    expectError(() => AMERICAN_ENCODER.transform(table), 'ERR_DATA', "column 'price' holds '1,5' in line 2");
  });
});
