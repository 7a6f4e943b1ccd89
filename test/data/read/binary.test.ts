import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  Table as ArrowTable,
  Bool,
  Decimal,
  Int64,
  TimestampMicrosecond,
  tableFromArrays,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { openTable } from '../../../src/data/read/open-table.js';
import { readTable } from '../../../src/data/read/read-table.js';
import type { Table } from '../../../src/data/table.js';
import { collectTable, toTable } from '../../../src/data/to-table.js';
import { expectRejection } from '../../errors.js';
import { cellsOf, cellsOfBatches, fileWith } from './files.js';

const DAY = new Date('2026-02-01T03:04:05.678Z');
const ID = 9007199254740993n;

describe('Parquet', () => {
  const parquet = (rows = 5, rowGroupSize = 2) =>
    Buffer.from(
      parquetWriteBuffer({
        rowGroupSize,
        columnData: [
          {
            name: 'n',
            data: Array.from({ length: rows }, (_, i) => (i === 1 ? null : i + 0.5)),
            type: 'DOUBLE',
          },
          { name: 'id', data: Array.from({ length: rows }, (_, i) => ID + BigInt(i)), type: 'INT64' },
          { name: 'count', data: Array.from({ length: rows }, (_, i) => BigInt(i)), type: 'INT64' },
          { name: 'text', data: Array.from({ length: rows }, (_, i) => `t${i % 2}`), type: 'STRING' },
          { name: 'at', data: Array.from({ length: rows }, () => DAY), type: 'TIMESTAMP' },
        ],
      }),
    );
  const CELLS = {
    n: [0.5, Number.NaN, 2.5, 3.5, 4.5],
    id: [ID, ID + 1n, ID + 2n, ID + 3n, ID + 4n],
    count: [0, 1, 2, 3, 4],
    text: ['t0', 't1', 't0', 't1', 't0'],
    at: [DAY, DAY, DAY, DAY, DAY],
  };

  it('is read with its types, plain or packed', async () => {
    for (const bytes of [parquet(), gzipSync(parquet())]) {
      const table = await readTable(fileWith(bytes, '.bin'));
      expect(table).toMatchObject({ format: 'parquet', rowCount: 5 });
      expect(cellsOf(table)).toEqual(CELLS);
      expect(table.columns.map(({ kind }) => kind)).toEqual([
        'numeric',
        'categorical',
        'numeric',
        'categorical',
        'constant',
      ]);
    }
  });

  it('comes in batches of its row groups, or of fewer rows', async () => {
    for (const [batchRows, sizes] of [
      [undefined, [2, 2, 1]],
      [1, [1, 1, 1, 1, 1]],
      [9, [2, 2, 1]],
    ] as const) {
      const source = await openTable(fileWith(parquet()), { batchRows });
      const found: number[] = [];
      for await (const { rowCount } of source) found.push(rowCount);
      expect(found).toEqual(sizes);
      expect(await cellsOfBatches(source)).toEqual(CELLS);
    }
    let last: Table | undefined;
    for await (const batch of await openTable(fileWith(parquet()))) last = batch;
    expect(last?.where?.(0)).toBe('row 4 (from 0)');
  });

  it('is read as far as asked, under other names', async () => {
    const table = await readTable(fileWith(parquet()), { rows: 3, names: ['a', 'b', 'c', 'd', 'e'] });
    expect(table).toMatchObject({ rowCount: 3, names: ['a', 'b', 'c', 'd', 'e'] });
    expect(table.columns.map(({ name }) => name)).toEqual(table.names);
    expect(table.typed('c')).toEqual([0, 1, 2]);
  });

  it('is refused if it is damaged', async () => {
    await expectRejection(
      readTable(fileWith(parquet().subarray(0, 300))),
      'ERR_FILE',
      /could not be read as Parquet/,
    );
  });

  it('has no header or delimiter', async () => {
    await expectRejection(
      readTable(fileWith(parquet()), { header: true }),
      'ERR_OPTION',
      'header does nothing for',
    );
  });
});

