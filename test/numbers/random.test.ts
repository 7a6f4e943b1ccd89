import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundedInteger,
  randomWord,
  randomWords,
  Stream,
  shuffle,
  threefry2x32,
  unitInterval,
} from '../../src/numbers/random.js';

const WORD_MAX = 2 ** 32 - 1;
const word = () => fc.integer({ min: 0, max: WORD_MAX });

describe('threefry2x32', () => {
  // kat_vectors of Random123, the authors' own library.
  it.each([
    [
      [0x00000000, 0x00000000],
      [0x00000000, 0x00000000],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x243f6a88, 0x85a308d3],
      [0x13198a2e, 0x03707344],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])('gives the known answer for counter %j, key %j', (counter, key, answer) => {
    const out = new Uint32Array(2);
    threefry2x32(key[0], key[1], counter[0], counter[1], out);
    expect([...out]).toEqual(answer);
  });
});

describe('randomWords', () => {
  it.each([0, 1, 2, 7, 64])('fills %i places with the words that randomWord returns one by one', (length) => {
    const words = new Uint32Array(length);
    randomWords(7, Stream.order, 3, words);
    expect([...words]).toEqual(Array.from(words, (_, i) => randomWord(7, Stream.order, 3, i)));
  });

  it('gives different words for another seed, stream or position', () => {
    const first = (seed: number, stream: Stream, position: number) => randomWord(seed, stream, position, 0);
    const words = [
      first(1, Stream.order, 1),
      first(2, Stream.order, 1),
      first(1, Stream.initialisation, 1),
      first(1, Stream.order, 2),
    ];
    expect(new Set(words).size).toBe(words.length);
  });
});

describe('boundedInteger', () => {
  it('is floor(word * bound / 2^32)', () => {
    fc.assert(
      fc.property(word(), fc.integer({ min: 1, max: WORD_MAX }), (w, bound) => {
        expect(boundedInteger(w, bound)).toBe(Number((BigInt(w) * BigInt(bound)) >> 32n));
      }),
      {
        numRuns: 5000,
        examples: [
          [WORD_MAX, WORD_MAX],
          [WORD_MAX, 1],
          [0, WORD_MAX],
        ],
      },
    );
  });
});

describe('unitInterval', () => {
  it('stays strictly between 0 and 1', () => {
    expect(unitInterval(0)).toBeGreaterThan(0);
    expect(unitInterval(WORD_MAX)).toBeLessThan(1);
  });
});

describe('shuffle', () => {
  const identity = (length: number) => Uint32Array.from({ length }, (_, i) => i);

  it('is a permutation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), word(), word(), (length, seed, position) => {
        const rows = identity(length);
        shuffle(rows, seed, Stream.order, position);
        expect(rows.sort()).toEqual(identity(length));
      }),
    );
  });

  it('depends only on seed and position', () => {
    const shuffled = (seed: number, position: number) => {
      const rows = identity(100);
      shuffle(rows, seed, Stream.order, position);
      return [...rows];
    };
    expect(shuffled(1, 1)).toEqual(shuffled(1, 1));
    expect(shuffled(1, 1)).not.toEqual(shuffled(1, 2));
    expect(shuffled(1, 1)).not.toEqual(shuffled(2, 1));
  });

  it('puts every row in every place equally often', () => {
    const length = 8;
    const trials = 8000;
    const counts = new Uint32Array(length * length);
    for (let position = 0; position < trials; position++) {
      const rows = identity(length);
      shuffle(rows, 42, Stream.order, position);
      for (const [place, row] of rows.entries()) counts[place * length + row]++;
    }
    const expected = trials / length;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // (length - 1)^2 = 49 degrees of freedom: 99.9% of fair shuffles stay below 85.4.
    expect(chiSquare).toBeLessThan(85.4);
  });

  it('gives every order of four rows equally often', () => {
    const counts = new Map<string, number>();
    const trials = 24_000;
    for (let position = 0; position < trials; position++) {
      const rows = identity(4);
      shuffle(rows, 43, Stream.order, position);
      const order = rows.join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 23 degrees of freedom: 99.9% of fair shuffles stay below 49.7.
    expect(chiSquare).toBeLessThan(49.7);
  });
});
