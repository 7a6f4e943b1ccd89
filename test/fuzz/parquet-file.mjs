/** Parquet as footer and pages, which can be changed and put together again. */

import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { compressors } from 'hyparquet-compressors';
import { field, IS_NUMBER, readStruct, writeStruct, writeVarint } from './thrift.mjs';

/** By the format's numbers; what packs only as it is suffices. */
const CODECS = {
  1: { unpack: compressors.SNAPPY, pack: packSnappy },
  2: { unpack: (bytes) => gunzipSync(bytes), pack: (bytes) => gzipSync(bytes) },
  4: { unpack: (bytes) => brotliDecompressSync(bytes), pack: (bytes) => brotliCompressSync(bytes) },
  // No seed has it.
  5: { pack: packHadoopLz4 },
  6: { unpack: compressors.ZSTD, pack: packZstd },
  7: { unpack: compressors.LZ4_RAW, pack: packLz4 },
};
export const CODEC_NUMBERS = [0, ...Object.keys(CODECS).map(Number)];

function packSnappy(bytes) {
  const length = Buffer.alloc(5);
  length[0] = 63 << 2;
  length.writeUInt32LE(Math.max(bytes.length - 1, 0), 1);
  const literal = bytes.length === 0 ? [] : [length, bytes];
  return Buffer.concat([writeVarint(bytes.length), ...literal]);
}

function packLz4(bytes) {
  const more = Array(Math.floor(Math.max(bytes.length - 15, 0) / 255)).fill(255);
  const head = bytes.length < 15 ? [bytes.length << 4] : [0xf0, ...more, (bytes.length - 15) % 255];
  return Buffer.concat([Buffer.from(head), bytes]);
}

function packHadoopLz4(bytes) {
  const packed = packLz4(bytes);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(bytes.length, 0);
  lengths.writeUInt32BE(packed.length, 4);
  return Buffer.concat([lengths, packed]);
}

function packZstd(bytes) {
  // A frame of one block as it is, with a window of a MiB.
  const block = (bytes.length << 3) | 1;
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x50, block & 255, (block >> 8) & 255, block >> 16]),
    bytes,
  ]);
}

const number = (struct, id) => Number(field(struct, id)?.value ?? 0n);

/** @returns `{ footer, chunks: { data, pages: { header, levels, values, isPacked }[] }[] }`; pages are unpacked */
export function splitParquet(bytes) {
  const length = bytes.readUInt32LE(bytes.length - 8);
  const footer = readStruct(bytes, bytes.length - 8 - length).struct;
  const chunks = field(footer, 4).value.items.flatMap((group) =>
    field(group, 1).value.items.map((chunk) => {
      const data = field(chunk, 3).value;
      const start = number(data, 11) || number(data, 9);
      return { data, pages: pagesOf(bytes, start, start + number(data, 7), number(data, 4)) };
    }),
  );
  return { footer, chunks };
}

function pagesOf(bytes, start, end, codec) {
  const pages = [];
  for (let at = start; at < end; ) {
    const { struct: header, end: from } = readStruct(bytes, at);
    at = from + number(header, 3);
    const own = field(header, 8)?.value;
    const levelBytes = own === undefined ? 0 : number(own, 5) + number(own, 6);
    const levels = bytes.subarray(from, from + levelBytes);
    const packed = bytes.subarray(from + levelBytes, at);
    const isPacked = codec !== 0 && (own === undefined || field(own, 7)?.type !== 2) && packed.length > 0;
    const values = isPacked ? CODECS[codec].unpack(packed, number(header, 2) - levelBytes) : packed;
    pages.push({ header, isPacked, levels: Buffer.from(levels), values: Buffer.from(values) });
  }
  return pages;
}

/** With lengths and places that are right, but for those that are `written`, `keepsSizes` and `keepsPlaces`. */
export function joinParquet({ footer, chunks }, keepsPlaces = false) {
  const parts = [Buffer.from('PAR1')];
  let at = 4;
  for (const { data, pages } of chunks) {
    const start = at;
    let firstData;
    for (const page of pages) {
      const bytes = joinPage(page, number(data, 4));
      if (number(page.header, 1) !== 2) firstData ??= at;
      parts.push(bytes);
      at += bytes.length;
    }
    if (keepsPlaces) continue;
    set(data, 9, firstData ?? start);
    if (firstData !== start) set(data, 11, start);
    set(data, 7, at - start);
  }
  const own = writeStruct(footer);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(own.length);
  return Buffer.concat([...parts, own, length, Buffer.from('PAR1')]);
}

function joinPage({ header, levels, values, isPacked, keepsSizes }, codec) {
  const packed = isPacked && codec in CODECS ? CODECS[codec].pack(values) : values;
  if (!keepsSizes) {
    set(header, 2, levels.length + values.length);
    set(header, 3, levels.length + packed.length);
  }
  return Buffer.concat([writeStruct(header), levels, packed]);
}

/** Unless the field is missing, or has become something else. */
export function set(struct, id, value) {
  const own = field(struct, id);
  if (own !== undefined && IS_NUMBER.has(own.type)) own.value = BigInt(value);
}
