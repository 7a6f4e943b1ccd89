/**
 * Reads the safetensors format. What the header alone condemns is refused before a value is read, and memory is asked
 * for only when the file is known to hold what it is for.
 */

import { constants } from 'node:fs';
import { ChainruleError, excerpt, reasonOf } from '../error.js';
import { BEGINNING_BYTES, hasChecksums, isHeaderWhole, newHash, takeDataChecksum } from './checksum.js';
import { DISK, type FileSystem, type OpenFile } from './file-system.js';
import { FileTensors } from './file-tensors.js';
import {
  type Entry,
  LENGTH_BYTES,
  MAX_HEADER_BYTES,
  MAX_TEXT_BYTES,
  malformed,
  parseHeader,
} from './safetensors-header.js';

/** Read at once, hashed and put to their places while the next ones come. A whole number of floats. */
const BLOCK_BYTES = 2 ** 20;

/**
 * Reads a file of float32 tensors.
 *
 * @param plan takes the tensors that it expects; what it returns is called when their values have been read
 * @throws {@link ChainruleError} ERR_FILE for a file that is missing, malformed, changed or damaged, ERR_MEMORY
 */
export function readSafetensors<T>(
  path: string,
  plan: (tensors: FileTensors, metadata: ReadonlyMap<string, string>) => () => T,
  files: FileSystem = DISK,
): Promise<T> {
  return withFile(path, files, async (file) => {
    const header = await readHeader(file, path);
    const tensors = new FileTensors(header.tensors, path);
    const finish = plan(tensors, header.metadata);
    tensors.refuseOthers();
    tensors.allocate();
    await readValues(file, header, tensors);
    return finish();
  });
}

/** Reads the metadata alone. Throws ERR_FILE if the file is missing or its header malformed. */
export function readMetadata(path: string, files: FileSystem = DISK): Promise<ReadonlyMap<string, string>> {
  return withFile(path, files, async (file) => (await readHeader(file, path)).metadata);
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
    const message = reasonOf(cause);
    throw new ChainruleError('ERR_FILE', `${path} could not be read: ${message}`, { cause });
  } finally {
    await file?.close();
  }
}

/** What is known of a file when its header has been read. */
interface FileHeader {
  /** In the order of their values. */
  tensors: Entry[];
  metadata: Map<string, string>;
  /** Where the values are in the file, in bytes. */
  dataStart: number;
  dataLength: number;
  /** The checksum of the values; undefined if the file has none. */
  checksum: string | undefined;
}

async function readHeader(file: OpenFile, path: string): Promise<FileHeader> {
  const stats = await file.stat();
  if (!stats.isFile()) throw malformed(path, 'is not a regular file');
  const beginning = await readBytes(file, path, 0, Math.min(stats.size, BEGINNING_BYTES));
  const isSealed = hasChecksums(beginning);
  try {
    const dataStart = LENGTH_BYTES + headerLength(beginning, path, stats.size);
    const bytes = await readBytes(file, path, 0, dataStart);
    if (isSealed && !(await isHeaderWhole(bytes))) throw malformed(path, 'has a header of another checksum');
    const dataLength = stats.size - dataStart;
    const { entries, metadata } = parseHeader(bytes.subarray(LENGTH_BYTES), dataLength, path);
    const checksum = takeDataChecksum(metadata, isSealed, path);
    const tensors = await takeTexts(file, path, dataStart, entries, metadata);
    return { tensors, metadata, dataStart, dataLength, checksum };
  } catch (error) {
    // What chainrule writes has none of these faults.
    if (isSealed && error instanceof ChainruleError && error.code === 'ERR_FILE') throw damaged(path, error);
    throw error;
  }
}

function damaged(path: string, cause: ChainruleError): ChainruleError {
  const fault = cause.message.startsWith(`${path} `)
    ? `it ${cause.message.slice(path.length + 1)}`
    : cause.message;
  return new ChainruleError('ERR_FILE', `${path} was changed or damaged after it was saved: ${fault}`, {
    cause,
  });
}

