/**
 * Checks what files and streams of Arrow say of their parts (Schema.fbs, Message.fbs and File.fbs of the format). The
 * package that reads them takes damaged lengths for true, and then runs until all memory is used.
 */

import { ChainruleError, reasonOf } from '../../../error.js';
import { requireHeap } from '../../../numbers/heap-limit.js';
import { checkedRoot, type FlatTable, type TableKind } from './flatbuffer-check.js';
import { MOST_LZ4_RATIO } from './lz4-block.js';
import type { RandomAccess } from './random-access.js';
import { mostZstdBytes } from './zstd.js';

const MOST_METADATA_BYTES = 2 ** 26;
/** Rows of a batch whose columns have no bytes of their own, or few since they are packed. */
const MOST_ROWS_ANYWAY = 2 ** 18;
/** A byte has at most this many rows of booleans. */
const MOST_ROWS_OF_BYTE = 8;
/** How many bytes come of a packed one, by the format's number of the codec: LZ4, ZSTD. */
const MOST_RATIOS = [MOST_LZ4_RATIO, mostZstdBytes(1)];
/** Of the heap, for a list of the cells of a column. */
const BYTES_PER_CELL = 8;
/** A block: its place, the length of its message, that of its body. */
const BLOCK_BYTES = 24;
const MARK = 0xffffffff;
const MAGIC_BYTES = 6;
const TAIL_BYTES = 4 + MAGIC_BYTES;

const KEY_VALUE: TableKind = ['text', 'text'];
const TYPE_CODES = { timestamp: 10, union: 14 } as const;
const typeOf = (code: number): TableKind => {
  if (code === TYPE_CODES.timestamp) return [null, 'text'];
  return code === TYPE_CODES.union ? [null, { items: 4 }] : [];
};
const DICTIONARY_ENCODING: TableKind = [null, { table: [] }];
const FIELD: TableKind = (field: FlatTable) => [
  'text',
  null,
  null,
  { table: typeOf(field.byte(2)) },
  { table: DICTIONARY_ENCODING },
  { tables: FIELD },
  { tables: KEY_VALUE },
];
const SCHEMA: TableKind = [null, { tables: FIELD }, { tables: KEY_VALUE }, { items: 8 }];
const RECORD_BATCH: TableKind = [null, { items: 16 }, { items: 16 }, { table: [] }, { items: 8 }];
const DICTIONARY_BATCH: TableKind = [null, { table: RECORD_BATCH }];
const FOOTER: TableKind = [
  null,
  { table: SCHEMA },
  { items: BLOCK_BYTES },
  { items: BLOCK_BYTES },
  { tables: KEY_VALUE },
];
const HEADERS: Readonly<Record<number, TableKind>> = { 1: SCHEMA, 2: DICTIONARY_BATCH, 3: RECORD_BATCH };
const MESSAGE: TableKind = (message: FlatTable) => [
  null,
  null,
  { table: HEADERS[message.byte(1)] ?? [] },
  null,
  { tables: KEY_VALUE },
];

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength);

/**
 * Checks a message of a file or stream.
 *
 * @returns the bytes of its body
 * @throws RangeError
 */
function checkMessage(bytes: Uint8Array): number {
  const message = checkedRoot(viewOf(bytes), MESSAGE);
  const body = Number(message.long(3));
  if (!Number.isSafeInteger(body) || body < 0) throw new RangeError(`a body has ${body} bytes`);
  const header = message.table(2);
  const batch = message.byte(1) === 2 ? header?.table(1) : message.byte(1) === 3 ? header : undefined;
  if (batch === undefined) return body;
  const rows = Number(batch.long(0));
  const packing = batch.table(3);
  const ratio = packing === undefined ? 1 : (MOST_RATIOS[packing.byte(0)] ?? 1);
  const most = Math.max(MOST_ROWS_ANYWAY, body * ratio * MOST_ROWS_OF_BYTE);
  if (rows < 0 || rows > most) throw new RangeError(`a batch of ${body} bytes has ${rows} rows`);
  requireHeap(BYTES_PER_CELL * rows, `a batch of ${rows} rows`);
  return body;
}

