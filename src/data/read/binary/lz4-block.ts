/** Unpacks a block of LZ4: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */

/** A match is that much longer than what is written. */
const SHORTEST_MATCH = 4;
/** Of a nibble; more follows in bytes of their own. */
const MORE = 15;
const BYTE_MORE = 255;
/** A byte makes a match that much longer. */
export const MOST_LZ4_RATIO = BYTE_MORE;
/** Shorter ones are copied faster byte by byte. */
const SHORT_COPY = 24;

/**
 * A block is of sequences: literal bytes, then a match, which repeats what has been written `offset` bytes before.
 *
 * @param bytes - what earlier blocks hold, and room for this one
 * @param start - where this one begins
 * @param end - where it ends at the latest
 * @returns where it ends
 * @throws Error if it is damaged
 */
export function unpackLz4Block(block: Uint8Array, bytes: Uint8Array, start: number, end: number): number {
  let to = start;
  let at = 0;
  while (at < block.length) {
    const token = block[at++];
    let literals = token >> 4;
    if (literals === MORE) {
      let more: number;
      do {
        more = block[at++];
        literals += more;
      } while (more === BYTE_MORE);
    }
    if (!(at + literals <= block.length && to + literals <= end))
      throw damagedLz4('literals run over the end');
    for (const last = at + literals; at < last; at++, to++) bytes[to] = block[at];
    // The last sequence has no match.
    if (at === block.length) break;
    if (at + 2 > block.length) throw damagedLz4('it ends within a sequence');
    const offset = block[at] | (block[at + 1] << 8);
    at += 2;
    let length = (token & MORE) + SHORTEST_MATCH;
    if (length === MORE + SHORTEST_MATCH) {
      let more: number;
      do {
        more = block[at++];
        length += more;
      } while (more === BYTE_MORE);
    }
    if (offset === 0 || offset > to) throw damagedLz4('a match lies before the start');
    if (!(to + length <= end)) throw damagedLz4('a match runs over the end');
    repeatBytes(bytes, to - offset, to, length);
    to += length;
  }
  return to;
}

/** A match may overlap what it writes: it then repeats itself. */
export function repeatBytes(bytes: Uint8Array, from: number, to: number, length: number): void {
  if (length >= SHORT_COPY && to - from >= length) {
    bytes.copyWithin(to, from, from + length);
    return;
  }
  for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i];
}

export function damagedLz4(why: string): Error {
  return new Error(`LZ4 is damaged: ${why}`);
}
