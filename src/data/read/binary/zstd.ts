/**
 * Unpacks ZSTD: by Node from 22.15 on, before that by the package fzstd, which comes with hyparquet-compressors and
 * believes what a frame says of its sizes.
 */

import { constants } from 'node:buffer';
import { loadPackageIfThere } from '../optional-package.js';

/** @param most - bytes that it may be unpacked to */
export type UnpackZstd = (packed: Uint8Array, most: number) => Uint8Array;

const MAGIC = 0xfd2fb528;
const SKIPPED_MAGIC = 0x184d2a5;
/** Of a block, packed or not. */
const MOST_BLOCK_BYTES = 2 ** 17;
/** More than `zstd --ultra` asks for. */
const MOST_WINDOW_BYTES = 2 ** 27;
/** The two bits of a block's kind. */
const KINDS = { repeated: 1, packed: 2, reserved: 3 } as const;
/** Two bits say how long the number of an unpacked frame's bytes is. */
const SIZE_BYTES = [0, 2, 4, 8];
const DICTIONARY_BYTES = [0, 1, 2, 4];

/** A block of a byte, repeated, takes four. */
const MOST_RATIO = MOST_BLOCK_BYTES / 4;

/** More cannot come of so many packed bytes. */
export const mostZstdBytes = (packed: number) => MOST_RATIO * packed;

/** Null if nothing here can unpack it. */
export async function loadZstd(): Promise<UnpackZstd | null> {
  const { zstdDecompressSync } = (await import('node:zlib')) as {
    zstdDecompressSync?: (packed: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
  };
  if (zstdDecompressSync !== undefined) {
    return (packed, most) =>
      zstdDecompressSync(packed, { maxOutputLength: Math.min(Math.max(most, 1), constants.MAX_LENGTH) });
  }
  const more = await loadPackageIfThere<{ compressors: { ZSTD: (packed: Uint8Array) => Uint8Array } }>(
    'hyparquet-compressors',
  );
  const unpack = more?.compressors.ZSTD;
  if (unpack === undefined) return null;
  return (packed, most) => {
    checkZstd(packed, most);
    return unpack(packed);
  };
}

/**
 * Follows the frames and blocks without unpacking them.
 *
 * @throws RangeError if they are more than `most` bytes at least, or not whole
 */
export function checkZstd(packed: Uint8Array, most: number): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let least = 0;
  for (let at = 0; at < packed.length; ) {
    const magic = view.getUint32(at, true);
    if (magic >>> 4 === SKIPPED_MAGIC) {
      at += 8 + view.getUint32(at + 4, true);
      continue;
    }
    if (magic !== MAGIC) throw new RangeError('ZSTD is damaged: it is no frame');
    const frame = headerOf(view, at, most);
    at = frame.end;
    for (let isLast = false; !isLast; ) {
      const head = view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);
      const kind = (head >> 1) & 3;
      const size = head >> 3;
      if (kind === KINDS.reserved || size > MOST_BLOCK_BYTES) {
        throw new RangeError(`ZSTD is damaged: a block has ${size} bytes`);
      }
      const bytes = kind === KINDS.repeated ? 1 : size;
      least += kind === KINDS.packed ? leastBytes(view, at + 3) : size;
      if (least > most) throw new RangeError(`ZSTD has more than ${most} bytes`);
      at += 3 + bytes;
      isLast = (head & 1) === 1;
    }
    at += frame.hasChecksum ? 4 : 0;
  }
}

/** What a frame says of its sizes is what memory is asked for. */
function headerOf(view: DataView, start: number, most: number): { end: number; hasChecksum: boolean } {
  const flags = view.getUint8(start + 4);
  const isSingle = (flags & 0x20) !== 0;
  let at = start + 5;
  if (!isSingle) {
    const descriptor = view.getUint8(at++);
    const base = 2 ** (10 + (descriptor >> 3));
    const window = base + (base / 8) * (descriptor & 7);
    if (window > Math.max(MOST_WINDOW_BYTES, most)) {
      throw new RangeError(`ZSTD asks for a window of ${window} bytes`);
    }
  }
  at += DICTIONARY_BYTES[flags & 3];
  const sizeBytes = isSingle ? Math.max(1, SIZE_BYTES[flags >> 6]) : SIZE_BYTES[flags >> 6];
  let size = sizeBytes === 2 ? 256 : 0;
  for (let i = 0; i < sizeBytes; i++) size += view.getUint8(at + i) * 2 ** (8 * i);
  if (size > most) throw new RangeError(`ZSTD has ${size} bytes, expected ${most}`);
  return { end: at + sizeBytes, hasChecksum: (flags & 4) !== 0 };
}

/** The shortest match. */
const SHORTEST_MATCH = 3;

/** At least so many bytes a packed block holds: its literal bytes, and matches. */
function leastBytes(view: DataView, start: number): number {
  const first = view.getUint8(start);
  const form = (first >> 2) & 3;
  const isPlain = (first & 3) < 2;
  const headBytes = isPlain ? [1, 2, 1, 3][form] : [3, 3, 4, 5][form];
  let head = 0;
  for (let i = 0; i < headBytes; i++) head += view.getUint8(start + i) * 2 ** (8 * i);
  const bits = isPlain ? [5, 12, 5, 20][form] : [10, 10, 14, 18][form];
  const skipped = isPlain && form % 2 === 0 ? 3 : 4;
  const literals = Math.floor(head / 2 ** skipped) % 2 ** bits;
  const packed = isPlain
    ? (first & 3) === 1
      ? 1
      : literals
    : Math.floor(head / 2 ** (skipped + bits)) % 2 ** bits;
  const at = start + headBytes + packed;
  let sequences = view.getUint8(at);
  if (sequences === 255) sequences = view.getUint16(at + 1, true) + 0x7f00;
  else if (sequences > 127) sequences = (sequences - 128) * 256 + view.getUint8(at + 1);
  const least = literals + SHORTEST_MATCH * sequences;
  if (least > MOST_BLOCK_BYTES) throw new RangeError(`ZSTD is damaged: a block has ${least} bytes`);
  return least;
}
