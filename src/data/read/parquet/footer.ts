/**
 * The footer of a Parquet file, looked through before the package hyparquet makes objects of it: lists of more elements
 * than the file has bytes, parts in each other thousands deep, and statistics that take longer to convert than to read.
 */

import { ChainruleError } from '../../../error.js';
import { requireHeap } from '../../../numbers/heap-limit.js';
import type { RandomAccess } from '../binary/random-access.js';
import { columnTypes, MOST_DECIMAL_BYTES, type TopColumn, TYPES } from './column-type.js';
import { listOf, numberOf, type Struct, structOf, ThriftReader, type Value } from './thrift.js';

const MAGIC = 'PAR1';
/** The length of the footer and the magic number. */
const TAIL_BYTES = 8;
/** Of the heap, for each field: twice as an object, and as what is made of it. */
const BYTES_PER_VALUE = 256;
/** Of a field, on average, in files as they are. */
const FEWEST_VALUE_BYTES = 2;
/** Fields of a column's statistics that are values of the column. */
const STATISTICS = [1, 2, 5, 6];

export interface Footer {
  /** With the tail of the file. */
  readonly bytes: ArrayBuffer;
  readonly columns: readonly TopColumn[];
}

/** @throws {@link ChainruleError} ERR_FILE if it is no Parquet file, or damaged; ERR_MEMORY */
export async function readFooter(file: RandomAccess, path: string): Promise<Footer> {
  const tail = Buffer.from(await file.slice(Math.max(0, file.byteLength - TAIL_BYTES)));
  if (tail.length < TAIL_BYTES || tail.toString('latin1', 4) !== MAGIC) {
    throw new RangeError(`it does not end with ${MAGIC}`);
  }
  const length = tail.readUInt32LE(0);
  const start = file.byteLength - TAIL_BYTES - length;
  if (start < 0) throw new RangeError(`its footer has ${length} bytes`);
  const mostValues = Math.ceil(length / FEWEST_VALUE_BYTES);
  requireHeap(mostValues * BYTES_PER_VALUE, `the footer of ${path}`);
  const bytes = await file.slice(start);
  const footer = new ThriftReader(new Uint8Array(bytes, 0, length), 0, mostValues).struct();
  const columns = columnTypes(footer);
  checkStatistics(footer);
  return { bytes, columns };
}

/** The package converts them by the type of the column in the schema that has the same place. */
function checkStatistics(footer: Struct): void {
  const types = listOf(footer, 2)
    .map((element) => numberOf(element as Struct, 1))
    .filter((type) => type >= TYPES.boolean && type <= TYPES.fixed);
  for (const group of listOf(footer, 4)) {
    listOf(group as Struct, 1).forEach((chunk: Value, i) => {
      const statistics = structOf(structOf(chunk as Struct, 3), 12);
      if (statistics === undefined || types[i] === TYPES.bytes) return;
      for (const field of STATISTICS) {
        const value = statistics.get(field);
        const bytes = value instanceof Uint8Array ? value.length : 0;
        if (bytes > MOST_DECIMAL_BYTES)
          throw new RangeError(`the statistics of a number have ${bytes} bytes`);
      }
    });
  }
}

export function damaged(path: string, why: string, cause?: unknown): ChainruleError {
  return new ChainruleError('ERR_FILE', `${path} could not be read as Parquet, is it whole? ${why}`, {
    cause,
  });
}
