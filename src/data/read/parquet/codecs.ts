/**
 * Unpacks the pages of Parquet: by Node's own zlib where it can, since others' code for the same formats believes lengths
 * in the bytes, some of which lead back to where it has been.
 */

import { damagedLz4, MOST_LZ4_RATIO, unpackLz4Block } from '../binary/lz4-block.js';
import { loadZstd } from '../binary/zstd.js';
import { loadPackageIfThere } from '../optional-package.js';
import { unpackSnappy } from './snappy.js';

/** To exactly so many bytes, or the page is refused. */
export type Unpack = (packed: Uint8Array, length: number) => Uint8Array;

/** By the names that the package hyparquet has for them. */
export type Codecs = ReadonlyMap<string, Unpack>;

/** Each block begins with its length unpacked and packed. */
const BLOCK_HEAD_BYTES = 8;
/** Of a copy of at most 64 bytes, which takes at least 3. */
const MOST_SNAPPY_RATIO = 22;
/** Before that, a literal byte or two. */
const FEW_BYTES = 64;

export async function loadCodecs(): Promise<Codecs> {
  const { gunzipSync, inflateRawSync, brotliDecompressSync } = await import('node:zlib');
  const most = (length: number) => ({ maxOutputLength: Math.max(length, 1) });
  const isGzip = (packed: Uint8Array) => packed[0] === 0x1f && packed[1] === 0x8b;
  const more = await loadPackageIfThere<{ compressors: { SNAPPY: Unpack } }>('hyparquet-compressors');
  const zstd = await loadZstd();
  const codecs = new Map<string, Unpack>([
    ['SNAPPY', within(MOST_SNAPPY_RATIO, more?.compressors.SNAPPY ?? unpackSnappy)],
    ['GZIP', (packed, length) => (isGzip(packed) ? gunzipSync : inflateRawSync)(packed, most(length))],
    ['BROTLI', (packed, length) => brotliDecompressSync(packed, most(length))],
    ['LZ4', within(MOST_LZ4_RATIO, unpackLz4)],
    ['LZ4_RAW', within(MOST_LZ4_RATIO, unpackLz4Raw)],
  ]);
  return zstd === null ? codecs : codecs.set('ZSTD', zstd);
}

/** Memory is asked for at once, so for no more than there can be. */
function within(ratio: number, unpack: Unpack): Unpack {
  return (packed, length) => {
    if (length > FEW_BYTES + ratio * packed.length) {
      throw new RangeError(`a page of ${packed.length} bytes cannot be unpacked to ${length}`);
    }
    return unpack(packed, length);
  };
}

function unpackLz4Raw(packed: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, unpackLz4Block(packed, bytes, 0, length));
}

/** As Hadoop writes it, in blocks with their lengths; some others write it without. */
function unpackLz4(packed: Uint8Array, length: number): Uint8Array {
  const blocks = hadoopBlocks(packed, length);
  if (blocks === null) return unpackLz4Raw(packed, length);
  const bytes = new Uint8Array(length);
  let to = 0;
  for (const { block, unpacked } of blocks) {
    const end = unpackLz4Block(block, bytes, to, to + unpacked);
    if (end !== to + unpacked) throw damagedLz4(`a block has ${end - to} bytes, expected ${unpacked}`);
    to = end;
  }
  return bytes.subarray(0, to);
}

/** Null if the lengths do not fit, and so are none. */
function hadoopBlocks(packed: Uint8Array, length: number): { block: Uint8Array; unpacked: number }[] | null {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const blocks: { block: Uint8Array; unpacked: number }[] = [];
  let [at, all] = [0, 0];
  while (at < packed.length) {
    if (at + BLOCK_HEAD_BYTES > packed.length) return null;
    const [unpacked, bytes] = [view.getUint32(at), view.getUint32(at + 4)];
    at += BLOCK_HEAD_BYTES;
    all += unpacked;
    if (bytes > packed.length - at || all > length) return null;
    blocks.push({ block: packed.subarray(at, at + bytes), unpacked });
    at += bytes;
  }
  return all === length ? blocks : null;
}
