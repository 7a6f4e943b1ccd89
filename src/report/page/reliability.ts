/** Whether probabilities can be believed: a reliability diagram, with the rows behind each of its points. */

import * as Plot from '@observablehq/plot';
import type { ClassFacts } from '../facts.js';
import { axisPercent, CHANCE, draw, figureOf, HEIGHT, legend } from './chart.js';
import { calibrationError, type ReliabilityBin, reliability } from './curves.js';
import { count, percent, plural, points } from './format.js';
import { type Html, html, shorten } from './html.js';

const BELIEVED = 0.02;

/** The bins of a reliability diagram, and what they are of. */
export function reliabilityOf({ names, targets, predicted, probabilities, weights }: ClassFacts): {
  bins: ReliabilityBin[];
  what: string;
} {
  const classes = names.length;
  if (classes === 2) {
    const ofSecond = Float64Array.from(targets, (_, row) => probabilities[2 * row + 1]);
    return {
      bins: reliability(ofSecond, (row) => targets[row] === 1, weights),
      what: `“${shorten(names[1], 30)}”`,
    };
  }
  const highest = Float64Array.from(targets, (_, row) => {
    let most = 0;
    for (let c = 0; c < classes; c++) most = Math.max(most, probabilities[row * classes + c]);
    return most;
  });
  return {
    bins: reliability(highest, (row) => targets[row] === predicted[row], weights),
    what: 'the predicted class',
  };
}

export function reliabilityFigure(facts: ClassFacts): Html | null {
  const { bins, what } = reliabilityOf(facts);
  if (bins.length === 0) return null;
  const words = summary(bins);
  const meaning = legend([
    { colour: 'var(--c1)', name: 'found, with 95% intervals' },
    { colour: 'var(--c6)', name: 'ideal', isDashed: true },
  ]);
  return figureOf(
    'Do probabilities come true?',
    [diagram(bins, words), counts(bins, what)],
    html`${words} The bars count the rows.`,
    meaning,
  );
}

function summary(bins: readonly ReliabilityBin[]): string {
  const error = calibrationError(bins);
  const fullest = bins.reduce((best, bin) => (bin.rows > best.rows ? bin : best));
  const start = error <= BELIEVED ? 'Probabilities come true as often as they say: on' : 'On';
  return (
    `${start} average they are ${points(error)} off. In the fullest range (${rangeOf(fullest)}, ` +
    `${plural(fullest.rows, 'row')}) ${percent(fullest.predicted)} were predicted and ${percent(fullest.actual)} came true.`
  );
}

const rangeOf = ({ from, to }: ReliabilityBin) => `${percent(from, 0)} to ${percent(to, 0)}`;

/** Of both charts, whose axes lie one above the other. */
const MARGINS = { marginLeft: 46, marginRight: 12 };

function diagram(bins: readonly ReliabilityBin[], words: string): Html {
  const y = {
    label: 'came true',
    labelArrow: 'none',
    tickFormat: axisPercent,
    ticks: 5,
    grid: true,
  } as const;
  return draw({
    label: `Reliability diagram. ${words}`,
    options: {
      ...MARGINS,
      height: HEIGHT - 20,
      marginTop: 22,
      marginBottom: 8,
      x: { domain: [0, 1], axis: null },
      y: { domain: [0, 1], ...y },
      marks: [
        Plot.line(...CHANCE),
        Plot.ruleX(bins, {
          x: 'predicted',
          y1: 'low',
          y2: 'high',
          stroke: 'var(--c1)',
          strokeWidth: 1.5,
          strokeOpacity: 0.6,
        }),
        Plot.line(bins, { x: 'predicted', y: 'actual', stroke: 'var(--c1)' }),
        Plot.dot(bins, { x: 'predicted', y: 'actual', fill: 'var(--c1)', r: 4 }),
      ],
    },
  });
}

function counts(bins: readonly ReliabilityBin[], what: string): Html {
  const label = `predicted probability of ${what}`;
  return draw({
    label: `Rows in each range of probabilities: ${bins.map((bin) => `${rangeOf(bin)}: ${count(bin.rows)}`).join(', ')}`,
    options: {
      ...MARGINS,
      height: 92,
      marginTop: 16,
      x: {
        domain: [0, 1],
        label,
        labelAnchor: 'center',
        labelArrow: 'none',
        tickFormat: axisPercent,
        ticks: 5,
      },
      y: { axis: null },
      marks: [
        Plot.rectY(bins, {
          x1: 'from',
          x2: 'to',
          y: 'rows',
          fill: 'var(--c6)',
          fillOpacity: 0.45,
          insetLeft: 1,
          insetRight: 1,
        }),
        Plot.text(bins, {
          x: (bin: ReliabilityBin) => (bin.from + bin.to) / 2,
          y: 'rows',
          text: (bin: ReliabilityBin) => compact(bin.rows),
          dy: -7,
        }),
      ],
    },
  });
}

function compact(rows: number): string {
  if (rows < 1e4) return count(rows);
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).format(rows);
}
