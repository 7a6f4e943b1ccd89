import { describe, expect, it } from 'vitest';
import {
  groupFolds,
  groupHoldOut,
  holdOut,
  kFolds,
  type Split,
  timeFolds,
  timeHoldOut,
} from '../../src/estimators/splits.js';
import { expectError } from '../errors.js';

/** Checks that training and held-out rows are disjoint and ascending, and returns how often each row is held out. */
function heldCounts(rows: number, splits: readonly Split[]): number[] {
  const counts = new Array<number>(rows).fill(0);
  for (const { training, heldOut } of splits) {
    expect(Array.from(training)).toEqual(Array.from(training).sort((a, b) => a - b));
    const held = new Set(heldOut);
    expect(training.some((row) => held.has(row))).toBe(false);
    for (const row of heldOut) counts[row]++;
  }
  return counts;
}

describe('holdOut', () => {
  it('holds out each class alike', () => {
    const classes = Int32Array.from({ length: 100 }, (_, row) => (row < 60 ? 0 : row < 90 ? 1 : 2));
    const { training, heldOut } = holdOut(100, 0.2, 1, classes);
    const counts = [0, 0, 0];
    for (const row of heldOut) counts[classes[row]]++;
    expect(counts).toEqual([12, 6, 2]);
    expect(training.length).toBe(80);
  });

  it('rounds the largest remainders up and leaves a single row of a class in training', () => {
    const classes = Int32Array.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2]);
    const { heldOut } = holdOut(12, 0.2, 3, classes);
    const held = Array.from(heldOut, (row) => classes[row]).sort();
    // 1.6 of class 0, 0.6 of class 1, together 2.4.
    expect(held).toEqual([0, 0]);
  });

  it('depends on the seed alone', () => {
    const draw = (seed: number) => Array.from(holdOut(50, 0.2, seed, null).heldOut);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it.each([1, 2])('holds nothing out of %d rows', (rows) => {
    expect(holdOut(rows, 0.2, 1, null).heldOut.length).toBe(0);
  });
});

describe('kFolds', () => {
  it('holds out every row once, every class alike', () => {
    const classes = Int32Array.from({ length: 50 }, (_, row) => (row % 5 === 0 ? 1 : 0));
    const splits = kFolds(50, 5, 1, classes);
    expect(heldCounts(50, splits)).toEqual(new Array(50).fill(1));
    for (const { heldOut } of splits) {
      expect(Array.from(heldOut, (row) => classes[row]).reduce((a, b) => a + b)).toBe(2);
    }
  });

  it('makes folds at most a row apart', () => {
    const sizes = kFolds(11, 3, 1, null).map(({ heldOut }) => heldOut.length);
    expect(sizes.sort()).toEqual([3, 4, 4]);
  });

  it('needs a row for each fold', () => {
    expectError(() => kFolds(2, 3, 1, null), 'ERR_OPTION', '2 rows, expected at least 3');
  });
});

describe('groupFolds', () => {
  it('never parts a group', () => {
    const groups = Array.from({ length: 40 }, (_, row) => `g${Math.floor(row / 3)}`);
    const splits = groupFolds(groups, 4, 1);
    expect(heldCounts(40, splits)).toEqual(new Array(40).fill(1));
    for (const { training, heldOut } of splits) {
      const held = new Set(Array.from(heldOut, (row) => groups[row]));
      expect(Array.from(training).some((row) => held.has(groups[row]))).toBe(false);
    }
    expectError(() => groupFolds(['a', 'a', 'b'], 3, 1), 'ERR_OPTION', '2 groups');
  });

  it('takes names of properties that every object has', () => {
    expect(heldCounts(3, groupFolds(['__proto__', 'constructor', 'toString'], 3, 1))).toEqual([1, 1, 1]);
  });
});

describe('groups', () => {
  it('of many rows', () => {
    const groups = Uint8Array.from({ length: 300_000 }, (_, row) => Number(row >= 200_000));
    expect(groupFolds(groups, 2, 1).map(({ heldOut }) => heldOut.length)).toEqual([200_000, 100_000]);
    expect(groupHoldOut(groups, 0.2, 1).heldOut.length).toBe(100_000);
  });

  it('of Dates that say the same', () => {
    const groups = Array.from({ length: 20 }, (_, row) => new Date(2020, 0, 1 + (row % 4)));
    for (const { heldOut } of [...groupFolds(groups, 4, 1), groupHoldOut(groups, 0.25, 1)]) {
      expect(new Set(Array.from(heldOut, (row) => row % 4)).size).toBe(1);
      expect(heldOut.length).toBe(5);
    }
  });

  it('are no objects, which are never equal', () => {
    const place = 'groups holds an object in row 1 (from 0)';
    expectError(() => groupFolds(['a', {}, {}], 2, 1), 'ERR_DATA', place);
  });
});

