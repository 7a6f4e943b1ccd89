import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkZstd } from '../../../src/data/read/binary/zstd.js';
import { loadCodecs } from '../../../src/data/read/parquet/codecs.js';
import { unpackSnappy } from '../../../src/data/read/parquet/snappy.js';

const BYTES = Buffer.from('to be, or not to be, or not to be');
const codecs = await loadCodecs();
const unpack = (name: string, packed: readonly number[] | Uint8Array, length: number) =>
  Buffer.from(codecs.get(name)?.(Uint8Array.from(packed), length) ?? []);

const LITERAL = [...Buffer.from('to be, or not ')];
/** A literal of 14 bytes, then a match of 19, 14 bytes back. */
const LZ4 = [0xef, ...LITERAL, 14, 0, 0];
const LZ4_END = [0x00];
/** The same: copies of 11 and of 8 bytes. */
const SNAPPY = [33, 13 << 2, ...LITERAL, (7 << 2) | 1, 14, (7 << 2) | 2, 14, 0];
const uint32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

describe('codecs of Parquet', () => {
  it.each<[string, readonly number[] | Uint8Array]>([
    ['GZIP', gzipSync(BYTES)],
    ['GZIP', deflateRawSync(BYTES)],
    ['BROTLI', brotliCompressSync(BYTES)],
    ['LZ4_RAW', [...LZ4, ...LZ4_END]],
    ['LZ4', [...LZ4, ...LZ4_END]],
    ['LZ4', [...uint32(33), ...uint32(LZ4.length + 1), ...LZ4, ...LZ4_END]],
    ['SNAPPY', SNAPPY],
    ['ZSTD', [0x28, 0xb5, 0x2f, 0xfd, 0x20, 33, ((33 << 3) & 255) | 1, 1, 0, ...BYTES]],
  ])('%s is unpacked', (name, packed) => {
    expect(unpack(name, packed, BYTES.length).toString()).toBe(BYTES.toString());
  }); // prettier-ignore

  it.each(['LZ4', 'LZ4_RAW', 'SNAPPY'])('%s is not asked for more than there can be', (name) => {
    expect(() => unpack(name, LZ4, 2 ** 31)).toThrow(/18 bytes cannot be unpacked to 2147483648/);
  });

  it.each<[string, readonly number[] | Uint8Array, number]>([
    ['GZIP', gzipSync(Buffer.alloc(1e6)), 1000],
    ['BROTLI', brotliCompressSync(Buffer.alloc(1e6)), 1000],
    ['LZ4_RAW', [...LZ4, ...LZ4_END], 20],
    // A block of minus eight bytes, which leads back to itself.
    ['LZ4', [...uint32(0), ...uint32(-8), ...Array(16).fill(0)], 40],
    ['ZSTD', [0x28, 0xb5, 0x2f, 0xfd, 0, 0x50, 0x83, 0x3e, 0, 7], 100],
  ])('%s is refused if it is longer than the page', (name, packed, length) => {
    expect(() => unpack(name, packed, length)).toThrow();
  });
});

describe('Snappy without a package', () => {
  it('is unpacked', () => {
    expect(Buffer.from(unpackSnappy(Uint8Array.from(SNAPPY), 33)).toString()).toBe(BYTES.toString());
  });

  it.each<[string, number[], number, RegExp]>([
    // A literal of minus five bytes, which leads back to itself.
    ['a literal that leads back', [4, 63 << 2, 0xfa, 0xff, 0xff, 0xff, 1, 2, 3, 4], 4, /run over the end/],
    ['a copy from before the start', [4, 0, 1, 1, 9, 0, 0], 5, /before the start/],
    ['a copy of nothing', [4, 0, 1, 1, 0], 5, /before the start/],
    ['a copy beyond the end', [4, 0, 1, (7 << 2) | 1, 1], 5, /runs over the end/],
    ['fewer bytes', [4, 0, 1], 5, /it has 1 bytes, expected 5/],
    ['an end within a tag', [4, 63 << 2, 1], 5, /run over the end/],
  ])('is refused with %s', (_, packed, length, message) => {
    expect(() => unpackSnappy(Uint8Array.from(packed), length)).toThrow(message);
  });
});

describe('frames of ZSTD', () => {
  const magic = [0x28, 0xb5, 0x2f, 0xfd];
  /** Of a kind: as it is, a repeated byte, packed; and whether it is the last. */
  const block = (kind: number, size: number, isLast = 1) => [
    ((size << 3) & 255) | (kind << 1) | isLast,
    (size >> 5) & 255,
    size >> 13,
  ];

  it.each<[string, number[], RegExp]>([
    ['another magic number', [1, 2, 3, 4, 5, 6], /it is no frame/],
    ['a large window', [...magic, 0, 0xa8, ...block(0, 0)], /a window of 2147483648 bytes/],
    [
      'a size that is not that of the page',
      [...magic, 0x80, 0x50, 0, 0, 0, 1, ...block(0, 0)],
      /16777216 bytes, expected 100/,
    ],
    ['a repeated byte', [...magic, 0, 0x50, ...block(1, 1000), 7], /more than 100 bytes/],
    ['a long block', [...magic, 0, 0x50, ...block(1, 2 ** 20), 7], /a block has 1048576 bytes/],
    [
      'many sequences',
      [...magic, 0, 0x50, ...block(2, 9), 0, 255, 255, 255, 0x54, 0, 31, 0, 1],
      /a block has 294141 bytes/,
    ],
    [
      'repeated literals',
      [...magic, 0, 0x50, ...block(2, 5), 0x0d | (15 << 4), 255, 1, 0, 0],
      /more than 100 bytes/,
    ],
    ['an unknown kind of block', [...magic, 0, 0x50, ...block(3, 1), 0], /a block has 1 bytes/],
    ['no end', [...magic, 0, 0x50, ...block(1, 10, 0), 7], /Offset is outside the bounds/],
  ])('are refused with %s', (_, packed, message) => {
    expect(() => checkZstd(Uint8Array.from(packed), 100)).toThrow(message);
  }); // prettier-ignore
});
