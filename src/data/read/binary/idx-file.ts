/**
 * IDX, the format of the MNIST digits, as a file of rows: one for each element of the first dimension, with the columns
 * p0, p1, ... in the order of the file; labels alone have the column `label`.
 */

import { ChainruleError } from '../../../error.js';
import { newDoubles } from '../../../numbers/allocate.js';
import type { Table } from '../../table.js';
import type { ByteSource } from '../byte-source.js';
import { batchRowsFor, type OpenedFile, wholeOf } from '../opened-file.js';

/** Types by their numbers in the format; all are written the big end first. */
const TYPES: Readonly<Record<number, { bytes: number; read: (bytes: Buffer, at: number) => number }>> = {
  8: { bytes: 1, read: (bytes, at) => bytes[at] },
  9: { bytes: 1, read: (bytes, at) => bytes.readInt8(at) },
  11: { bytes: 2, read: (bytes, at) => bytes.readInt16BE(at) },
  12: { bytes: 4, read: (bytes, at) => bytes.readInt32BE(at) },
  13: { bytes: 4, read: (bytes, at) => bytes.readFloatBE(at) },
  14: { bytes: 8, read: (bytes, at) => bytes.readDoubleBE(at) },
};
/** Columns of images that are larger than any network takes. */
const MOST_COLUMNS = 2 ** 24;

interface IdxHeader {
  readonly type: (typeof TYPES)[number];
  readonly rows: number;
  readonly columns: number;
  /** Where the data start. */
  readonly start: number;
}

/** @throws {@link ChainruleError} ERR_FILE if the header makes no sense or the file is too short */
export function openIdx(source: ByteSource, head: Buffer): OpenedFile {
  const { path, size, gzip } = source;
  const header = headerOf(head, path);
  const { rows, columns, start, type } = header;
  const expected = start + rows * columns * type.bytes;
  if (size !== undefined && !gzip && size !== expected) throw wrongLength(path, size, expected);
  const names = columns === 1 ? ['label'] : Array.from({ length: columns }, (_, i) => `p${i}`);
  const file = {
    path,
    format: 'idx' as const,
    names,
    warnings: [],
    batches: (batchRows: number | null, most: number) =>
      batchesOf(source, header, names, batchRows ?? batchRowsFor(columns), Math.min(most, rows)),
  };
  return { ...file, whole: (most, choices) => wholeOf(file, most, choices) };
}

function headerOf(head: Buffer, path: string): IdxHeader {
  const type = head.length >= 4 ? TYPES[head[2]] : undefined;
  const dimensions = head[3];
  const start = 4 + 4 * dimensions;
  if (type === undefined || dimensions === 0 || head.length < start) {
    throw new ChainruleError('ERR_FILE', `${path} does not start as an IDX file does`);
  }
  const sizes = Array.from({ length: dimensions }, (_, i) => head.readUInt32BE(4 + 4 * i));
  const columns = sizes.slice(1).reduce((product, each) => product * each, 1);
  if (columns === 0 || columns > MOST_COLUMNS) {
    throw new ChainruleError(
      'ERR_FILE',
      `${path} has elements of ${columns} values, expected 1 to ${MOST_COLUMNS}`,
    );
  }
  return { type, rows: sizes[0], columns, start };
}

async function* batchesOf(
  source: ByteSource,
  { type, columns, start }: IdxHeader,
  names: readonly string[],
  batchRows: number,
  rows: number,
): AsyncGenerator<Table, void, undefined> {
  const rowBytes = columns * type.bytes;
  let buffer: Buffer = Buffer.alloc(Math.min(batchRows, Math.max(rows, 1)) * rowBytes);
  let filled = 0;
  let toSkip = start;
  let done = 0;
  const take = () => {
    const rowCount = filled / rowBytes;
    const table = batchOf(buffer.subarray(0, filled), names, type, rowBytes, rowCount, done);
    buffer = Buffer.alloc(buffer.length);
    filled = 0;
    done += rowCount;
    return table;
  };
  for await (const chunk of source.chunks()) {
    let from = Math.min(toSkip, chunk.length);
    toSkip -= from;
    while (from < chunk.length && done < rows) {
      const wanted = Math.min(buffer.length, (rows - done) * rowBytes);
      const part = chunk.subarray(from, from + wanted - filled);
      buffer.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled === wanted) yield take();
    }
    if (done >= rows) return;
  }
  if (done < rows) throw wrongLength(source.path, start + done * rowBytes + filled, start + rows * rowBytes);
}

function batchOf(
  bytes: Buffer,
  names: readonly string[],
  type: IdxHeader['type'],
  rowBytes: number,
  rowCount: number,
  before: number,
): Table {
  const part = (column: number, from: number, to: number) => {
    const values = newDoubles(to - from, 'the cells of a column');
    let at = from * rowBytes + column * type.bytes;
    for (let row = 0; row < values.length; row++, at += rowBytes) values[row] = type.read(bytes, at);
    return values;
  };
  return {
    rowCount,
    names,
    values: (column) => part(column, 0, rowCount),
    part,
    where: (row) => `row ${before + row} (from 0)`,
  };
}

function wrongLength(path: string, came: number, expected: number): ChainruleError {
  return new ChainruleError(
    'ERR_FILE',
    `${path} has ${came} bytes, expected ${expected} by its header: is it whole?`,
  );
}
