/** Unpacks Snappy: https://github.com/google/snappy/blob/main/format_description.txt */

import { repeatBytes } from '../binary/lz4-block.js';

/** Of the two lowest bits of a tag. */
const LITERAL = 0;
const SHORT_COPY = 1;
/** Longer literals have their length in bytes of their own. */
const LONGEST_IN_TAG = 60;

/**
 * @param length - of what it is unpacked to
 * @throws Error if it is damaged
 */
export function unpackSnappy(packed: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let at = 0;
  while (packed[at] >= 0x80) at++;
  at++;
  let to = 0;
  const number = (bytes: number) => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += packed[at++] * 2 ** (8 * i);
    return value;
  };
  while (at < packed.length) {
    const tag = packed[at++];
    const kind = tag & 3;
    const inTag = tag >> 2;
    if (kind === LITERAL) {
      const bytes = (inTag < LONGEST_IN_TAG ? inTag : number(inTag - LONGEST_IN_TAG + 1)) + 1;
      if (!(at + bytes <= packed.length && to + bytes <= length)) throw damaged('bytes run over the end');
      output.set(packed.subarray(at, at + bytes), to);
      at += bytes;
      to += bytes;
      continue;
    }
    const isShort = kind === SHORT_COPY;
    const bytes = isShort ? (inTag & 7) + 4 : inTag + 1;
    const offset = isShort ? (inTag >> 3) * 256 + number(1) : number(kind === 2 ? 2 : 4);
    if (!(offset > 0 && offset <= to)) throw damaged('a copy lies before the start');
    if (to + bytes > length) throw damaged('a copy runs over the end');
    repeatBytes(output, to - offset, to, bytes);
    to += bytes;
  }
  if (to !== length) throw damaged(`it has ${to} bytes, expected ${length}`);
  return output;
}

const damaged = (why: string) => new Error(`Snappy is damaged: ${why}`);
