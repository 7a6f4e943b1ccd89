/**
 * A column of a row group as the package hyparquet gets it: in a file of its own that holds nothing else, each page
 * checked before the package reads it, packed pages once they are unpacked.
 */

import { requireHeap } from '../../../numbers/heap-limit.js';
import { requireMemory } from '../../../numbers/memory-limit.js';
import type { RandomAccess } from '../binary/random-access.js';
import type { Codecs, Unpack } from './codecs.js';
import { type ColumnType, TYPES } from './column-type.js';
import { checkLevels, checkNewerValues, checkPage } from './page-check.js';
import { isDictionary } from './page-values.js';
import { type Page, pagesOf } from './pages.js';

/** What is used of a column of values in a row group, as the package has it. */
export interface Chunk {
  readonly file_path?: string;
  readonly meta_data?: ChunkData;
}

export interface ChunkData {
  readonly type: string;
  readonly codec: string;
  readonly path_in_schema: readonly string[];
  readonly data_page_offset: bigint;
  readonly dictionary_page_offset?: bigint | undefined;
  readonly total_compressed_size: bigint;
}

export interface CheckedColumn {
  /** With other places: those in the file below. */
  readonly chunks: readonly Chunk[];
  readonly file: Pick<RandomAccess, 'byteLength' | 'slice'>;
  readonly compressors: Readonly<Record<string, Unpack>>;
}

const UNPACKED = 'UNCOMPRESSED';
/** So far apart that the package does not read several at once. */
const DISTANCE = 2 ** 40;
/** Of the heap: levels, places in the dictionary, and the list of values while it grows. */
const BYTES_PER_VALUE = 64;
/** A view of the bytes, a text, a number of 64 bits or a date. */
const BYTES_PER_OBJECT = 160;
/** Of a list for each part above a value. */
const BYTES_PER_LIST = 64;
/** Texts may take two bytes for each of theirs; JSON becomes objects. */
const HEAP_PER_BYTE = { text: 2, json: 32 } as const;
const TYPE_NAMES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
];

/** What checks a page once it is unpacked, by where it lies. */
type Checks = Map<ArrayBufferLike, Map<number, (bytes: Uint8Array) => void>>;

/**
 * @param types - of the columns of values that the column consists of, in the order of `chunks`
 * @throws RangeError if a length is wrong; {@link ChainruleError} ERR_FILE, ERR_MEMORY
 */
export async function checkedColumn(
  file: RandomAccess,
  chunks: readonly Chunk[],
  types: readonly ColumnType[],
  { rows, codecs, what }: { rows: number; codecs: Codecs; what: string },
): Promise<CheckedColumn> {
  const buffers: ArrayBuffer[] = [];
  const checks: Checks = new Map();
  const moved: Chunk[] = [];
  for (const [i, chunk] of chunks.entries()) {
    const { from, to, data } = placeOf(chunk, types[i]);
    const buffer = await file.slice(from, to);
    const pages = pagesOf(new Uint8Array(buffer), types[i], rows);
    requireRoom(pages, types[i], what);
    checks.set(buffer, checkPages(new Uint8Array(buffer), pages, types[i], data.codec === UNPACKED, what));
    buffers.push(buffer);
    const start = BigInt(i * DISTANCE);
    const size = BigInt(buffer.byteLength);
    const places = {
      dictionary_page_offset: undefined,
      data_page_offset: start,
      total_compressed_size: size,
    };
    moved.push({ ...chunk, meta_data: { ...data, ...places } });
  }
  return {
    chunks: moved,
    // What comes after the last column is not asked for.
    file: { byteLength: DISTANCE * chunks.length, slice: async (start) => buffers[start / DISTANCE] },
    compressors: Object.fromEntries(
      [...codecs].map(([name, unpack]) => [name, checkedUnpack(unpack, checks)]),
    ),
  };
}

function placeOf(chunk: Chunk, type: ColumnType): { from: number; to: number; data: ChunkData } {
  const { meta_data: data } = chunk;
  if (data === undefined || chunk.file_path) throw new RangeError('a column lies in no place of the file');
  if (data.type !== TYPE_NAMES[type.type]) {
    throw new RangeError(`a column of ${TYPE_NAMES[type.type]} says that it is of ${data.type}`);
  }
  // An offset of 0 is that of the magic number: there is no dictionary.
  const from = Number(data.dictionary_page_offset || data.data_page_offset);
  return { from, to: from + Number(data.total_compressed_size), data };
}

/** Before anything is made of the pages. */
function requireRoom(pages: readonly Page[], column: ColumnType, what: string): void {
  let [heap, arrays] = [0, 0];
  const isText = column.type === TYPES.bytes || column.type === TYPES.fixed;
  const perByte = column.isJson ? HEAP_PER_BYTE.json : isText ? HEAP_PER_BYTE.text : 0;
  const perObject = column.type === TYPES.boolean ? 0 : BYTES_PER_OBJECT;
  const perValue = BYTES_PER_VALUE + (column.isFlat ? 0 : BYTES_PER_LIST * column.mostDefined);
  for (const { count, bytes, encoding, isDictionary: isOfDictionary } of pages) {
    arrays += bytes;
    heap +=
      count * (perValue + (isDictionary(encoding) && !isOfDictionary ? 0 : perObject)) + bytes * perByte;
  }
  requireHeap(heap, what);
  requireMemory(arrays, what);
}

/** Checks what is not packed; @returns what checks the rest, by where it begins. */
function checkPages(
  bytes: Uint8Array,
  pages: readonly Page[],
  column: ColumnType,
  isPlain: boolean,
  what: string,
): Map<number, (unpacked: Uint8Array) => void> {
  const texts = {
    require(length: number) {
      requireHeap(HEAP_PER_BYTE.text * length, what);
      requireMemory(length, what);
    },
  };
  const later = new Map<number, (unpacked: Uint8Array) => void>();
  for (const page of pages) {
    const { start, packedBytes, levels } = page;
    const levelBytes = levels === null ? 0 : levels.repetitionBytes + levels.definitionBytes;
    const check = levels === null ? checkPage : checkNewerValues;
    checkLevels(bytes.subarray(start, start + levelBytes), page, column);
    const isPacked = levels === null || (levels.isPacked && page.bytes > levelBytes);
    const contents = bytes.subarray(start + levelBytes, start + packedBytes);
    if (isPlain || !isPacked) check(contents, page, column, texts);
    else later.set(contents.byteOffset, (unpacked) => check(unpacked, page, column, texts));
  }
  return later;
}

function checkedUnpack(unpack: Unpack, checks: Checks): Unpack {
  return (packed, length) => {
    const check = checks.get(packed.buffer)?.get(packed.byteOffset);
    if (check === undefined) throw new RangeError(`a page begins at byte ${packed.byteOffset}`);
    const bytes = unpack(packed, length);
    if (bytes.length !== length) throw new RangeError(`a page has ${bytes.length} bytes, expected ${length}`);
    check(bytes);
    return bytes;
  };
}
