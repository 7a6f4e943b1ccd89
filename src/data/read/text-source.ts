/** A text file as bytes of UTF-8, whatever its encoding. */

import { isUtf8 } from 'node:buffer';
import type { ByteSource } from './byte-source.js';

export interface TextSource {
  readonly path: string;
  /** The first bytes of the text, and whether they are all of it. */
  readonly head: Buffer;
  readonly isWhole: boolean;
  /** Bytes that the text probably has; undefined if nobody knows. */
  readonly size: number | undefined;
  readonly warnings: readonly string[];
  /** The text from its start in UTF-8, without a byte order mark. A chunk may be overwritten by the next one. */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>;
}

/** Bytes of a file by which its format and layout are found. */
const HEAD_BYTES = 2 ** 18;

/** The first bytes of a file, and whether they are all of it. */
export async function headOf(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  bytes = HEAD_BYTES,
): Promise<{ head: Buffer; isWhole: boolean }> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(Buffer.from(chunk));
    length += chunk.length;
    // One byte more than needed tells whether there are more.
    if (length > bytes) return { head: Buffer.concat(parts), isWhole: false };
  }
  return { head: Buffer.concat(parts), isWhole: true };
}

/**
 * @param head - the first bytes of the file
 * @param asked - the encoding that the caller names, or null
 */
export async function openText(
  source: ByteSource,
  head: Buffer,
  isWhole: boolean,
  asked: string | null,
): Promise<TextSource> {
  const { path, size, gzip } = source;
  const encoding = asked ?? encodingOf(head, isWhole);
  const warnings = asked === null && encoding === FALLBACK ? [notUtf8(path, head)] : [];
  const chunks = () =>
    encoding === 'utf-8' ? withoutMark(source.chunks()) : decoded(source.chunks(), encoding);
  const text = await headOf(chunks());
  // Packed text is mostly a few times as long.
  const length = size === undefined || gzip ? undefined : size;
  return { path, size: length, warnings, chunks, ...text };
}

/** What Windows programs write if they do not write Unicode. */
const FALLBACK = 'windows-1252';

function encodingOf(head: Buffer, isWhole: boolean): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  // ASCII in UTF-16 without a mark has a zero in every other byte.
  if (head.length >= 4 && head[0] !== 0 && head[1] === 0 && head[2] !== 0 && head[3] === 0) return 'utf-16le';
  if (head.length >= 4 && head[0] === 0 && head[1] !== 0 && head[2] === 0 && head[3] !== 0) return 'utf-16be';
  return isUtf8(isWhole ? head : wholeCharacters(head)) ? 'utf-8' : FALLBACK;
}

/** Without a last character of which only the first bytes are there. */
function wholeCharacters(head: Buffer): Buffer {
  let end = head.length;
  for (let back = 1; back <= 3 && back <= head.length; back++) {
    const byte = head[head.length - back];
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      end = head.length - back;
      break;
    }
  }
  return head.subarray(0, end);
}

function notUtf8(path: string, head: Buffer): string {
  const line = 1 + firstInvalidLine(head);
  return (
    `${path} is not UTF-8 (first in line ${line}) and is read as ${FALLBACK}; ` +
    "the option encoding names another, such as 'iso-8859-2'"
  );
}

/** The first line, from 0, that is not UTF-8. */
export function firstInvalidLine(bytes: Buffer): number {
  let line = 0;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    const stop = end < 0 ? bytes.length : end;
    if (!isUtf8(bytes.subarray(start, stop))) return line;
    start = stop + 1;
  }
  return line;
}

async function* withoutMark(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let first: Buffer | null = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (first === null) {
      yield chunk;
      continue;
    }
    first = Buffer.concat([first, chunk]);
    if (first.length < 3) continue;
    yield hasMark(first) ? first.subarray(3) : first;
    first = null;
  }
  if (first !== null && first.length > 0) yield first;
}

const hasMark = (bytes: Uint8Array) => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

async function* decoded(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  encoding: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Takes the byte order mark off.
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  const rest = decoder.decode();
  if (rest !== '') yield Buffer.from(rest);
}
