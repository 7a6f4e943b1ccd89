/** Teaches the package apache-arrow to unpack the columns of files: LZ4, which pandas writes by default, and ZSTD. */

import { leftBytes } from '../../../numbers/memory-limit.js';
import { unpackLz4Frame } from './lz4-frame.js';
import { loadZstd, mostZstdBytes } from './zstd.js';

type Unpack = (packed: Uint8Array) => Uint8Array;

/** What is used of the package; it has this from 21.2 on. */
export interface ArrowCodecs {
  compressionRegistry?: { get(kind: number): unknown; set(kind: number, codec: { decode: Unpack }): void };
  CompressionType?: { LZ4_FRAME: number; ZSTD: number };
}

/** Codecs that the caller has registered already stay. */
export async function addCodecs({
  compressionRegistry: registry,
  CompressionType: kinds,
}: ArrowCodecs): Promise<void> {
  if (registry === undefined || kinds === undefined) return;
  if (registry.get(kinds.LZ4_FRAME) === null) registry.set(kinds.LZ4_FRAME, { decode: unpackLz4Frame });
  if (registry.get(kinds.ZSTD) !== null) return;
  const unpack = await loadZstd();
  if (unpack === null) return;
  const decode = (packed: Uint8Array) =>
    aligned(unpack(packed, Math.min(mostZstdBytes(packed.length), leftBytes())));
  registry.set(kinds.ZSTD, { decode });
}

/** Arrow makes arrays of 64-bit numbers of the bytes, which must not begin just anywhere. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}

/** What to do if a file is packed and the package cannot unpack it; '' if the reason is another one. */
export function codecHint({ compressionRegistry }: ArrowCodecs, message: string): string {
  if (!/compress|codec/i.test(message)) return '';
  return compressionRegistry === undefined
    ? '; packed files need apache-arrow 21.2 or later: npm install apache-arrow@latest'
    : '; ZSTD needs Node 22.15 or later, or: npm install hyparquet-compressors';
}
