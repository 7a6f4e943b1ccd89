/**
 * Writes the safetensors format, for tensors of floats and metadata: eight bytes with the length of the header
 * (little-endian), the header as JSON, then the tensors' values one after another.
 */

import type { Hash } from 'node:crypto';
import { ChainruleError } from '../error.js';
import { Turns } from '../turns.js';
import { writeFileAtomically } from './atomic-write.js';
import { checksumFields, newHash, sealHeader } from './checksum.js';
import { DISK, type FileSystem } from './file-system.js';
import { type Entry, formatHeader, MAX_TEXT_BYTES } from './safetensors-header.js';

/** A tensor, row-major. */
export interface Tensor {
  shape: readonly number[];
  values: Float32Array | Float64Array;
}

/** The content of a safetensors file. */
export interface Safetensors {
  /** Those of doubles come first, so that their numbers are aligned. */
  tensors: Map<string, Tensor>;
  /** The strings under `__metadata__`. A long one becomes a tensor of bytes, with its key as name. */
  metadata: Map<string, string>;
}

/** A header has space for some texts of so many bytes beside its tensors. */
const LONG_TEXT = 2 ** 18;
/** About a millisecond of hashing. */
const BLOCK_BYTES = 2 ** 20;

/** Writes tensors and metadata to `path`, whole or not at all, with checksums. Throws ERR_FILE. */
export async function writeSafetensors(
  path: string,
  content: Safetensors,
  files: FileSystem = DISK,
): Promise<void> {
  await writeFileAtomically(path, fileChunks(content), files);
}

async function* fileChunks({ tensors, metadata }: Safetensors): AsyncGenerator<Uint8Array> {
  const entries: Entry[] = [];
  const chunks: Uint8Array[] = [];
  let end = 0;
  const add = (name: string, dtype: Entry['dtype'], shape: readonly number[], bytes: Uint8Array) => {
    const begin = end;
    end += bytes.length;
    entries.push({ name, dtype, shape, begin, end });
    chunks.push(bytes);
  };
  const texts = Array.from(metadata, ([key, text]): [string, string] => {
    if (Buffer.byteLength(JSON.stringify(text)) <= LONG_TEXT) return [key, text];
    const bytes = paddedText(text);
    if (end + bytes.length > MAX_TEXT_BYTES) {
      throw new ChainruleError(
        'ERR_FILE',
        `the description has more than ${MAX_TEXT_BYTES} bytes, which a reader would refuse`,
      );
    }
    add(key, 'U8', [bytes.length], bytes);
    return [key, ''];
  });
  for (const [name, { shape, values }] of tensors) {
    add(name, values instanceof Float64Array ? 'F64' : 'F32', shape, bytesOf(values));
  }
  // What is too large for a file is refused before its values are hashed.
  formatHeader([...checksumFields(await newHash()), ...texts], entries);
  const header = formatHeader([...checksumFields(await hashOf(chunks)), ...texts], entries);
  await sealHeader(header);
  yield header;
  yield* chunks;
}

/** UTF-8 with spaces at the end, so that the numbers after it are aligned. */
function paddedText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array(8 * Math.ceil(bytes.length / 8)).fill(0x20);
  padded.set(bytes);
  return padded;
}

/** The values as in the file: little-endian, as on every machine with prebuilt engines. */
function bytesOf(values: Tensor['values']): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** The hash of chunks one after another, with turns of the event loop in between. */
async function hashOf(chunks: Iterable<Uint8Array>): Promise<Hash> {
  const hash = await newHash();
  const turns = new Turns();
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += BLOCK_BYTES) {
      if (turns.isDue()) await turns.next();
      hash.update(chunk.subarray(start, start + BLOCK_BYTES));
    }
  }
  return hash;
}
