/**
 * Runs of whole numbers of a few bits: levels, booleans and places in a dictionary. A run is a value and how often it is
 * repeated, or groups of eight values of their bits. Nothing in a page says how many values there are together, so a
 * reader has to stop by itself; here it is checked that it will.
 */

import type { PageBytes } from './page-bytes.js';

const MOST_BITS = 32;
const GROUP = 8;

const BITS_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => {
  let bits = 0;
  for (let left = byte; left > 0; left &= left - 1) bits++;
  return bits;
});

/**
 * Passes over runs of `count` values together, which lie in the next `length` bytes, or behind a length of their own.
 *
 * @param wanted - the value to count
 * @returns how many of the values are `wanted`
 * @throws RangeError if the runs are not of `count` values
 */
export function passRuns(
  page: PageBytes,
  { bits, count, length, wanted }: { bits: number; count: number; length?: number; wanted?: number },
): number {
  if (bits > MOST_BITS) throw new RangeError(`values have ${bits} bits`);
  const bytes = length ?? page.uint32();
  page.require(bytes, 'runs');
  const end = page.offset + bytes;
  let found = 0;
  for (let left = count; left > 0; ) {
    const head = page.varint();
    if (head % 2 === 1) {
      const values = Math.min(left, ((head - 1) / 2) * GROUP);
      found += passGroups(page, bits, (head - 1) / 2, left, wanted);
      left -= values;
    } else {
      const repeats = head / 2;
      if (repeats > left) throw new RangeError(`a run of ${repeats} values where ${left} are left`);
      if (page.bits(8 * Math.ceil(bits / 8)) === wanted) found += repeats;
      left -= repeats;
    }
  }
  page.offset = end;
  return found;
}

/** The last group is filled up to eight values. */
function passGroups(
  page: PageBytes,
  bits: number,
  groups: number,
  left: number,
  wanted: number | undefined,
): number {
  if (groups === 0) throw new RangeError('a run has no values');
  if (bits === 0) {
    if (groups * GROUP >= left + GROUP) {
      throw new RangeError(`a run of ${groups * GROUP} values where ${left} are left`);
    }
    // Values without bits have no bytes, but a byte is passed over if there is one.
    page.offset += Math.min(1, page.left);
    return 0;
  }
  const bytes = page.take(groups * bits, 'a run');
  if (wanted === undefined) return 0;
  const values = Math.min(left, groups * GROUP);
  return bits === 1 && wanted === 1 ? countOnes(bytes, values) : countValues(bytes, bits, values, wanted);
}

function countOnes(bytes: Uint8Array, values: number): number {
  const whole = values >> 3;
  let ones = 0;
  for (let i = 0; i < whole; i++) ones += BITS_OF_BYTE[bytes[i]];
  const rest = values & 7;
  return rest === 0 ? ones : ones + BITS_OF_BYTE[bytes[whole] & ((1 << rest) - 1)];
}

/** Of at most 24 bits, as levels have. */
function countValues(bytes: Uint8Array, bits: number, values: number, wanted: number): number {
  const mask = 2 ** bits - 1;
  let found = 0;
  for (let i = 0, at = 0; i < values; i++, at += bits) {
    const byte = at >> 3;
    const three = bytes[byte] | (bytes[byte + 1] << 8) | (bytes[byte + 2] << 16) | (bytes[byte + 3] << 24);
    if (((three >>> (at & 7)) & mask) === wanted) found++;
  }
  return found;
}