describe('Arrow', () => {
  const table = new ArrowTable({
    id: vectorFromArray([ID, null, ID + 2n], new Int64()),
    price: vectorFromArray(
      [new Uint32Array([2469, 0, 0, 0]), null, new Uint32Array([112, 0, 0, 0])],
      new Decimal(2, 10),
    ),
    at: vectorFromArray([DAY, null, DAY], new TimestampMicrosecond()),
    yes: vectorFromArray([true, false, null], new Bool()),
    text: vectorFromArray(['a', null, 'b'], new Utf8()),
  });
  const CELLS = {
    id: [ID, null, ID + 2n],
    price: [24.69, Number.NaN, 1.12],
    at: [DAY, null, DAY],
    yes: [true, false, null],
    text: ['a', null, 'b'],
  };

  it.each([
    ['file', 'as it is', (bytes: Uint8Array) => bytes],
    ['stream', 'as it is', (bytes: Uint8Array) => bytes],
    ['file', 'packed by gzip', gzipSync],
    ['stream', 'packed by gzip', gzipSync],
  ] as const)('a %s %s is read with its types', async (kind, _, pack) => {
    const path = fileWith(pack(tableToIPC(table, kind)), '.arrow');
    const read = await readTable(path);
    expect(read).toMatchObject({ format: 'arrow', rowCount: 3, names: Object.keys(CELLS) });
    expect(cellsOf(read)).toEqual(CELLS);
    const source = await openTable(path, { batchRows: 2 });
    for (let time = 0; time < 2; time++) expect(await cellsOfBatches(source)).toEqual(CELLS);
  });

  it('has a batch for each record batch', async () => {
    const parts = [0, 1, 2].flatMap((i) => tableFromArrays({ n: Float64Array.from([i, i + 0.5]) }).batches);
    for (const kind of ['file', 'stream'] as const) {
      const source = await openTable(fileWith(tableToIPC(new ArrowTable(parts), kind)));
      const batches: unknown[] = [];
      for await (const batch of source) batches.push(Array.from(batch.values(0)));
      expect(batches).toEqual([
        [0, 0.5],
        [1, 1.5],
        [2, 2.5],
      ]);
    }
  });

  it('is whole if it is longer than what is read at once', async () => {
    const n = Float64Array.from({ length: 50_000 }, (_, row) => row / 2);
    const parts = [0, 1, 2].flatMap(() => tableFromArrays({ n }).batches);
    for (const kind of ['file', 'stream'] as const) {
      const read = await readTable(fileWith(tableToIPC(new ArrowTable(parts), kind)));
      const values = Array.from(read.values(0));
      expect(read.rowCount).toBe(150_000);
      expect(values.every((value, row) => value === n[row % n.length])).toBe(true);
    }
  });

  it('is refused if it is damaged', async () => {
    const bytes = tableToIPC(table, 'file').slice(0, 400);
    await expectRejection(readTable(fileWith(bytes)), 'ERR_FILE', /could not be read as Arrow/);
  });
});

describe('IDX', () => {
  const idx = (type: number, sizes: number[], data: number[]) => {
    const header = Buffer.alloc(4 + 4 * sizes.length);
    header[2] = type;
    header[3] = sizes.length;
    for (const [i, size] of sizes.entries()) header.writeUInt32BE(size, 4 + 4 * i);
    return Buffer.concat([header, Buffer.from(data)]);
  };
  const images = idx(8, [3, 2, 2], [0, 1, 2, 3, 40, 50, 60, 70, 255, 0, 255, 0]);

  it('images are rows of pixels, in batches too', async () => {
    const expected = { p0: [0, 40, 255], p1: [1, 50, 0], p2: [2, 60, 255], p3: [3, 70, 0] };
    expect(cellsOf(await readTable(fileWith(images)))).toEqual(expected);
    expect(cellsOf(await readTable(fileWith(gzipSync(images))))).toEqual(expected);
    expect(await cellsOfBatches(await openTable(fileWith(images), { batchRows: 2 }))).toEqual(expected);
    expect((await readTable(fileWith(images), { rows: 1 })).rowCount).toBe(1);
  });

  it('labels are one column', async () => {
    expect(cellsOf(await readTable(fileWith(idx(8, [3], [7, 2, 1]))))).toEqual({ label: [7, 2, 1] });
  });

  it('may be of other numbers', async () => {
    expect(cellsOf(await readTable(fileWith(idx(13, [1, 1], [0xbf, 0xc0, 0, 0]))))).toEqual({
      label: [-1.5],
    });
  });

  it('is refused if it is too short or too long', async () => {
    for (const bytes of [
      images.subarray(0, -1),
      gzipSync(images.subarray(0, -1)),
      Buffer.concat([images, images]),
    ]) {
      await expectRejection(
        readTable(fileWith(bytes)),
        'ERR_FILE',
        /has \d+ bytes, expected 28 by its header/,
      );
    }
  });
});

describe('DuckDB', () => {
  it('has results that are rows, read or streamed', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const sql =
      "select i::double as n, 'k' || (i % 3) as k, i::decimal(10, 2) / 4 as d, date '2026-02-01' as at, i as id from range(5000) t(i)";
    const whole = toTable(await connection.runAndReadAll(sql), {}, 'rows');
    const streamed = await collectTable(await connection.stream(sql), {}, 'rows');
    for (const table of [whole, streamed]) {
      expect(table).toMatchObject({ rowCount: 5000, names: ['n', 'k', 'd', 'at', 'id'] });
      const last = table.names.map((_, column) => table.values(column)[4999]);
      expect(last).toEqual([4999, 'k1', 1249.75, new Date('2026-02-01'), 4999n]);
    }
    connection.closeSync();
    instance.closeSync();
  });
});