function headerLength(beginning: Uint8Array, path: string, fileSize: number): number {
  if (fileSize < LENGTH_BYTES) {
    throw malformed(path, `has ${fileSize} bytes, expected at least ${LENGTH_BYTES}`);
  }
  const length = new DataView(beginning.buffer).getBigUint64(0, true);
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
  const bytes = new Uint8Array(length);
  await readInto(bytes, file, path, position);
  return bytes;
}

async function readInto(bytes: Uint8Array, file: OpenFile, path: string, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) {
      throw malformed(path, `ends after ${position + done} bytes, expected ${position + bytes.length}`);
    }
    done += bytesRead;
  }
}

/**
 * Puts the metadata's long texts, which are tensors of bytes, into it.
 *
 * @returns the other tensors
 */
async function takeTexts(
  file: OpenFile,
  path: string,
  dataStart: number,
  entries: readonly Entry[],
  metadata: Map<string, string>,
): Promise<Entry[]> {
  let left = MAX_TEXT_BYTES;
  const others: Entry[] = [];
  for (const entry of entries) {
    const { name, dtype, begin, end } = entry;
    if (dtype !== 'U8' || metadata.get(name) !== '') {
      others.push(entry);
      continue;
    }
    left -= end - begin;
    if (left < 0) throw malformed(path, `has texts of more than ${MAX_TEXT_BYTES} bytes`);
    const bytes = await readBytes(file, path, dataStart + begin, end - begin);
    try {
      metadata.set(name, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (cause) {
      throw malformed(path, `has a text '${excerpt(name)}' that is not UTF-8`, cause);
    }
  }
  return others;
}

/** Reads the values to their places, and compares their checksum. */
async function readValues(file: OpenFile, header: FileHeader, values: FileTensors): Promise<void> {
  const { tensors, dataStart, dataLength, checksum } = header;
  const { path } = values;
  const hash = checksum === undefined ? undefined : await newHash();
  let fault: string | undefined;
  let next = 0;
  for await (const { bytes, position } of blocksOf(file, path, dataStart, dataLength)) {
    hash?.update(bytes);
    const end = position + bytes.length;
    for (; next < tensors.length && tensors[next].begin < end; next++) {
      const entry = tensors[next];
      const from = Math.max(entry.begin, position);
      const part = bytes.subarray(from - position, Math.min(entry.end, end) - position);
      fault ??= values.put(entry, from - entry.begin, part);
      // The rest of it is in the next block.
      if (entry.end > end) break;
    }
    // With a checksum, only all of the values show whether they are those that were saved.
    if (fault !== undefined && hash === undefined) break;
  }
  if (hash !== undefined && hash.digest('hex') !== checksum) {
    throw malformed(path, 'was changed or damaged after it was saved: its values have another checksum');
  }
  if (fault !== undefined) throw malformed(path, fault);
}

/** The bytes from `start` on in blocks, each of which is valid until the next one but one is asked for. */
async function* blocksOf(
  file: OpenFile,
  path: string,
  start: number,
  length: number,
): AsyncGenerator<{ bytes: Uint8Array; position: number }> {
  const buffers = [0, 1].map(() => new Uint8Array(Math.min(BLOCK_BYTES, length)));
  const readBlock = async (position: number, buffer: Uint8Array) => {
    const bytes = buffer.subarray(0, Math.min(BLOCK_BYTES, length - position));
    await readInto(bytes, file, path, start + position);
    return bytes;
  };
  let coming = readBlock(0, buffers[0]);
  for (let position = 0; position < length; position += BLOCK_BYTES) {
    const bytes = await coming;
    buffers.reverse();
    coming = readBlock(Math.min(position + BLOCK_BYTES, length), buffers[0]);
    // Who stops reading is not told of a block that he did not ask for.
    coming.catch(() => {});
    yield { bytes, position };
  }
}
