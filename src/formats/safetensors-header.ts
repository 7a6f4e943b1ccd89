/**
 * The header of a safetensors file: JSON that says where the values of each tensor are, and texts under `__metadata__`.
 * No file is trusted: everything in it is checked before it is used.
 */

import { ChainruleError, excerpt } from '../error.js';
import { parseStrictJson } from './strict-json.js';

/** Enough for 4,096 tensors and a description; longer texts lie beside the tensors. */
export const MAX_HEADER_BYTES = 2 ** 20;
/** All texts beside the tensors: as long as describes some 50,000 columns. */
export const MAX_TEXT_BYTES = 2 ** 24;
export const MAX_TENSORS = 4096;
/** Before the header are eight bytes with its length, little-endian. */
export const LENGTH_BYTES = 8;
export const METADATA = '__metadata__';
/** A header is an object of objects, whose fields are at most arrays. */
const MAX_DEPTH = 3;
/** Bytes of a value. U8 is for texts. */
const ITEM_BYTES = { F32: 4, F64: 8, U8: 1 } as const;

/** A tensor as the header describes it; `begin` and `end` are bytes from the end of the header. */
export interface Entry {
  name: string;
  dtype: keyof typeof ITEM_BYTES;
  shape: readonly number[];
  begin: number;
  end: number;
}

export interface Header {
  /** In the order of their values, which leave no gaps. */
  entries: Entry[];
  /** The strings under `__metadata__`. */
  metadata: Map<string, string>;
}

/** The error for a file that is not what it should be. */
export function malformed(path: string, fault: string, cause?: unknown): ChainruleError {
  return new ChainruleError('ERR_FILE', `${path} ${fault}`, cause === undefined ? undefined : { cause });
}

/**
 * Reads the header of a file whose values have `dataLength` bytes.
 *
 * @throws {@link ChainruleError} ERR_FILE
 */
export function parseHeader(bytes: Uint8Array, dataLength: number, path: string): Header {
  const header = parseStrictJson(decodeHeader(bytes, path), `the header of ${path}`, MAX_DEPTH);
  // The header starts with a brace, and valid JSON that starts with one is an object.
  const entries: Entry[] = [];
  let metadata = new Map<string, string>();
  for (const [name, value] of Object.entries(header as object)) {
    if (name === METADATA) metadata = parseMetadata(value, path);
    else entries.push(parseEntry(name, value, path));
  }
  if (entries.length > MAX_TENSORS) {
    throw malformed(path, `has ${entries.length} tensors, expected at most ${MAX_TENSORS}`);
  }
  return { entries: inOrder(entries, dataLength, path), metadata };
}

function decodeHeader(bytes: Uint8Array, path: string): string {
  if (bytes[0] !== '{'.charCodeAt(0)) throw malformed(path, "has a header that does not start with '{'");
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed(path, 'has a header that is not UTF-8', cause);
  }
}

function parseMetadata(value: unknown, path: string): Map<string, string> {
  if (!isObject(value)) throw malformed(path, `has ${METADATA} that is not an object`);
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw malformed(path, `has ${METADATA} that holds more than strings`);
    metadata.set(key, text);
  }
  return metadata;
}

function parseEntry(name: string, value: unknown, path: string): Entry {
  const where = `has tensor '${excerpt(name)}'`;
  if (!isObject(value)) throw malformed(path, `${where} that is not described by an object`);
  const dtype = own(value, 'dtype');
  if (dtype !== 'F32' && dtype !== 'F64' && dtype !== 'U8') {
    throw malformed(path, `${where} of dtype ${excerpt(String(JSON.stringify(dtype)))}, expected "F32"`);
  }
  const shape = own(value, 'shape');
  if (!isSizes(shape)) throw malformed(path, `${where} whose shape is not a list of whole numbers`);
  const offsets = own(value, 'data_offsets');
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw malformed(path, `${where} whose data_offsets are not two whole numbers`);
  }
  const [begin, end] = offsets;
  const bytes = shape.reduce((product, size) => product * size, ITEM_BYTES[dtype]);
  // A product beyond 2^53 may be rounded, but then it cannot be the difference of two offsets.
  if (end - begin !== bytes) {
    throw malformed(path, `${where} with ${end - begin} bytes of values, expected ${bytes} by its shape`);
  }
  if (begin % ITEM_BYTES[dtype] !== 0) {
    throw malformed(path, `${where} at offset ${begin}, expected a multiple of ${ITEM_BYTES[dtype]}`);
  }
  return { name, dtype, shape, begin, end };
}

/** Tensors must follow each other without holes or overlaps, from the first byte of the values to the last. */
function inOrder(entries: Entry[], dataLength: number, path: string): Entry[] {
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const { name, begin, end } of ordered) {
    if (begin !== position) {
      throw malformed(path, `has tensor '${excerpt(name)}' at offset ${begin}, expected ${position}`);
    }
    position = end;
  }
  if (position !== dataLength) {
    throw malformed(path, `has ${dataLength} bytes of values, expected ${position} by its header`);
  }
  return ordered;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field of the object itself: a file must not reach inherited properties. */
function own(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key as keyof typeof value] : undefined;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/**
 * A header as bytes, with its length before it.
 *
 * @param metadata in this order, which comes before the tensors
 * @throws {@link ChainruleError} ERR_FILE if it is longer than a reader accepts
 */
export function formatHeader(
  metadata: Iterable<readonly [string, string]>,
  entries: readonly Entry[],
): Uint8Array {
  if (entries.length > MAX_TENSORS) {
    throw new ChainruleError(
      'ERR_FILE',
      `${entries.length} tensors are too many for a file, expected at most ${MAX_TENSORS}`,
    );
  }
  const tensors = entries.map(({ name, dtype, shape, begin, end }) => [
    name,
    { dtype, shape, data_offsets: [begin, end] },
  ]);
  // Not as an object, which would have names such as '7' first.
  const fields = [`${JSON.stringify(METADATA)}:${jsonObject(metadata)}`, ...jsonFields(tensors)];
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  // Spaces at the end of the header align the values to 8 bytes, for readers that map the file.
  const length = json.length + ((LENGTH_BYTES - (json.length % LENGTH_BYTES)) % LENGTH_BYTES);
  if (length > MAX_HEADER_BYTES) {
    throw new ChainruleError(
      'ERR_FILE',
      `the header has ${length} bytes, expected at most ${MAX_HEADER_BYTES}`,
    );
  }
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

function jsonObject(fields: Iterable<readonly [string, unknown]>): string {
  return `{${jsonFields(fields).join(',')}}`;
}

function jsonFields(fields: Iterable<readonly unknown[]>): string[] {
  return Array.from(fields, ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
}
