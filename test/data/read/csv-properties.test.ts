import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCsv } from '../../../src/data/read/csv/csv-file.js';
import { type ReadOptions, resolveReadOptions } from '../../../src/data/read/options.js';
import { readTable } from '../../../src/data/read/read-table.js';
import { linesOf } from '../../../src/data/read/text-lines.js';
import type { TextSource } from '../../../src/data/read/text-source.js';
import { expectRejection } from '../../errors.js';
import { cellsOf, cellsOfBatches, fileWith } from './files.js';

/** A text that arrives in chunks of so many bytes. */
function textOf(bytes: Buffer, chunkBytes: number): TextSource {
  async function* chunks() {
    // Overwritten by the next one, as chunks of files are.
    const chunk = Buffer.alloc(chunkBytes);
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      yield chunk.subarray(0, bytes.copy(chunk, 0, at, at + chunkBytes));
    }
  }
  return { path: 'a.csv', head: bytes, isWhole: true, size: bytes.length, warnings: [], chunks };
}

const open = (bytes: Buffer, chunkBytes: number, options: ReadOptions) =>
  openCsv(textOf(bytes, chunkBytes), resolveReadOptions(options, 'options'), false);

async function readWhole(bytes: Buffer, chunkBytes: number, options: ReadOptions) {
  const file = await open(bytes, chunkBytes, options);
  const { table } = await file.whole(Number.POSITIVE_INFINITY, new Map());
  return cellsOf(table);
}

const cell = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', '1', ' ', '"', ',', ';', '\t', '\n', '\r', '#', 'ß', '日'),
    maxLength: 6,
  }),
  fc.double({ noNaN: true }).map(String),
  fc.constantFrom('', '007', '1e5'),
);
const table = fc
  .integer({ min: 2, max: 5 })
  .chain((width) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 }),
  );
const style: fc.Arbitrary<Style> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  endsInLine: fc.boolean(),
  quoted: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
  chunkBytes: fc.integer({ min: 1, max: 40 }),
  batchRows: fc.integer({ min: 1, max: 5 }),
});

interface Style {
  delimiter: string;
  lineEnd: string;
  endsInLine: boolean;
  /** Which cells are in quotes without need, in turn. */
  quoted: boolean[];
  chunkBytes: number;
  batchRows: number;
}

/** Written by the rules of RFC 4180, some cells in quotes without need. */
function written(rows: string[][], { delimiter, lineEnd, endsInLine, quoted }: Style): string {
  let cell = 0;
  const lines = rows.map((cells) =>
    cells
      .map((text) => {
        const isNeeded =
          /["\r\n]/.test(text) || text.includes(delimiter) || text.trim() !== text || text.startsWith('#');
        return isNeeded || quoted[cell++ % quoted.length] ? `"${text.replaceAll('"', '""')}"` : text;
      })
      .join(delimiter),
  );
  return lines.join(lineEnd) + (endsInLine ? lineEnd : '');
}

describe('random tables', () => {
  it('are read as they were written, and as csv-parse reads them, whatever the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(table, style, async (rows, how) => {
        const names = rows[0].map((_, i) => `c${i}`);
        const text = written([names, ...rows], how);
        const { delimiter, chunkBytes, batchRows } = how;
        const columns = new Map(names.map((name) => [name, 'text'] as const));
        const options = { delimiter, header: true, columns };
        const cells = await readWhole(Buffer.from(text), chunkBytes, options);
        const file = await open(Buffer.from(text), chunkBytes, options);
        const batches = file.batches(batchRows, Number.POSITIVE_INFINITY);
        const oracle: string[][] = parse(text, { delimiter, trim: true, fromLine: 2 });
        const expected = (all: string[][]) =>
          Object.fromEntries(
            names.map((name, i) => [name, all.map((row) => (row[i] === '' ? null : row[i]))]),
          );
        expect(cells).toEqual(expected(rows));
        expect(await cellsOfBatches(batches)).toEqual(expected(rows));
        expect(expected(oracle)).toEqual(expected(rows));
      }),
      { numRuns: 500 },
    );
  });
});

const folder = new URL('../../rows/files/', import.meta.url);
const files = readdirSync(folder).filter((name) => /\.[ct]sv$/.test(name) && name !== 'empty.csv');

describe('chunks', () => {
  it.each(files)('of any size make the same of %s', async (name) => {
    const bytes = readFileSync(new URL(name, folder));
    // The mark has been taken off by then.
    const text = bytes[0] === 0xef ? bytes.subarray(3) : bytes;
    const read = (chunkBytes: number) =>
      readWhole(text, chunkBytes, {}).catch((error) => (error as Error).message);
    const whole = await read(text.length);
    for (const size of [1, 2, 3, 5, 64]) expect(await read(size)).toEqual(whole);
  });
});

describe('extremes', () => {
  it('a cell of 200,000 characters', async () => {
    const long = 'x"y\n'.repeat(50_000);
    const read = await readTable(fileWith(`a,b\n1,"${long.replaceAll('"', '""')}"\n2,z\n`));
    expect(read.typed('b')[0]).toBe(long.trim());
  });

  it('100,000 columns', async () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `f${i}`);
    const row = names.map((_, i) => i / 4);
    const read = await readTable(fileWith(`${names.join()}\n${row.join()}\n${row.join()}\n`));
    expect(read.names).toEqual(names);
    expect(Array.from(read.values(99_999))).toEqual([24_999.75, 24_999.75]);
  });

  it('a line that is not UTF-8 far down', async () => {
    const lines = Buffer.from(`a,b\n${'Zoë,1\n'.repeat(100_000)}`);
    const path = fileWith(Buffer.concat([lines, Buffer.from('Zo\xeb,1\n', 'latin1')]));
    await expectRejection(readTable(path), 'ERR_DATA', /^line 100002 of .* is not UTF-8 .*'windows-1252'/);
    expect((await readTable(path, { encoding: 'windows-1252' })).rowCount).toBe(100_001);
  });

  it.each([
    ['blanks without end', ' ', /^line 3 of a\.csv is longer than 64 MiB/],
    [
      'a quote that is not closed',
      '"',
      /^the quote that opens in line 3 of a\.csv is not closed within 64 MiB/,
    ],
  ])('%s', async (_, first, message) => {
    const head = Buffer.from(`a,b\n1,2\n${first}`);
    const blanks = Buffer.alloc(2 ** 20, ' ');
    let megabytes = 0;
    const text: TextSource = {
      ...textOf(head, 64),
      isWhole: false,
      async *chunks() {
        yield head;
        for (; megabytes < 1024; megabytes++) yield blanks;
      },
    };
    const file = await openCsv(text, resolveReadOptions({}, 'options'), false);
    megabytes = 0;
    await expectRejection(file.whole(Number.POSITIVE_INFINITY, new Map()), 'ERR_DATA', message);
    expect(megabytes).toBeLessThan(70);
    if (first !== ' ') return;
    megabytes = 0;
    const lines = async () => {
      for await (const _ of linesOf(text));
    };
    await expectRejection(lines(), 'ERR_DATA', message);
  });
});
