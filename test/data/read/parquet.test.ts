import { readFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { readTable } from '../../../src/data/read/read-table.js';
import { expectRejection } from '../../errors.js';
import { cellsOf, fileWith } from './files.js';
import {
  changed,
  fieldOf,
  listOf,
  type Parts,
  setCount,
  setNumber,
  structAt,
  withFooter,
  withValues,
} from './parquet-crafted.js';

type Options = Parameters<typeof parquetWriteBuffer>[0];
type Column = Options['columnData'][number];

const CORPUS = new URL('../../fuzz/corpus/', import.meta.url);
const corpus = (name: string) => readFileSync(new URL(`parquet/${name}.parquet`, CORPUS));

/** Five values in a newer page that is not packed. */
const column = (options: Omit<Column, 'name'>) =>
  Buffer.from(
    parquetWriteBuffer({ codec: 'UNCOMPRESSED', columnData: [{ name: 'a', nullable: false, ...options }] }),
  );
const numbers = column({ data: [1.5, 2, 3, 4, 5], type: 'DOUBLE', encoding: 'PLAIN' });
const words = column({
  data: ['a', 'b', 'a', 'a', 'b'].flatMap((word) => Array(40).fill(word)),
  type: 'STRING',
});
const texts = column({ data: ['a', 'ab', 'c', 'd', 'e'], type: 'STRING', encoding: 'PLAIN' });
const deltas = column({ data: [1, 2, 3, 4, 5], type: 'INT32', encoding: 'DELTA_BINARY_PACKED' });
const longDeltas = column({ data: [1n, 2n, 3n, 4n, 5n], type: 'INT64', encoding: 'DELTA_BINARY_PACKED' });
const lengths = column({
  data: ['a', 'ab', 'c', 'd', 'e'],
  type: 'STRING',
  encoding: 'DELTA_LENGTH_BYTE_ARRAY',
});
const beginnings = column({ data: ['a', 'ab', 'c', 'd', 'e'], type: 'STRING', encoding: 'DELTA_BYTE_ARRAY' });
const split = column({ data: [1.5, 2, 3, 4, 5], type: 'DOUBLE', encoding: 'BYTE_STREAM_SPLIT' });

/** Thrift's type of a number of 64 bits. */
const LONG = 6;
const lastPage = ({ chunks: [{ pages }] }: Parts) => pages[pages.length - 1];
const header = (path: number[], value: number) => (parts: Parts) =>
  setNumber(lastPage(parts).header, path, value);
/** Twice 2^31 - 1, and minus 12, as numbers of 7 bits a byte. */
const FAR = [0xfe, 0xff, 0xff, 0xff, 0x0f];
const BACK = [0xf4, 0xff, 0xff, 0xff, 0x0f];

async function refuses(
  bytes: Uint8Array,
  message: RegExp,
  code: 'ERR_FILE' | 'ERR_MEMORY' = 'ERR_FILE',
): Promise<void> {
  await expectRejection(readTable(fileWith(bytes, '.parquet')), code, message);
}

describe('the values of a page', () => {
  it.each<[string, Buffer, RegExp]>([
    [
      'a run that is longer than the page',
      withValues(words, [1, ...FAR, 0]),
      /a run of 2147483647 values where 200 are left/,
    ],
    [
      'a run without bits',
      withValues(words, [0, 0xff, 0xff, 0xff, 0x7f]),
      /a run of \d+ values where 200 are left/,
    ],
    ['a run of no values', withValues(words, [1, 1, 1, 1]), /a run has no values/],
    ['groups that are not there', withValues(words, [8, 51, 0, 0]), /a run of 200 bytes where 2 are left/],
    ['too many bits', withValues(words, [33, 2, 0, 0, 0, 0, 0]), /values have 33 bits/],
    ['a number that does not end', withValues(words, [1, ...Array(12).fill(0xff), 0]), /more than 10 bytes/],
    ['runs that end too early', withValues(words, [1, 4, 1]), /a number of 1 bytes where 0 are left/],
    [
      'a place that the dictionary does not have',
      withValues(words, [2, 0x90, 3, 3]),
      /a cell that its dictionary does not have/,
    ],
    ['fewer numbers than it says', withValues(numbers, [1, 2, 3]), /5 values of 40 bytes where 3 are left/],
    ['fewer split numbers', withValues(split, [1, 2, 3]), /5 values of 40 bytes where 3 are left/],
    ['fewer texts', withValues(texts, [0, 0, 0, 0]), /5 texts of 20 bytes where 4 are left/],
    [
      'a text beyond the page',
      withValues(texts, [99, ...Array(19).fill(0)]),
      /a text of 99 bytes where 16 are left/,
    ],
    [
      'blocks that lead back',
      withValues(deltas, [0x80, 1, ...BACK, 5, 2, 0, 0, 0, 0, 0, 0]),
      /blocks of 128 in 4294967284 parts/,
    ],
    ['blocks of nothing', withValues(longDeltas, [0x80, 1, 0, 5, 2, 0, 0, 0, 0]), /blocks of 128 in 0 parts/],
    [
      'blocks without end',
      withValues(longDeltas, [...FAR, 1, 5, 2, 0, 0, 0]),
      /blocks of 4294967294 in 1 parts/,
    ],
    [
      'differences of too many bits',
      withValues(longDeltas, [0x80, 1, 4, 5, 2, 0, 65, 0, 0, 0]),
      /differences have 65 bits/,
    ],
    [
      'differences that are not there',
      withValues(longDeltas, [0x80, 1, 4, 5, 2, 0, 64, 0, 0, 0]),
      /differences of 32 bytes where 0 are left/,
    ],
    [
      'a long number of whole words',
      withValues(longDeltas, [0x80, 1, 4, 5, 2, ...Array(1000).fill(0xff), 1]),
      /more than 10 bytes/,
    ],
    [
      'texts of negative lengths',
      withValues(lengths, [0x80, 1, 4, 5, 1, 0, 0, 0, 0, 0]),
      /a text has -1 bytes/,
    ],
    [
      'texts that begin with more than there is',
      withValues(beginnings, [0x80, 1, 4, 5, 0, 2, 0, 0, 0, 0, 0x80, 1, 4, 5, 0, 0, 0, 0, 0, 0]),
      /begins with 1 bytes of one of 0/,
    ],
  ])('%s', (_, bytes, message) => refuses(bytes, message)); // prettier-ignore

  it('are not more than memory', () =>
    refuses(
      changed(words, (parts) => {
        setCount(parts.footer, lastPage(parts), 2 ** 31 - 1);
        lastPage(parts).values = Buffer.from([1, ...FAR, 0]);
      }),
      /no memory for column a of .*about \d+ MB are needed/,
      'ERR_MEMORY',
    ));

  it('are checked in older pages, too', () => {
    // Levels with their length before them, then the values.
    const level = [3, 0, 0, 0, 0xff, 0xff, 0x01];
    const bytes = withValues(corpus('arrow-deltas'), [...level, ...Array(400).fill(0)]);
    return refuses(bytes, /a run of \d+ bytes where \d+ are left/);
  });
});

describe('the header of a page', () => {
  it.each<[string, (parts: Parts) => void, RegExp]>([
    ['other values than rows', header([8, 1], 4), /a column has 4 values for 5 rows/],
    ['more values missing than there are', header([8, 2], 6), /6 of 5 values are missing/],
    ['fewer than no values', header([8, 1], -5), /a page has -5 values/],
    ['fewer than no rows', header([8, 3], -5), /a page has -5 values/],
    ['levels beyond it', header([8, 5], 41), /41 bytes of levels in a page of 40/],
    ['an unknown kind', header([1], 1), /unknown kind 1/],
    [
      'a way to write values whose number has 64 bits',
      (parts) => Object.assign(fieldOf(structAt(lastPage(parts).header, 8), 4), { type: LONG }),
      /field 4 is no number of 32 bits/,
    ],
  ])('%s', (_, change, message) => refuses(changed(numbers, change), message));

  it.each<[string, number, number, RegExp]>([
    ['more bytes than there are', 3, 41, /a page of 41 bytes where 40 are left/],
    ['fewer than no bytes', 3, -8, /a page has -8 bytes/],
  ])('%s', (_, id, value, message) => {
    const bytes = changed(numbers, (parts) => {
      setNumber(lastPage(parts).header, [id], value);
      Object.assign(lastPage(parts), { keepsSizes: true });
    });
    return refuses(bytes, message);
  });
});

describe('the footer', () => {
  it.each<[string, number[], RegExp]>([
    [
      'a list of more than there is',
      [0x29, 0xfc, 0xff, 0xff, 0xff, 0x0f],
      /a list has 33554431 elements where 0 bytes are left/,
    ],
    ['a number that does not end', [0x15, ...Array(20).fill(0xff)], /more than 10 bytes/],
    ['structures in each other', Array(200).fill(0x1c), /deep in each other/],
    ['lists in each other', [0x29, ...Array(200).fill(0x19)], /deep in each other/],
    ['a text beyond it', [0x18, 99], /a field of 99 bytes where 0 are left/],
    ['empty structures', [0x29, 0xfc, 0xff, 0x01, ...Array(255).fill(0), 0], /too many fields/],
  ])('%s', (_, bytes, message) => refuses(withFooter(Buffer.from(bytes)), message)); // prettier-ignore

  it('has columns that are not too deep', () => {
    const bytes = changed(numbers, ({ footer }) => {
      const items = listOf(footer, 2);
      const group = structuredClone(items[0]);
      items.splice(1, 0, ...Array.from({ length: 50 }, () => structuredClone(group)));
    });
    return refuses(bytes, /columns lie 33 deep in each other/);
  });

  it('has decimals that are not too long', async () => {
    const bytes = corpus('arrow-nested-2');
    const long = changed(bytes, ({ footer }) => setNumber(listOf(footer, 2)[1], [2], 100_000));
    await refuses(long, /a column has values of 100000 bytes/);
    const statistics = changed(bytes, ({ chunks: [{ data: own }] }) => {
      const least = structAt(own, 12).find(({ type }) => type === 8);
      if (least !== undefined) least.value = Buffer.alloc(100_000);
    });
    await refuses(statistics, /the statistics of a number have 100000 bytes/);
  });
});

describe('what others write', () => {
  it.each(['arrow-deltas', 'arrow-deltas-2', 'arrow-lengths', 'arrow-dictionary', 'arrow-dictionary-2'])(
    '%s is read',
    async (name) => {
      const cells = cellsOf(await readTable(fileWith(corpus(name), '.parquet')));
      const rows = [...Array(40).keys()];
      expect(cells.i).toEqual(rows.map((k) => (k % 7 === 3 ? Number.NaN : k * k - 50)));
      expect(cells.l).toEqual(rows.map((k) => k * 10 ** 10));
      expect(cells.f).toEqual(rows.map((k) => Math.fround(k / 3)));
      expect(cells.d).toEqual(rows.map((k) => (k % 5 === 0 ? Number.NaN : k / 7)));
      expect(cells.t).toEqual(rows.map((k) => `text ${Math.floor(k / 3)} ${'x'.repeat(k % 4)}`));
      expect(cells.b).toEqual(rows.map((k) => (k % 9 === 0 ? null : k % 3 === 0)));
    },
  );

  it.each(['arrow-nested', 'arrow-nested-2'])('%s is read', async (name) => {
    const cells = cellsOf(await readTable(fileWith(corpus(name), '.parquet')));
    const rows = [...Array(40).keys()];
    expect(cells.m).toEqual(rows.map((k) => k / 4));
    expect(cells.a).toEqual(rows.map((k) => (k % 6 === 1 ? null : [...Array(k % 4).keys()])));
    expect(cells.o).toEqual(rows.map((k) => ({ x: BigInt(k), y: `y${k % 3}` })));
    expect(cells.k).toEqual(rows.map((k) => (k % 2 ? { a: k } : {})));
  });

  it('has no UUIDs of more than 16 bytes', async () => {
    const text = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';
    const bytes = column({ data: [text], type: 'UUID' });
    expect(cellsOf(await readTable(fileWith(bytes, '.parquet'))).a).toEqual([text]);
    const longer = changed(bytes, ({ footer }) => setNumber(listOf(footer, 2)[1], [2], 17));
    await refuses(longer, /UUIDs has values that are not of 16 bytes/);
  });

  it('leaves shapes on maps as they are, which may have any number of parts', async () => {
    const point = { type: 'Point', coordinates: [1, 2] };
    for (const type of ['GEOMETRY', 'GEOGRAPHY'] as const) {
      const bytes = column({ data: [point], type });
      const [cell] = cellsOf(await readTable(fileWith(bytes, '.parquet'))).a;
      expect(cell).toBeInstanceOf(Uint8Array);
    }
  });

  it('may lack the places in a dictionary of one value', async () => {
    const level = [2, 0, 0, 0, 80, 1];
    const bytes = withValues(corpus('arrow-dictionary'), [...level, 0]);
    expect(cellsOf(await readTable(fileWith(bytes, '.parquet'))).i).toEqual(Array(40).fill(-50));
  });

  it('leaves VARIANT as it is, whose parts may be in each other', async () => {
    const data = Array.from({ length: 2 }, (_, k) => ({ a: k }));
    const bytes = Buffer.from(
      parquetWriteBuffer({ columnData: [{ name: 'v', data, type: 'VARIANT' } as never] }),
    );
    const [cell] = cellsOf(await readTable(fileWith(bytes, '.parquet'))).v as [Record<string, unknown>];
    expect(Object.keys(cell)).toEqual(['metadata', 'value']);
  });
});
