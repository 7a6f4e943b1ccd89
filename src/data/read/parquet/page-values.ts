/** Checks the values of a page, as many as its header and its levels say, in whichever way they are written. */

import { type ColumnType, MOST_DECIMAL_BYTES, TYPES, VALUE_BYTES } from './column-type.js';
import { passDeltas, readDeltas } from './delta.js';
import type { PageBytes } from './page-bytes.js';
import { passRuns } from './runs.js';

/** The numbers of the format's ways to write values. */
export const ENCODINGS = {
  plain: 0,
  plainDictionary: 2,
  runs: 3,
  deltas: 5,
  deltaLengths: 6,
  deltaBytes: 7,
  dictionary: 8,
  split: 9,
  alp: 10,
} as const;

export const isDictionary = (encoding: number) =>
  encoding === ENCODINGS.dictionary || encoding === ENCODINGS.plainDictionary;

/** Texts that begin like the one before may be far longer than what a page has of them. */
export interface TextLimit {
  /** Says that texts of so many bytes are needed. */
  require(bytes: number): void;
}

/**
 * @param version - of the page: in older ones, runs that are no booleans begin with their number of bits
 * @throws RangeError if there are not `count` values
 */
export function checkValues(
  page: PageBytes,
  count: number,
  { encoding, version }: { encoding: number; version: 1 | 2 },
  column: ColumnType,
  texts: TextLimit,
): void {
  switch (encoding) {
    case ENCODINGS.plain:
      checkPlain(page, count, column);
      return;
    case ENCODINGS.plainDictionary:
    case ENCODINGS.dictionary:
    case ENCODINGS.runs:
      checkRuns(page, count, version, version === 2 ? isDictionary(encoding) : column.type !== TYPES.boolean);
      return;
    case ENCODINGS.deltas:
      passDeltas(page, count, column.type === TYPES.int32 ? 32 : 64);
      return;
    case ENCODINGS.deltaLengths:
      checkLengths(page, readDeltas(page, count), column);
      return;
    case ENCODINGS.deltaBytes:
      checkBeginnings(page, count, column, texts);
      return;
    case ENCODINGS.split:
      page.require(count * (VALUE_BYTES[column.type] ?? column.length), `${count} values`);
      return;
    default:
    // ALP says itself how many values there are, which the package compares; others it does not know.
  }
}

function checkRuns(page: PageBytes, count: number, version: 1 | 2, hasBits: boolean): void {
  if (!hasBits) {
    passRuns(page, { bits: 1, count });
    return;
  }
  const bits = page.byte();
  // Of an older page the package reads nothing else then: all values are the first of the dictionary.
  if (bits === 0 && version === 1) return;
  passRuns(page, { bits, count, length: page.left });
}

/** Values one after the other; also those of a dictionary. */
export function checkPlain(page: PageBytes, count: number, column: ColumnType): void {
  const { type, length } = column;
  if (type === TYPES.bytes) {
    const most = mostBytes(column);
    // Few bytes cannot hold many values, whose list the package makes first.
    page.require(4 * count, `${count} texts`);
    for (let i = 0; i < count; i++) {
      const bytes = page.uint32();
      if (bytes > most) throw new RangeError(`a decimal has ${bytes} bytes`);
      page.require(bytes, 'a text');
      page.offset += bytes;
    }
    return;
  }
  const bits = type === TYPES.boolean ? 1 : 8 * (type === TYPES.fixed ? length : VALUE_BYTES[type]);
  page.require(Math.ceil((count * bits) / 8), `${count} values`);
}

const mostBytes = ({ isDecimal }: ColumnType) => (isDecimal ? MOST_DECIMAL_BYTES : Infinity);

function checkLengths(page: PageBytes, lengths: Int32Array, column: ColumnType): void {
  const most = mostBytes(column);
  for (const length of lengths) {
    if (length < 0 || length > most) throw new RangeError(`a text has ${length} bytes`);
    page.require(length, 'a text');
    page.offset += length;
  }
}

/** Each text begins with so many bytes of the one before. */
function checkBeginnings(page: PageBytes, count: number, column: ColumnType, texts: TextLimit): void {
  const beginnings = readDeltas(page, count);
  const rests = readDeltas(page, count);
  let before = 0;
  let all = 0;
  for (let i = 0; i < count; i++) {
    if (beginnings[i] < 0 || beginnings[i] > before) {
      throw new RangeError(`a text begins with ${beginnings[i]} bytes of one of ${before} bytes`);
    }
    before = beginnings[i] + rests[i];
    all += before;
    if (before > mostBytes(column)) throw new RangeError(`a decimal has ${before} bytes`);
  }
  checkLengths(page, rests, { ...column, isDecimal: false });
  texts.require(all);
}
