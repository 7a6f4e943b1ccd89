/**
 * The safetensors format, for float32 tensors and metadata: eight bytes with the length of the header
 * (little-endian), the header as JSON, then the tensors' values one after another. No file is trusted:
 * everything in it is checked before it is used.
 */

import { constants } from 'node:fs';
import { ChainruleError } from '../error.js';
import { writeFileAtomically } from './atomic-write.js';
import { DISK, type FileSystem, type OpenFile } from './file-system.js';
import { parseStrictJson } from './strict-json.js';

/** A tensor of float32 values, row-major. */
export interface Tensor {
  shape: readonly number[];
  values: Float32Array;
}

/** The content of a safetensors file. */
export interface Safetensors {
  tensors: Map<string, Tensor>;
  /** The strings under `__metadata__`. */
  metadata: Map<string, string>;
}

const MAX_HEADER_BYTES = 2 ** 24;
const MAX_TENSORS = 4096;
/** A header is an object of objects, whose fields are at most arrays. */
const MAX_DEPTH = 3;
const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
const MAX_READ_BYTES = 2 ** 30;

/** A tensor as the header describes it; `begin` and `end` are bytes from the end of the header. */
interface Entry {
  name: string;
  shape: number[];
  begin: number;
  end: number;
}

/** Writes tensors and metadata to `path`, whole or not at all. Throws ERR_FILE. */
export async function writeSafetensors(
  path: string,
  { tensors, metadata }: Safetensors,
  files: FileSystem = DISK,
): Promise<void> {
  if (tensors.size > MAX_TENSORS) {
    throw new ChainruleError(
      'ERR_FILE',
      `${tensors.size} tensors are too many for a file, expected at most ${MAX_TENSORS}`,
    );
  }
  const header: [string, unknown][] = [[METADATA, Object.fromEntries(metadata)]];
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    const begin = end;
    end += values.byteLength;
    header.push([name, { dtype: 'F32', shape, data_offsets: [begin, end] }]);
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)), 'utf8');
  // Spaces at the end of the header align the values to 8 bytes, for readers that map the file.
  const padding = (LENGTH_BYTES - (json.length % LENGTH_BYTES)) % LENGTH_BYTES;
  const headerBytes = Buffer.concat([json, Buffer.alloc(padding, ' ')]);
  if (headerBytes.length > MAX_HEADER_BYTES) {
    throw new ChainruleError(
      'ERR_FILE',
      `the header has ${headerBytes.length} bytes, expected at most ${MAX_HEADER_BYTES}`,
    );
  }
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(headerBytes.length);
  const values = Array.from(tensors.values(), ({ values }) => bytesOf(values));
  await writeFileAtomically(path, [length, headerBytes, ...values], files);
}

/** The values as in the file: little-endian, as on every machine with prebuilt engines. */
function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Reads a file of float32 tensors. Throws ERR_FILE for one that is missing or malformed. */
export function readSafetensors(path: string, files: FileSystem = DISK): Promise<Safetensors> {
  return withFile(path, files, (file) => readOpenFile(file, path));
}

/** Reads the metadata alone. Throws ERR_FILE if the file is missing or its header malformed. */
export function readMetadata(path: string): Promise<Map<string, string>> {
  return withFile(path, DISK, async (file) => (await readHeader(file, path)).metadata);
}

