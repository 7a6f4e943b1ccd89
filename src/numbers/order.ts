/** The order of doubles, found by their bits: sorting with a comparison takes ten times as long. */

import { allRows, newArray, newDoubles } from './allocate.js';

/** Which half of a double in memory is the more significant one. */
const HIGH = new Uint32Array(Float64Array.of(1).buffer)[0] === 0 ? 1 : 0;
const SIGN = 1 << 31;
const SORTING = 'sorting';

/** The more and the less significant halves of doubles, changed so that as whole numbers they have their order. */
function sortableHalves(values: Float64Array): { high: Uint32Array; low: Uint32Array } {
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const high = newArray(Uint32Array, values.length, SORTING);
  const low = newArray(Uint32Array, values.length, SORTING);
  for (let i = 0; i < values.length; i++) {
    const h = halves[2 * i + HIGH];
    // Of negative numbers, the larger bits are the smaller number.
    const flips = h >> 31;
    high[i] = h ^ (flips | SIGN);
    low[i] = halves[2 * i + 1 - HIGH] ^ flips;
  }
  return { high, low };
}

const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

/**
 * The places of `values` in ascending order, -0 before 0; equal ones keep their order. None may be NaN. (Radix sort,
 * from the least significant digit to the most.)
 */
export function ascendingOrder(values: Float64Array): Uint32Array {
  const { high, low } = sortableHalves(values);
  let order = allRows(values.length);
  let next = newArray(Uint32Array, values.length, SORTING);
  for (const words of [low, high]) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      const starts = digitStarts(words, shift);
      for (let i = 0; i < order.length; i++) {
        const place = order[i];
        next[starts[(words[place] >>> shift) & (DIGITS - 1)]++] = place;
      }
      [order, next] = [next, order];
    }
  }
  return order;
}

/** For each digit, how many words have a smaller one. */
function digitStarts(words: Uint32Array, shift: number): Uint32Array {
  const starts = new Uint32Array(DIGITS);
  for (let i = 0; i < words.length; i++) starts[(words[i] >>> shift) & (DIGITS - 1)]++;
  let sum = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = starts[digit];
    starts[digit] = sum;
    sum += count;
  }
  return starts;
}

/**
 * What `ranks`, ascending from 0 and at most 255, have in the ascending order of `values`, none of which may be NaN.
 * (Counts the values by their most significant bits, and sorts only those that share them with one of the ranks.)
 */
export function valuesAtRanks(values: Float64Array, ranks: readonly number[]): number[] {
  if (values.length <= FEW_VALUES) {
    const sorted = values.slice().sort();
    return ranks.map((rank) => sorted[rank]);
  }
  const prefixes = prefixesOf(values);
  const bins = binsWith(prefixes, ranks);
  const binAt = new Uint8Array(PREFIXES);
  bins.forEach(({ prefix }, b) => {
    binAt[prefix] = b + 1;
  });
  for (let i = 0; i < values.length; i++) {
    const b = binAt[prefixes[i]];
    if (b > 0) bins[b - 1].values[bins[b - 1].filled++] = values[i];
  }
  for (const bin of bins) bin.values.sort();
  return ranks.map((rank) => {
    const bin = bins.find(({ start, values }) => rank < start + values.length);
    return bin === undefined ? Number.NaN : bin.values[rank - bin.start];
  });
}

const PREFIXES = 2 ** 16;
/** Sorting so few is no slower than counting them. */
const FEW_VALUES = 2048;

/** The 16 most significant bits of doubles, changed so that as whole numbers they have their order. */
function prefixesOf(values: Float64Array): Uint16Array {
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const prefixes = newArray(Uint16Array, values.length, SORTING);
  for (let i = 0; i < prefixes.length; i++) {
    const half = halves[2 * i + HIGH];
    prefixes[i] = (half ^ ((half >> 31) | SIGN)) >>> 16;
  }
  return prefixes;
}

/** The values with one prefix: the first has the rank `start`. */
interface Bin {
  readonly prefix: number;
  readonly start: number;
  readonly values: Float64Array;
  filled: number;
}

/** An empty bin for each prefix that a value of one of the ranks has. */
function binsWith(prefixes: Uint16Array, ranks: readonly number[]): Bin[] {
  const counts = new Uint32Array(PREFIXES);
  for (let i = 0; i < prefixes.length; i++) counts[prefixes[i]]++;
  const bins: Bin[] = [];
  let prefix = -1;
  let end = 0;
  for (const rank of ranks) {
    if (rank < end) continue;
    while (end <= rank) end += counts[++prefix];
    const count = counts[prefix];
    bins.push({ prefix, start: end - count, values: newDoubles(count, SORTING), filled: 0 });
  }
  return bins;
}
