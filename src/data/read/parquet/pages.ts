/** The pages of a column of a row group: what their headers say, checked before anything is unpacked or read. */

import type { ColumnType } from './column-type.js';
import { numberOf, type Struct, structOf, ThriftReader } from './thrift.js';

/** Of the format's kinds of pages. */
const KINDS = { data: 0, dictionary: 2, data2: 3 } as const;
/** A header has some twenty. */
const MOST_HEADER_VALUES = 1000;

export interface Page {
  /** Where its bytes begin. */
  readonly start: number;
  readonly packedBytes: number;
  /** With the levels. */
  readonly bytes: number;
  readonly count: number;
  readonly encoding: number;
  readonly isDictionary: boolean;
  /** What only newer pages say: the levels are not packed. */
  readonly levels: Levels | null;
}

export interface Levels {
  readonly repetitionBytes: number;
  readonly definitionBytes: number;
  readonly nulls: number;
  /** Whether the values are packed. */
  readonly isPacked: boolean;
}

/**
 * The pages that a reader comes upon.
 *
 * @param bytes - of the column
 * @param rows - of the row group
 * @throws RangeError if they are not in these bytes, or have another number of values than the row group has rows
 */
export function pagesOf(bytes: Uint8Array, column: ColumnType, rows: number): Page[] {
  const pages: Page[] = [];
  let [offset, values] = [0, 0];
  while (offset < bytes.length - 1 && !(column.isFlat && values >= rows)) {
    const thrift = new ThriftReader(bytes, offset, MOST_HEADER_VALUES);
    const page = pageOf(thrift.struct(), thrift.offset);
    offset = page.start + page.packedBytes;
    if (offset > bytes.length) {
      throw new RangeError(`a page of ${page.packedBytes} bytes where ${bytes.length - page.start} are left`);
    }
    if (!page.isDictionary) values += page.count;
    pages.push(page);
  }
  if (column.isFlat && values !== rows) {
    throw new RangeError(`a column has ${values} values for ${rows} rows`);
  }
  return pages;
}

function pageOf(header: Struct, start: number): Page {
  const [kind, bytes, packedBytes] = [1, 2, 3].map((field) => numberOf(header, field));
  if (!(bytes >= 0 && packedBytes >= 0)) throw new RangeError(`a page has ${packedBytes} bytes`);
  const sizes = { start, packedBytes, bytes };
  const isDictionary = kind === KINDS.dictionary;
  if (kind === KINDS.data || isDictionary) {
    const own = structOf(header, isDictionary ? 7 : 5);
    const [count, encoding] = [countOf(own, 1), numberOf(own, 2)];
    return { ...sizes, count, encoding, isDictionary, levels: null };
  }
  if (kind !== KINDS.data2) throw new RangeError(`a page is of the unknown kind ${kind}`);
  const own = structOf(header, 8);
  const [count, nulls, , definitionBytes, repetitionBytes] = [1, 2, 3, 5, 6].map((field) =>
    countOf(own, field),
  );
  if (nulls > count) throw new RangeError(`${nulls} of ${count} values are missing`);
  const isPacked = own?.get(7) !== false;
  const levels = { definitionBytes, repetitionBytes, nulls, isPacked };
  if (definitionBytes + repetitionBytes > Math.min(bytes, packedBytes)) {
    throw new RangeError(`${definitionBytes + repetitionBytes} bytes of levels in a page of ${bytes}`);
  }
  return { ...sizes, count, encoding: numberOf(own, 4), isDictionary: false, levels };
}

function countOf(struct: Struct | undefined, field: number): number {
  const count = numberOf(struct, field);
  if (!(count >= 0)) throw new RangeError(`a page has ${count} values`);
  return count;
}
