import { describe, expect, it } from 'vitest';
import { bestBeforeDivergence, memberSeed, takeEncoded } from '../../src/estimators/train.js';
import { ChainruleError } from '../../src/index.js';
import { DivergedError, type FitHistory } from '../../src/network/history.js';
import { finish } from '../../src/turns.js';
import { expectError } from '../errors.js';

const historyOf = (bestEpoch: number): FitHistory => ({
  epochs: [],
  stoppedBy: 'diverged',
  bestEpoch,
  column: () => new Float64Array(0),
});

describe('a member that diverged', () => {
  it('is kept as it was after its best epoch', () => {
    const history = historyOf(3);
    expect(bestBeforeDivergence(new DivergedError('too fast', history))).toBe(history);
  });

  it('fails without a good epoch, like any other error', () => {
    const diverged = new DivergedError('too fast', historyOf(0));
    expectError(() => bestBeforeDivergence(diverged), 'ERR_DIVERGED', 'too fast');
    expectError(() => bestBeforeDivergence(new ChainruleError('ERR_DATA', 'NaN')), 'ERR_DATA', 'NaN');
  });
});

it('members have seeds of their own, by their number', () => {
  const seeds = Array.from({ length: 100 }, (_, member) => memberSeed(1, member));
  expect(new Set([1, ...seeds, ...seeds.map((_, member) => memberSeed(2, member))]).size).toBe(201);
});

it('takes rows with all that belongs to them', () => {
  const all = {
    rows: 3,
    x: Float32Array.of(1, 2, 3, 4, 5, 6),
    y: Float32Array.of(7, 8, 9),
    weights: Float32Array.of(1, 0, 2),
  };
  expect(finish(takeEncoded(all, Uint32Array.of(2, 0)))).toEqual({
    rows: 2,
    x: Float32Array.of(5, 6, 1, 2),
    y: Float32Array.of(9, 7),
    weights: Float32Array.of(2, 1),
  });
  const classes = { ...all, y: Int32Array.of(0, 1, 2), weights: null };
  expect(finish(takeEncoded(classes, Uint32Array.of(1))).y).toEqual(Int32Array.of(1));
});
