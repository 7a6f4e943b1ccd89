/**
 * Whole numbers as differences: blocks of smaller blocks, each with its own number of bits. What a page says of their
 * sizes decides how far a reader goes, forward or back.
 */

import { newArray } from '../../../numbers/allocate.js';
import type { PageBytes } from './page-bytes.js';

const MOST_BLOCK_VALUES = 2 ** 20;
const MOST_BITS = 64;

interface Layout {
  readonly miniblocks: number;
  /** Of each of the smaller blocks. */
  readonly values: number;
}

/**
 * Passes over `count` numbers.
 *
 * @param bits - of a number
 * @throws RangeError if they are not in the page
 */
export function passDeltas(page: PageBytes, count: number, bits: 32 | 64): void {
  const { miniblocks, values } = layoutOf(page);
  if (bits === 32) page.varint();
  else page.longVarint();
  for (let left = count - 1; left > 0; ) {
    page.longVarint();
    const widths = page.take(miniblocks, 'the widths of a block');
    for (let i = 0; i < miniblocks && left > 0; i++) {
      passMiniblock(page, widths[i], values, left);
      left -= values;
    }
  }
}

/** The last one may end with its last value, rather than be filled up. */
function passMiniblock(page: PageBytes, width: number, values: number, left: number): void {
  if (width > MOST_BITS) throw new RangeError(`differences have ${width} bits`);
  page.require(Math.ceil((Math.min(left, values) * width) / 8), 'differences');
  page.offset += (values * width) / 8;
}

function layoutOf(page: PageBytes): Layout {
  const size = page.varint();
  const miniblocks = page.varint();
  page.varint();
  const values = size / miniblocks;
  if (!(size > 0 && size <= MOST_BLOCK_VALUES && miniblocks > 0 && values % 32 === 0)) {
    throw new RangeError(`differences lie in blocks of ${size} in ${miniblocks} parts`);
  }
  return { miniblocks, values };
}

/**
 * Reads `count` numbers of 32 bits, which lengths of texts are.
 *
 * @throws RangeError as {@link passDeltas}; {@link ChainruleError} ERR_MEMORY
 */
export function readDeltas(page: PageBytes, count: number): Int32Array {
  const numbers = newArray(Int32Array, count, 'the lengths of texts');
  const { miniblocks, values } = layoutOf(page);
  let value = unzigzag(page.varint());
  if (count > 0) numbers[0] = value;
  for (let done = 1; done < count; ) {
    const zigzag = page.longVarint();
    if (zigzag >= 2 ** 33) throw new RangeError('a difference of lengths has more than 33 bits');
    const least = unzigzag(zigzag);
    const widths = page.take(miniblocks, 'the widths of a block');
    for (let i = 0; i < miniblocks && done < count; i++) {
      const width = widths[i];
      const end = Math.min(count, done + values);
      const start = page.offset;
      passMiniblock(page, width, values, count - done);
      for (let bit = 8 * start; done < end; done++, bit += width) {
        value = (value + least + lowBits(page.bytes, bit, width)) | 0;
        numbers[done] = value;
      }
    }
  }
  return numbers;
}

/** Of a number of 33 bits. */
const unzigzag = (value: number) => (value % 2 === 1 ? -(value + 1) / 2 : value / 2);

/** The lowest 32 bits of a number of `width` bits. */
function lowBits(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  const bits = Math.min(width, 32);
  for (let done = 0; done < bits; ) {
    const inByte = (at + done) & 7;
    value += (bytes[(at + done) >>> 3] >>> inByte) * 2 ** done;
    done += 8 - inByte;
  }
  return value % 2 ** bits;
}
