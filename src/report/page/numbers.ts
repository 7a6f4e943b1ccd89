/** Predictions of numbers against what was found, and the errors that are left. */

import * as Plot from '@observablehq/plot';
import { Stream, shuffle } from '../../numbers/random.js';
import type { NumberFacts } from '../facts.js';
import { draw, figureOf, legend } from './chart.js';
import { quantile } from './curves.js';
import { aligned, count, figure, percent } from './format.js';
import { barsOf, histogram } from './histogram.js';
import { type Html, html } from './html.js';
import { table } from './table.js';

/** More points only make the file larger. */
const MOST_POINTS = 1500;

interface Point {
  actual: number;
  predicted: number;
  error: number;
}

/** At most so many of the rows, at random but always the same. */
function pointsOf({ targets, predicted }: NumberFacts): Point[] {
  const rows = Uint32Array.from(targets.keys());
  if (rows.length > MOST_POINTS) shuffle(rows, 0, Stream.order, 0);
  return Array.from(rows.subarray(0, MOST_POINTS), (row) => ({
    actual: targets[row],
    predicted: predicted[row],
    error: targets[row] - predicted[row],
  }));
}

function shownOf(points: readonly Point[], { targets }: NumberFacts): string {
  return points.length < targets.length
    ? ` ${count(points.length)} of ${count(targets.length)} rows are drawn.`
    : '';
}

const dots = { r: 2.4, fill: 'var(--c1)', fillOpacity: 0.45 };
const axisX = { labelAnchor: 'center', labelArrow: 'none', ticks: 5, tickFormat: axisFigure } as const;
const axisY = { labelArrow: 'none', ticks: 6, grid: true, tickFormat: axisFigure } as const;
const MARGINS = { marginLeft: 58, marginRight: 14, marginTop: 22 };

function axisFigure(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4 && size < 1e15) {
    return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })
      .format(value)
      .replace('-', '\u2212');
  }
  return figure(value, 3);
}

export function actualFigure(facts: NumberFacts): Html {
  const points = pointsOf(facts);
  const { r2, mae } = facts.evaluation;
  const values = points.flatMap(({ actual, predicted }) => [actual, predicted]);
  const ends = [least(values), most(values)];
  const words = `Half of the predictions are off by at most ${figure(middleError(facts))}, the mean by ${figure(mae)}. R² is ${r2.toFixed(3)}: ${explained(r2)}`;
  const chart = draw({
    label: `Actual against predicted values. ${words}`,
    options: {
      ...MARGINS,
      height: 310,
      x: { ...axisX, domain: ends, nice: true, label: 'predicted' },
      y: { ...axisY, domain: ends, nice: true, label: 'actual' },
      marks: [
        Plot.dot(points, { x: 'predicted', y: 'actual', ...dots }),
        Plot.line(
          [
            [ends[0], ends[0]],
            [ends[1], ends[1]],
          ],
          { stroke: 'var(--c2)', strokeWidth: 1.5 },
        ),
      ],
    },
  });
  const meaning = legend([{ colour: 'var(--c2)', name: 'predicted exactly' }]);
  return figureOf('Actual against predicted', chart, words + shownOf(points, facts), meaning);
}

function explained(r2: number): string {
  if (r2 <= 0) return 'no better than always predicting the mean.';
  return `${percent(r2)} of the variance is explained.`;
}

export function residualFigure(facts: NumberFacts): Html {
  const points = pointsOf(facts);
  const errors = sortedErrors(facts);
  const bias = errors.reduce((sum, each) => sum + each, 0) / errors.length;
  const words =
    `A residual is actual minus predicted: above 0 the prediction was too low. Their mean is ${figure(bias)}, ` +
    `and 90% lie between ${figure(quantile(errors, 0.05))} and ${figure(quantile(errors, 0.95))}.`;
  const chart = draw({
    label: `Residuals against predicted values. ${words}`,
    options: {
      ...MARGINS,
      height: 310,
      x: { ...axisX, nice: true, label: 'predicted' },
      y: { ...axisY, nice: true, label: 'residual' },
      marks: [
        Plot.dot(points, { x: 'predicted', y: 'error', ...dots }),
        Plot.ruleY([0], { stroke: 'var(--c2)', strokeWidth: 1.5 }),
      ],
    },
  });
  return figureOf('Residuals', chart, words + shownOf(points, facts));
}

/** How errors are spread, without the farthest percent, which would make the rest a single bar. */
export function errorHistogram(facts: NumberFacts): Html {
  const errors = sortedErrors(facts);
  const [from, to] = [quantile(errors, 0.005), quantile(errors, 0.995)];
  const inside = errors.filter((error) => error >= from && error <= to);
  const bars = histogram(inside, from, to);
  const farthest = Math.max(Math.abs(errors[0]), Math.abs(errors[errors.length - 1]));
  const left = errors.length - inside.length;
  const words =
    `The largest error is ${figure(farthest)}.` +
    (left > 0 ? ` ${count(left)} of ${count(errors.length)} rows lie outside of what is drawn.` : '');
  const chart = draw({
    label: `Histogram of residuals. ${words}`,
    options: {
      ...MARGINS,
      height: 240,
      x: { ...axisX, label: 'residual' },
      y: { ...axisY, label: 'rows', ticks: 4 },
      marks: [barsOf(bars), Plot.ruleX([0], { stroke: 'var(--c2)', strokeWidth: 1.5 })],
    },
  });
  return figureOf('How errors are spread', chart, words);
}

/** Residuals in ascending order. */
export function sortedErrors({ targets, predicted }: NumberFacts): Float64Array {
  return targets.map((target, row) => target - predicted[row]).sort();
}

function middleError({ targets, predicted }: NumberFacts): number {
  return quantile(targets.map((target, row) => Math.abs(target - predicted[row])).sort(), 0.5);
}

/** Intervals: what they promise and what they keep; of the rows that set their width, only how wide they are. */
export function intervalTable({ intervals }: NumberFacts, isNew: boolean): Html | null {
  if (intervals.length === 0) return null;
  const writeWidth = aligned(intervals.map(({ width }) => width));
  const shown = table({
    caption: 'Prediction intervals',
    rows: intervals,
    columns: [
      { title: 'Coverage promised', kind: 'name', cell: ({ coverage }) => percent(coverage, 0) },
      {
        title: isNew ? 'Tested rows inside' : 'Rows inside',
        kind: 'number',
        cell: ({ covered }) => percent(covered),
      },
      { title: 'Mean width', kind: 'number', cell: ({ width }) => writeWidth(width) },
    ],
  });
  const note = isNew
    ? 'The tested rows had no part in the width of the intervals.'
    : 'These rows also set the width of the intervals, so that the shares agree by construction.';
  return html`${shown}<p class="soft">${note}</p>`;
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}
