import { describe, expect, it } from 'vitest';
import { knotsOf, pieceCount, writePieces } from '../../src/data/pieces.js';
import { RowEncoder } from '../../src/data/row-encoder.js';
import { toTable } from '../../src/data/to-table.js';

const plain = { centre: 0, factor: 0.01 };
const numbers = (count: number, of: (i: number) => number) =>
  Float64Array.from({ length: count }, (_, i) => of(i));

describe('the ranges of a numeric column', () => {
  it('are more with more rows, fewer with many columns, and none with few rows or very many columns', () => {
    expect([999, 1000, 1800, 3200, 1e6].map((rows) => pieceCount(rows, 4))).toEqual([0, 5, 9, 16, 16]);
    expect([16, 32, 51, 52].map((columns) => pieceCount(1e6, columns))).toEqual([16, 8, 5, 0]);
  });

  it('hold equally many values and end where these do', () => {
    expect(
      knotsOf(
        numbers(1001, (i) => (i * 8) % 1001),
        plain,
        4,
      ),
    ).toEqual([0, 250, 500, 750, 1000]);
  });

  it('are fewer where values repeat, and none where there are hardly any', () => {
    const half = numbers(1000, (i) => (i < 500 ? 0 : i));
    expect(knotsOf(half, plain, 4)).toEqual([0, 500, 749, 999]);
    expect(
      knotsOf(
        numbers(1000, (i) => i % 8),
        plain,
        4,
      ),
    ).toEqual([]);
    expect(
      knotsOf(
        numbers(1000, (i) => Math.max(0, i - 990)),
        plain,
        4,
      ),
    ).toEqual([]);
    expect(knotsOf(new Float64Array(0), plain, 4)).toEqual([]);
  });

  it('do not end twice where clipping makes ends equal', () => {
    const wild = numbers(1000, (i) => (i < 400 ? i : i * 1e300));
    const knots = knotsOf(wild, { centre: 0, factor: 1 }, 10);
    expect(knots.filter((knot) => knot >= 1e300).length).toBe(1);
  });

  it('give a number as its share of each, beyond the ends by at most one range', () => {
    const features = new Float32Array(5);
    const write = (value: number) => {
      writePieces(value, [0, 1, 3, 4], features, 1);
      return Array.from(features.subarray(1, 4));
    };
    expect(write(2)).toEqual([0.5, 0, -0.5]);
    expect(write(-0.25)).toEqual([-0.75, -0.5, -0.5]);
    expect(write(-9)).toEqual([-1.5, -0.5, -0.5]);
    expect(write(4.5)).toEqual([0.5, 0.5, 1]);
    expect(write(9)).toEqual([0.5, 0.5, 1.5]);
    expect([features[0], features[4]]).toEqual([0, 0]);
  });
});

describe('an encoder of many rows', () => {
  const rows = Array.from({ length: 2000 }, (_, i) => ({
    a: ((i * 13) % 2000) / 8,
    few: i % 3,
    gone: i % 5 ? i / 7 : null,
  }));
  const encoder = RowEncoder.fit(toTable(rows, {}, 'rows'));

  it('has a feature for each range, beside the number and whether it is missing', () => {
    expect(encoder.columns.map(({ features }) => features)).toEqual([11, 1, 12]);
    expect(encoder.featureNames.slice(0, 3)).toEqual(['a', 'a from 0', 'a from 25']);
    const x = encoder.transform(toTable([{ a: 249.875, few: 1, gone: null }], {}, 'rows'));
    expect(Array.from(x.subarray(1, 11))).toEqual(new Array(10).fill(0.5));
  });

  it('takes a missing number for the median', () => {
    const sorted = rows.flatMap(({ gone }) => gone ?? []).sort((p, q) => p - q);
    const middle = (sorted[799] + sorted[800]) / 2;
    const read = (gone: number | null) =>
      encoder.transform(toTable([{ a: 0, few: 0, gone }], {}, 'rows')).subarray(14);
    expect(Array.from(read(null))).toEqual(Array.from(read(middle), (value) => expect.closeTo(value, 6)));
  });

  it('comes back from its file, and refuses ranges that do not rise', () => {
    const state = JSON.parse(JSON.stringify(encoder));
    const table = toTable(rows.slice(0, 20), {}, 'rows');
    expect(RowEncoder.fromJSON(state).transform(table)).toEqual(encoder.transform(table));
    const { knots } = state.columns[0].state;
    for (const [wrong, words] of [
      [[...knots.slice(0, 5), knots[4], ...knots.slice(5)], 'knots[5]'],
      [[1], '0 or from 2'],
      [[0, null, 2], 'finite numbers'],
    ] as const) {
      state.columns[0].state.knots = wrong;
      expect(() => RowEncoder.fromJSON(state)).toThrow(words);
    }
  });
});
