import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascendingOrder, valuesAtRanks } from '../../src/numbers/order.js';
import { randomWord, Stream } from '../../src/numbers/random.js';

const doubles = fc.array(
  fc.oneof(
    fc.double({ noNaN: true }),
    fc.constantFrom(0, -0, 5e-324, -5e-324, 1.7e308, -1.7e308, Infinity, -Infinity, 1, 1 + 2 ** -52),
  ),
  { maxLength: 40 },
);

/** Many doubles, some of them equal, of both signs and of very different sizes. */
function many(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const word = randomWord(3, Stream.split, 0, i);
    return (((word >>> 4) % 5000) - 2500) * 10 ** ((word % 16) - 8);
  });
}

describe('the order of doubles', () => {
  it('is that of a comparison, and equal ones keep theirs', () => {
    fc.assert(
      fc.property(doubles, (values) => {
        const compared = values.map((_, i) => i).sort((a, b) => order(values[a], values[b]) || a - b);
        expect(Array.from(ascendingOrder(Float64Array.from(values)))).toEqual(compared);
      }),
    );
  });

  it('is that of sorting for many', () => {
    const values = many(10_000);
    const ordered = Float64Array.from(ascendingOrder(values), (place) => values[place]);
    expect(ordered).toEqual(values.slice().sort());
  });
});

describe('values at ranks', () => {
  it.each([1, 2, 2000, 2049, 30_000])('are those of sorting: %i values', (count) => {
    const values = many(count);
    const sorted = values.slice().sort();
    const ranks = [0, 0, 0.2, 0.5, 0.5, 0.9, 1].map((share) => Math.floor(share * (count - 1)));
    expect(valuesAtRanks(values, ranks)).toEqual(ranks.map((rank) => sorted[rank]));
  });

  it('are those of equal values', () => {
    expect(valuesAtRanks(new Float64Array(5000).fill(-7), [0, 2499, 4999])).toEqual([-7, -7, -7]);
  });

  it('are those of a part of an array', () => {
    const values = many(10_000);
    expect(valuesAtRanks(values.subarray(3000, 9000), [5])).toEqual([values.slice(3000, 9000).sort()[5]]);
  });
});

/** -0 before 0. */
function order(a: number, b: number): number {
  if (a === b) return a === 0 ? (Object.is(a, -0) ? -1 : 0) - (Object.is(b, -0) ? -1 : 0) : 0;
  return a < b ? -1 : 1;
}
