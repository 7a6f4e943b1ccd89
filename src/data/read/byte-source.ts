/** The bytes of a file in chunks, unpacked if they are gzip. */

import { constants, fstatSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ChainruleError, reasonOf } from '../../error.js';
import { requireReserve } from '../../numbers/heap-limit.js';
import { requireMemory } from '../../numbers/memory-limit.js';

/** Bytes that are read at once. */
const CHUNK_BYTES = 2 ** 18;

/** Can be read several times, from the start each time. */
export interface ByteSource {
  readonly path: string;
  /** Bytes of the file as it is; undefined if nobody knows, as of a pipe. */
  readonly size: number | undefined;
  /** Whether the file is gzip; `chunks` are unpacked. */
  readonly gzip: boolean;
  /** A chunk may be overwritten when the next one is read. */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>;
}

/** @throws {@link ChainruleError} ERR_FILE with the system's reason */
export async function openBytes(path: string): Promise<ByteSource> {
  const handle = await openHandle(path);
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new ChainruleError('ERR_FILE', `${path} is a folder, expected a file`);
    if (!stats.isFile())
      return isStandardInput(stats) ? await standardInput(path, handle) : await keptSource(path, handle);
    const head = Buffer.alloc(2);
    await handle.read(head, 0, 2, 0);
    const gzip = isGzip(head);
    const chunks = () => withRoom(path, gzip ? unpacked(path, fileChunks(path)) : fileChunks(path));
    return { path, size: stats.size, gzip, chunks };
  } catch (cause) {
    throw cause instanceof ChainruleError ? cause : cannotRead(path, cause);
  } finally {
    await handle.close();
  }
}

/** Bytes that can be read once, such as those of a pipe: kept, so that they can be read again. */
async function keptSource(path: string, handle: FileHandle): Promise<ByteSource> {
  const kept = await copiesOf(chunksOf(handle), path);
  const gzip = isGzip(kept[0] ?? new Uint8Array(0));
  async function* again() {
    yield* kept;
  }
  return {
    path,
    size: undefined,
    gzip,
    chunks: () => withRoom(path, gzip ? unpacked(path, again()) : again()),
  };
}

/** How often what is kept is compared with the memory that there is. */
const BYTES_BETWEEN_CHECKS = 2 ** 24;

/**
 * Chunks that stay as they are.
 *
 * @throws {@link ChainruleError} ERR_MEMORY if they, and once more as many, do not fit into memory
 */
export async function copiesOf(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
): Promise<Buffer<ArrayBuffer>[]> {
  const kept: Buffer<ArrayBuffer>[] = [];
  let [all, checked] = [0, 0];
  for await (const chunk of chunks) {
    all += chunk.length;
    if (all >= checked + BYTES_BETWEEN_CHECKS) {
      requireMemory(all, `the bytes of ${path}`);
      checked = all;
    }
    // `slice` of a Buffer would be a view, which the next chunk overwrites.
    kept.push(Buffer.from(chunk));
  }
  return kept;
}

/**
 * Chunks or batches, between which whoever collects their rows is told before V8's heap is full, which would end the
 * process.
 */
export async function* withRoom<T>(
  path: string,
  parts: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  for await (const part of parts) {
    requireReserve(`the rows of ${path}`);
    yield part;
  }
}

/** Standard input can be read once by a process, however often it is opened. */
let keptInput: Promise<ByteSource> | null = null;

function standardInput(path: string, handle: FileHandle): Promise<ByteSource> {
  keptInput ??= keptSource(path, handle);
  return keptInput;
}

function isStandardInput({ dev, ino }: Stats): boolean {
  const own = fstatSync(0);
  return own.dev === dev && own.ino === ino;
}

const isGzip = (head: Uint8Array) => head[0] === 0x1f && head[1] === 0x8b;

/** @throws {@link ChainruleError} ERR_FILE with the system's reason */
export async function openHandle(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}

function cannotRead(path: string, cause: unknown): ChainruleError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const message = reasonOf(cause);
  return new ChainruleError(
    'ERR_FILE',
    missing ? `there is no file ${path}` : `${path} could not be read: ${message}`,
    { cause },
  );
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await openHandle(path);
  try {
    yield* chunksOf(handle);
  } catch (cause) {
    throw cause instanceof ChainruleError ? cause : cannotRead(path, cause);
  } finally {
    await handle.close();
  }
}

async function* chunksOf(handle: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unpacked(
  path: string,
  packed: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { createGunzip } = await import('node:zlib');
  const { Readable, pipeline } = await import('node:stream');
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  async function* copies() {
    // Streams keep chunks beyond the next one.
    for await (const chunk of packed) yield Buffer.from(chunk);
  }
  // An error also ends the loop below, which reports it.
  pipeline(Readable.from(copies()), gunzip, () => {});
  try {
    yield* gunzip;
  } catch (cause) {
    if (cause instanceof ChainruleError) throw cause;
    const message = reasonOf(cause);
    throw new ChainruleError('ERR_FILE', `${path} cannot be unpacked as gzip: ${message}`, { cause });
  } finally {
    gunzip.destroy();
  }
}
