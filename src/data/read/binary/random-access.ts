/** Reads any part of a file. */

import type { FileHandle } from 'node:fs/promises';
import { ChainruleError } from '../../../error.js';
import { newArray } from '../../../numbers/allocate.js';
import { type ByteSource, copiesOf, openHandle } from '../byte-source.js';

export interface RandomAccess {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

/** Of what is packed or comes from a pipe, all is held in memory. */
export async function randomAccess(source: ByteSource): Promise<RandomAccess> {
  if (source.gzip || source.size === undefined) return inMemory(await allBytes(source));
  const handle = await openHandle(source.path);
  const byteLength = source.size;
  return {
    byteLength,
    slice: (start, end = byteLength) => {
      const part = readPart(handle, source.path, start, Math.min(end, byteLength));
      // A package asks for several at once and waits for the first that fails; the others must not end the process.
      part.catch(() => {});
      return part;
    },
    close: () => handle.close(),
  };
}

export async function allBytes(source: ByteSource): Promise<Buffer<ArrayBuffer>> {
  return Buffer.concat(await copiesOf(source.chunks(), source.path));
}

function inMemory(bytes: Buffer<ArrayBuffer>): RandomAccess {
  const { buffer, byteOffset, byteLength } = bytes;
  return {
    byteLength,
    slice: async (start, end = byteLength) => buffer.slice(byteOffset + start, byteOffset + end),
    close: async () => {},
  };
}

async function readPart(handle: FileHandle, path: string, start: number, end: number): Promise<ArrayBuffer> {
  // A damaged file may lead anywhere.
  if (!(start >= 0 && start <= end)) {
    throw new ChainruleError('ERR_FILE', `${path} names bytes ${start} to ${end} of it, is it whole?`);
  }
  const bytes = newArray(Uint8Array, end - start, 'a part of a file');
  for (let filled = 0; filled < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) throw new ChainruleError('ERR_FILE', `${path} became shorter while it was read`);
    filled += bytesRead;
  }
  return bytes.buffer;
}
