/** What a bar and a log show of a fit, as functions of its state. */

import { describe, expect, test } from 'vitest';
import { plain } from '../../src/cli/terminal.js';
import { ASCII, BLOCKS, barLine, logLine, signsFor } from '../../src/cli/train/progress/line.js';
import { EpochLog } from '../../src/cli/train/progress/progress.js';
import { type FitState, FitTracker } from '../../src/cli/train/progress/tracker.js';
import type { MemberEpochRecord } from '../../src/index.js';

function record(member: number, epoch: number, more: Partial<MemberEpochRecord> = {}): MemberEpochRecord {
  return {
    member,
    members: 2,
    epoch,
    epochs: 10,
    loss: 0.5,
    validationLoss: 0.75,
    metrics: { validationAccuracy: 0.875 },
    learningRate: 0.1,
    seconds: 0.5,
    samplesPerSecond: 2000,
    ...more,
  };
}

describe('a fit', () => {
  test('is the sum of its networks', () => {
    const tracker = new FitTracker(0);
    tracker.add(record(0, 1, { loss: 0.25 }), 1000);
    const state = tracker.add(record(1, 1, { loss: 0.75 }), 2000);
    expect(state).toMatchObject({
      done: 2,
      total: 20,
      network: 2,
      networks: 2,
      loss: 0.5,
      validationAccuracy: 0.875,
    });
    // 1,000 rows of each network in 2 seconds; 18 epochs that take a second each.
    expect(state.rowsPerSecond).toBe(1000);
    expect(state.secondsLeft).toBe(18);
  });

  test('shows the networks that still train', () => {
    const tracker = new FitTracker(0);
    tracker.add(record(0, 10, { loss: 0.125 }), 10);
    expect(tracker.add(record(1, 3, { loss: 0.5 }), 20).loss).toBe(0.5);
    expect(tracker.add(record(1, 10, { loss: 0.375 }), 30).loss).toBe(0.375);
  });

  test('has no time left that is known in its first second', () => {
    const tracker = new FitTracker(0);
    expect(tracker.add(record(0, 1), 900).secondsLeft).toBe(null);
    expect(tracker.add(record(0, 2), 1100).secondsLeft).toBeCloseTo((1.1 / 2) * 18, 10);
  });

  test('has the speed of the last seconds', () => {
    const tracker = new FitTracker(0);
    tracker.add(record(0, 1), 60_000);
    for (let i = 2; i < 10; i++) tracker.add(record(0, i), 60_000 + i * 1000);
    expect(tracker.add(record(0, 10), 70_000).rowsPerSecond).toBeCloseTo(1000, 10);
  });
});

const fit: FitState = {
  done: 5,
  total: 20,
  network: 2,
  networks: 5,
  loss: 0.41234,
  validationLoss: 0.3,
  validationAccuracy: 0.9691,
  rowsPerSecond: 212_345,
  secondsLeft: 75,
};
const state = { fit, secondsElapsed: 3, secondsLeft: 75, isStopping: false };

describe('the bar', () => {
  test('shows loss, score, speed and time left', () => {
    expect(barLine(state, 100, ASCII, plain)).toBe(
      'training ##........  25%  network 2/5  loss 0.412  val. accuracy 0.969  212k rows/s  1 min 15 s left',
    );
    expect(barLine({ ...state, fit: { ...fit, networks: 1 } }, 120, BLOCKS, plain)).toMatch(
      /^training █+░+ {2}25% {2}epoch 5\/20 /,
    );
  });

  test.each([120, 100, 79, 59, 40, 20, 5])('fits into %d columns', (width) => {
    const line = barLine(state, width, BLOCKS, plain);
    expect(line.length).toBeLessThanOrEqual(width);
    if (width >= 40) expect(line).toMatch(/^training [█░]{8,30} {2}25% {2}.*1 min 15 s left$/);
  });

  test('leaves out the least important first', () => {
    const at79 = barLine(state, 79, ASCII, plain);
    expect(at79).toContain('val. accuracy 0.969');
    expect(at79).not.toContain('network');
    expect(barLine(state, 59, ASCII, plain)).not.toContain('rows/s');
  });

  test('says that nothing is known before the first epoch, and that it stops', () => {
    expect(barLine({ ...state, fit: null, secondsLeft: null }, 79, ASCII, plain)).toMatch(
      /0% {2}first epoch, 3 s$/,
    );
    expect(barLine({ ...state, isStopping: true }, 79, ASCII, plain)).toMatch(/^stopping .*Ctrl-C once more/);
  });

  test('shows a loss where there is no accuracy', () => {
    const regression = { ...state, fit: { ...fit, validationAccuracy: null } };
    expect(barLine(regression, 110, ASCII, plain)).toContain('val. loss 0.300');
  });

  test('has blocks where the locale has them', () => {
    expect(signsFor({ LANG: 'en_US.UTF-8' }, 'linux')).toBe(BLOCKS);
    expect(signsFor({ LANG: 'C' }, 'linux')).toBe(ASCII);
    expect(signsFor({ LANG: 'de_DE.utf8', TERM: 'linux' }, 'linux')).toBe(ASCII);
    expect(signsFor({}, 'win32')).toBe(ASCII);
  });
});

describe('the log', () => {
  test('has a line for each epoch of a network', () => {
    expect(logLine(record(0, 3, { members: 1 }), fit, 75)).toBe(
      'epoch 3 of 10: loss 0.500, validation accuracy 0.875, 212k rows/s, 1 min 15 s left',
    );
    const lines: string[] = [];
    const log = new EpochLog((line) => lines.push(line));
    for (let epoch = 1; epoch <= 10; epoch++) log.add(record(0, epoch, { members: 1 }), fit, null, epoch);
    expect(lines).toHaveLength(10);
  });

  test('of several networks has one a second, and the first and last epoch of each', () => {
    const lines: string[] = [];
    const log = new EpochLog((line) => lines.push(line));
    for (let epoch = 1; epoch <= 10; epoch++) {
      for (const member of [0, 1]) log.add(record(member, epoch), fit, null, 300 * epoch);
    }
    expect(
      lines.map((line) =>
        line
          .match(/network (\d) of 2, epoch (\d+)/)
          ?.slice(1)
          .join(':'),
      ),
    ).toEqual(['1:1', '2:1', '1:5', '1:9', '1:10', '2:10']);
  });
});
