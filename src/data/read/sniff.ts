/** Tells the format of a file by its first bytes, then by its name. */

import { extname } from 'node:path';
import { ChainruleError } from '../../error.js';
import type { FileFormat } from './file-table.js';

const EXTENSIONS: Readonly<Record<string, FileFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.parquet': 'parquet',
  '.arrow': 'arrow',
  '.arrows': 'arrow',
  '.feather': 'arrow',
};

/** What cannot be read: how the files start, and what to do. */
const FOREIGN: readonly (readonly [start: string, what: string])[] = [
  ['PK\x03\x04', 'a zip archive or an Excel workbook: save the sheet as CSV, or unpack the archive'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook: save the sheet as CSV'],
  ['SQLite format 3\0', 'an SQLite database: export the table as CSV'],
  ['\x28\xb5\x2f\xfd', 'packed by zstd: unpack it first'],
  ['BZh', 'packed by bzip2: unpack it first'],
  ['\xfd7zXZ\0', 'packed by xz: unpack it first'],
  ['\x89HDF', 'an HDF5 file: export the table as CSV or Parquet'],
  ['%PDF-', 'a PDF document'],
];

/**
 * @param head - the first bytes, unpacked
 * @throws {@link ChainruleError} ERR_FILE for a file of a kind that cannot be read
 */
export function formatOf(path: string, head: Buffer): FileFormat {
  const start = head.toString('latin1', 0, 512);
  if (start.startsWith('PAR1')) return 'parquet';
  if (start.startsWith('ARROW1')) return 'arrow';
  if (isArrowStream(head)) return 'arrow';
  if (isIdx(head)) return 'idx';
  for (const [magic, what] of FOREIGN) {
    if (start.startsWith(magic)) throw new ChainruleError('ERR_FILE', `${path} is ${what}`);
  }
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^<(!doctype html|html|\?xml)/i.test(text)) {
    throw new ChainruleError(
      'ERR_FILE',
      `${path} is a page of HTML or XML, expected a table: was a link saved?`,
    );
  }
  const byName = EXTENSIONS[extname(path.toLowerCase().replace(/\.(gz|gzip)$/, ''))];
  if (byName === 'json' || byName === 'jsonl') return text.startsWith('[') ? 'json' : 'jsonl';
  if (/^\{\s*("|\})/.test(text)) return 'jsonl';
  if (/^\[\s*\{\s*("|\})/.test(text)) return 'json';
  return byName ?? 'csv';
}

/** A stream starts with the mark of a message and its length, then the schema. */
function isArrowStream(head: Buffer): boolean {
  if (head.length < 8 || head.readUInt32LE(0) !== 0xffffffff) return false;
  const length = head.readUInt32LE(4);
  return length > 0 && length < 2 ** 28;
}

/** Two zeros, a type, and a number of dimensions; then their sizes. */
function isIdx(head: Buffer): boolean {
  if (head.length < 8 || head[0] !== 0 || head[1] !== 0) return false;
  return [0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e].includes(head[2]) && head[3] >= 1 && head[3] <= 8;
}