/**
 * Checks the footer of a file and the messages that it leads to.
 *
 * @throws {@link ChainruleError} ERR_FILE
 */
export async function checkArrowFile(file: RandomAccess, path: string): Promise<void> {
  try {
    const end = file.byteLength - TAIL_BYTES;
    const length = end < 0 ? 0 : viewOf(new Uint8Array(await file.slice(end))).getInt32(0, true);
    if (length <= 0 || length > Math.min(end, MOST_METADATA_BYTES)) {
      throw new RangeError(`its footer has ${length} bytes`);
    }
    const view = viewOf(new Uint8Array(await file.slice(end - length, end)));
    const footer = checkedRoot(view, FOOTER);
    for (const field of [2, 3]) {
      const blocks = footer.vector(field);
      for (let i = 0; i < blocks.length; i++) await checkBlock(file, view, blocks.start + i * BLOCK_BYTES);
    }
  } catch (cause) {
    throw damaged(path, cause);
  }
}

async function checkBlock(file: RandomAccess, footer: DataView, at: number): Promise<void> {
  const [start, body] = [at, at + 16].map((place) => Number(footer.getBigInt64(place, true)));
  const length = footer.getInt32(at + 8, true);
  if (length < 8 || length > MOST_METADATA_BYTES || start < 0 || body < 0) {
    throw new RangeError(`a message has ${length} bytes at ${start}`);
  }
  if (start + length + body > file.byteLength) throw new RangeError('a batch is longer than the rest');
  const bytes = new Uint8Array(await file.slice(start, start + length));
  const prefix = viewOf(bytes).getUint32(0, true) === MARK ? 8 : 4;
  const own = viewOf(bytes).getInt32(prefix - 4, true);
  if (own < 0 || own > length - prefix) throw new RangeError(`a message has ${own} bytes`);
  checkMessage(bytes.subarray(prefix, prefix + own));
}

/**
 * The bytes of a stream as they are, each message after it has been checked.
 *
 * @throws {@link ChainruleError} ERR_FILE
 */
export async function* checkedArrowStream(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const queue = new ByteQueue(chunks);
  try {
    for (;;) {
      const first = await queue.take(4);
      if (first.length > 0) yield first;
      if (first.length < 4) return;
      const isMarked = viewOf(first).getUint32(0, true) === MARK;
      const size = isMarked ? await queue.take(4) : first;
      if (isMarked && size.length > 0) yield size;
      if (size.length < 4) return;
      const length = viewOf(size).getInt32(0, true);
      if (length === 0) return;
      if (length < 0 || length > MOST_METADATA_BYTES) throw new RangeError(`a message has ${length} bytes`);
      const message = await queue.take(length);
      const body = message.length < length ? 0 : checkMessage(message);
      yield message;
      yield* queue.pass(body);
    }
  } catch (cause) {
    throw damaged(path, cause);
  } finally {
    await chunks.return();
  }
}

/** Chunks as bytes one after the other. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** The next bytes in a buffer of their own; fewer at the end. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.pass(length)) parts.push(part);
    return Buffer.concat(parts);
  }

  /** The next bytes in any parts; fewer at the end. */
  async *pass(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let wanted = length; wanted > 0; ) {
      if (this.#left.length === 0) {
        const { done, value } = await this.#chunks.next();
        if (done) return;
        this.#left = value;
      }
      const part = this.#left.subarray(0, wanted);
      this.#left = this.#left.subarray(part.length);
      wanted -= part.length;
      if (part.length > 0) yield part;
    }
  }
}

function damaged(path: string, cause: unknown): ChainruleError {
  if (cause instanceof ChainruleError) return cause;
  return new ChainruleError(
    'ERR_FILE',
    `${path} could not be read as Arrow, is it whole? ${reasonOf(cause)}`,
    { cause },
  );
}
