/**
 * Random numbers as a pure function of (seed, stream, position, index): no state is kept between draws, so
 * any thread on either engine can draw any number at any time. native/core/runtime/random.h does the same.
 *
 * The function is Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers:
 * as easy as 1, 2, 3", SC 2011), which needs only 32-bit additions, rotations and exclusive ors.
 */

import { newArray } from './allocate.js';

/** What a number is drawn for; each purpose has its own numbers. */
export const Stream = { order: 1, initialisation: 2, split: 3, dropout: 4, estimator: 5, sample: 6 } as const;
export type Stream = (typeof Stream)[keyof typeof Stream];

const KEY_PARITY = 0x1bd11bda;

/** Writes the two words of the block (counter0, counter1) under the key (key0, key1) to `out`. */
export function threefry2x32(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  out: Uint32Array,
): void {
  const key2 = KEY_PARITY ^ key0 ^ key1;
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  let injectA = key1;
  let injectB = key2;
  let injectC = key0;
  for (let group = 1; group <= 5; group++) {
    if (group & 1) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
    } else {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
    }
    x0 = (x0 + injectA) | 0;
    x1 = (x1 + injectB + group) | 0;
    const first = injectA;
    injectA = injectB;
    injectB = injectC;
    injectC = first;
  }
  out[0] = x0;
  out[1] = x1;
}

const block = new Uint32Array(2);

/** Random 32-bit word number `index` of (seed, stream, position), e.g. (seed, order, epoch). */
export function randomWord(seed: number, stream: Stream, position: number, index: number): number {
  threefry2x32(seed, stream, Math.floor(index / 2), position, block);
  return block[index % 2];
}

/**
 * Fills `out` with words 0, 1, 2, ... of (seed, stream, position).
 */
export function randomWords(seed: number, stream: Stream, position: number, out: Uint32Array): void {
  for (let pair = 0; 2 * pair < out.length; pair++) {
    threefry2x32(seed, stream, pair, position, block);
    out[2 * pair] = block[0];
    if (2 * pair + 1 < out.length) out[2 * pair + 1] = block[1];
  }
}

/** floor(word * bound / 2^32): an integer in [0, bound), as uniform as bound / 2^32 is small. */
export function boundedInteger(word: number, bound: number): number {
  // The product has up to 64 bits, a double holds 53: multiply the halves of the word one by one.
  const low = (word & 0xffff) * bound;
  const high = (word >>> 16) * bound;
  return Math.floor((high + Math.floor(low / 65536)) / 65536);
}

/**
 * Shuffles `rows` in place: Fisher and Yates from the end, drawing word `i` for place `i`.
 */
export function shuffle(rows: Uint32Array, seed: number, stream: Stream, position: number): void {
  const words = newArray(Uint32Array, rows.length, 'the order of the rows');
  randomWords(seed, stream, position, words);
  for (let i = rows.length - 1; i > 0; i--) {
    const j = boundedInteger(words[i], i + 1);
    const row = rows[i];
    rows[i] = rows[j];
    rows[j] = row;
  }
}

/** A uniform number in (0, 1) with 24 bits, never 0 and never 1. */
export function unitInterval(word: number): number {
  return ((word >>> 8) + 0.5) / 16777216;
}
