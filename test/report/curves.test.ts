import { describe, expect, it } from 'vitest';
import { metrics } from '../../src/index.js';
import {
  calibrationError,
  meanRoc,
  quantile,
  type RocPoint,
  reliability,
  rocCurve,
  thinned,
  wilson,
} from '../../src/report/page/curves.js';
import { draw } from '../estimators/rows.js';

/** By trapezia. */
function areaUnder(points: readonly RocPoint[]): number {
  return points.slice(1).reduce((sum, point, i) => {
    const before = points[i];
    return (
      sum + ((point.falsePositive - before.falsePositive) * (point.truePositive + before.truePositive)) / 2
    );
  }, 0);
}

describe('a ROC curve', () => {
  const scores = Float64Array.from({ length: 150 }, (_, i) => Math.round(20 * draw(i)) / 20);
  const isPositive = (row: number) => draw(1000 + row) < scores[row];

  it('has the area that the metric has, ties and weights included', () => {
    const targets = Array.from(scores, (_, row) => (isPositive(row) ? 1 : 0));
    expect(areaUnder(rocCurve(scores, isPositive, null))).toBeCloseTo(metrics.rocAuc(targets, scores), 12);
    const sampleWeight = Float32Array.from(scores, (_, row) => 1 + (row % 4));
    const weighted = metrics.rocAuc(targets, scores, { sampleWeight });
    expect(areaUnder(rocCurve(scores, isPositive, sampleWeight))).toBeCloseTo(weighted, 12);
  });

  it('keeps its ends and nearly its area with many rows', () => {
    const many = Float64Array.from({ length: 5000 }, (_, i) => draw(i));
    const positive = (row: number) => draw(9000 + row) < many[row] ** 2;
    const points = rocCurve(many, positive, null);
    expect(points.length).toBeLessThanOrEqual(200);
    expect([points[0], points[points.length - 1]]).toEqual([
      { falsePositive: 0, truePositive: 0 },
      { falsePositive: 1, truePositive: 1 },
    ]);
    const targets = Array.from(many, (_, row) => (positive(row) ? 1 : 0));
    expect(areaUnder(points)).toBeCloseTo(metrics.rocAuc(targets, many), 2);
  });

  it('has a mean between the curves', () => {
    const step = [
      { falsePositive: 0, truePositive: 0 },
      { falsePositive: 0, truePositive: 1 },
      { falsePositive: 1, truePositive: 1 },
    ];
    const chance = [step[0], step[2]];
    const mean = meanRoc([step, chance]);
    expect(mean[0]).toEqual({ falsePositive: 0, truePositive: 0 });
    expect(mean.find(({ falsePositive }) => falsePositive === 0.5)?.truePositive).toBe(0.75);
    expect(areaUnder(mean)).toBeCloseTo(0.75, 12);
  });
});

describe('reliability', () => {
  it('puts rows into ten ranges', () => {
    const bins = reliability([0.05, 0.31, 0.39, 0.35, 1], (row) => row === 2 || row === 4, null);
    expect(bins.map(({ from, rows }) => [from, rows])).toEqual([
      [0, 1],
      [0.3, 3],
      [0.9, 1],
    ]);
    expect(bins[1].predicted).toBeCloseTo(0.35, 12);
    expect(bins[1].actual).toBeCloseTo(1 / 3, 12);
    // (0.05 + 3 * (0.35 - 1 / 3) + 0) / 5
    expect(calibrationError(bins)).toBeCloseTo(0.02, 12);
  });

  it('counts weights', () => {
    const [bin] = reliability([0.22, 0.28], (row) => row === 0, Float32Array.from([3, 1]));
    expect([bin.actual, bin.rows]).toEqual([0.75, 2]);
    expect(bin.predicted).toBeCloseTo(0.235, 12);
  });
});

// Published: Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
it.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('the interval of %i of %i rows is that of Wilson', (hits, rows, low, high) => {
  const interval = wilson(hits / rows, rows);
  expect(interval[0]).toBeCloseTo(low, 4);
  expect(interval[1]).toBeCloseTo(high, 4);
});

it('quantiles lie between values, and points are thinned evenly', () => {
  expect(quantile([1, 2, 4], 0.75)).toBe(3);
  expect(quantile([5], 0.9)).toBe(5);
  expect(thinned([0, 1, 2, 3, 4, 5, 6], 3)).toEqual([0, 3, 6]);
});