async function withFile<T>(
  path: string,
  files: FileSystem,
  read: (file: OpenFile) => Promise<T>,
): Promise<T> {
  let file: OpenFile | undefined;
  try {
    // Of a pipe, opening would wait for somebody to write, for ever.
    file = await files.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return await read(file);
  } catch (cause) {
    if (cause instanceof ChainruleError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ChainruleError('ERR_FILE', `${path} could not be read: ${message}`, { cause });
  } finally {
    await file?.close();
  }
}

/** The header, and where the values lie in the file. */
interface Header {
  entries: Entry[];
  metadata: Map<string, string>;
  dataStart: number;
  dataLength: number;
}

async function readHeader(file: OpenFile, path: string): Promise<Header> {
  const stats = await file.stat();
  if (!stats.isFile()) throw malformed(path, 'is not a regular file');
  const headerLength = await readHeaderLength(file, path, stats.size);
  const headerBytes = await readBytes(file, path, LENGTH_BYTES, headerLength);
  const dataStart = LENGTH_BYTES + headerLength;
  return { ...parseHeader(headerBytes, path), dataStart, dataLength: stats.size - dataStart };
}

async function readOpenFile(file: OpenFile, path: string): Promise<Safetensors> {
  const { entries, metadata, dataStart, dataLength } = await readHeader(file, path);
  checkOffsets(entries, dataLength, path);

  const data = await readBytes(file, path, dataStart, dataLength);
  const tensors = new Map<string, Tensor>();
  for (const { name, shape, begin, end } of entries) {
    // The tensors leave no gaps and every length is a multiple of 4, so every offset is one too.
    tensors.set(name, { shape, values: new Float32Array(data.buffer, begin, (end - begin) / 4) });
  }
  return { tensors, metadata };
}

async function readHeaderLength(file: OpenFile, path: string, fileSize: number): Promise<number> {
  if (fileSize < LENGTH_BYTES)
    throw malformed(path, `has ${fileSize} bytes, expected at least ${LENGTH_BYTES}`);
  const bytes = await readBytes(file, path, 0, LENGTH_BYTES);
  const length = new DataView(bytes.buffer).getBigUint64(0, true);
  const limit = Math.min(MAX_HEADER_BYTES, fileSize - LENGTH_BYTES);
  if (length < 2n || length > BigInt(limit)) {
    throw malformed(path, `has a header of ${length} bytes, expected 2 to ${limit}: not a safetensors file?`);
  }
  return Number(length);
}

/** Exactly `length` bytes from `position`, in a buffer of their own. */
async function readBytes(
  file: OpenFile,
  path: string,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = allocate(length, path);
  let done = 0;
  while (done < length) {
    const wanted = Math.min(length - done, MAX_READ_BYTES);
    const { bytesRead } = await file.read(bytes, done, wanted, position + done);
    if (bytesRead === 0)
      throw malformed(path, `ends after ${position + done} bytes, expected ${position + length}`);
    done += bytesRead;
  }
  return bytes;
}

function allocate(length: number, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new ChainruleError('ERR_MEMORY', `no memory for the ${length} bytes of ${path}`, { cause });
  }
}

function parseHeader(bytes: Uint8Array, path: string): { entries: Entry[]; metadata: Map<string, string> } {
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
  return { entries, metadata };
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
  const where = `has tensor '${name.slice(0, 60)}'`;
  if (!isObject(value)) throw malformed(path, `${where} that is not described by an object`);
  const dtype = own(value, 'dtype');
  if (dtype !== 'F32') {
    throw malformed(path, `${where} of dtype ${String(JSON.stringify(dtype)).slice(0, 60)}, expected "F32"`);
  }
  const shape = own(value, 'shape');
  if (!isSizes(shape)) throw malformed(path, `${where} whose shape is not a list of whole numbers`);
  const offsets = own(value, 'data_offsets');
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw malformed(path, `${where} whose data_offsets are not two whole numbers`);
  }
  const [begin, end] = offsets;
  const bytes = shape.reduce((product, size) => product * size, 4);
  // A product beyond 2^53 may be rounded, but then it cannot be the difference of two offsets.
  if (end - begin !== bytes) {
    throw malformed(path, `${where} with ${end - begin} bytes of values, expected ${bytes} by its shape`);
  }
  return { name, shape, begin, end };
}

/** Tensors must follow each other without holes or overlaps, from the first byte of the data to the last. */
function checkOffsets(entries: Entry[], dataLength: number, path: string): void {
  const inOrder = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const { name, begin, end } of inOrder) {
    if (begin !== position) {
      throw malformed(path, `has tensor '${name.slice(0, 60)}' at offset ${begin}, expected ${position}`);
    }
    position = end;
  }
  if (position !== dataLength) {
    throw malformed(path, `has ${dataLength} bytes of values, expected ${position} by its header`);
  }
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

function malformed(path: string, fault: string, cause?: unknown): ChainruleError {
  return new ChainruleError('ERR_FILE', `${path} ${fault}`, cause === undefined ? undefined : { cause });
}