describe('groupHoldOut', () => {
  const groups = Array.from({ length: 100 }, (_, row) => (row < 60 ? 0 : Math.floor(row / 4)));

  it('comes near to the fraction', () => {
    for (let seed = 0; seed < 10; seed++) {
      expect(heldCounts(100, [groupHoldOut(groups, 0.2, seed)]).reduce((a, b) => a + b)).toBe(20);
      expect(groupHoldOut(groups, 0.02, seed).heldOut.length).toBe(4);
    }
  });

  it('depends on the seed', () => {
    const draw = (seed: number) => Array.from(groupHoldOut(groups, 0.2, seed).heldOut);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('leaves a group on each side if there are two', () => {
    const large = Array.from({ length: 10 }, (_, row) => (row < 9 ? 'large' : 'small'));
    expect(Array.from(groupHoldOut(large, 0.2, 1).heldOut)).toEqual([9]);
    expect(groupHoldOut(large, 0.99, 1).training.length).toBeGreaterThan(0);
    expect(groupHoldOut([1, 1, 1], 0.2, 1).heldOut.length).toBe(0);
  });
});

describe('timeHoldOut', () => {
  it('holds out a fraction, the latest', () => {
    expect(Array.from(timeHoldOut(10, 0.4, null).heldOut)).toEqual([6, 7, 8, 9]);
    expect(Array.from(timeHoldOut(4, 0.8, [4, 1, 2, 3]).training)).toEqual([1]);
    expect(timeHoldOut(1, 0.5, null).heldOut.length).toBe(0);
  });
});

describe('times', () => {
  const latest = (times: unknown[]) => times[timeHoldOut(times.length, 1 / times.length, times).heldOut[0]];

  it('may be texts that say numbers or dates', () => {
    expect(latest(['9', '10', '1'])).toBe('10');
    expect(latest(['31.12.2025', '1.2.2026', '2.3.2025'])).toBe('1.2.2026');
    expect(latest(['2026-01-01T00:00:00+05:00', '2026-01-01T00:00:00Z'])).toBe('2026-01-01T00:00:00Z');
    expect(latest(['b', 'c', 'a'])).toBe('c');
  });

  it('are not mixed, missing or ambiguous', () => {
    expectError(() => latest([1, 'b']), 'ERR_DATA', "time holds 'b' in row 1");
    expectError(() => latest(['a', ' ']), 'ERR_DATA', "time holds ' ' in row 1");
    expectError(() => latest(['1/2/2026', '2/1/2026']), 'ERR_DATA', 'year-month-day');
    expectError(() => latest([1, Object.create(null)]), 'ERR_DATA', 'an object in row 1');
  });
});

describe('timeFolds', () => {
  it('trains on the past and tests on what follows, as scikit-learn does', () => {
    // [(list(a), list(b)) for a, b in TimeSeriesSplit(3).split(range(8))]
    const splits = timeFolds(8, 3, null).map(({ training, heldOut }) => [
      Array.from(training),
      Array.from(heldOut),
    ]);
    expect(splits).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [0, 1, 2, 3],
        [4, 5],
      ],
      [
        [0, 1, 2, 3, 4, 5],
        [6, 7],
      ],
    ]);
  });

  it('sorts by times of any kind', () => {
    const days = ['2024-03-01', '2024-01-01', '2024-02-01'];
    for (const times of [days, days.map((day) => new Date(day)), days.map((day) => Date.parse(day))]) {
      const [first, second] = timeFolds(3, 2, times);
      expect([Array.from(first.training), Array.from(first.heldOut)]).toEqual([[1], [2]]);
      expect(Array.from(second.heldOut)).toEqual([0]);
    }
    expectError(() => timeFolds(3, 2, [1, undefined, 3]), 'ERR_DATA', 'undefined in row 1');
  });
});
