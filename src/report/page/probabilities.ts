/** Whether probabilities can be believed, and how well they rank: reliability diagram and ROC curves. */

import * as Plot from '@observablehq/plot';
import type { ClassFacts } from '../facts.js';
import { COLOURS, draw, figureOf, HEIGHT, legend, WIDTH } from './chart.js';
import {
  calibrationError,
  meanRoc,
  type ReliabilityBin,
  type RocPoint,
  reliability,
  rocCurve,
} from './curves.js';
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

export function reliabilityFigure(facts: ClassFacts): Html {
  const { bins, what } = reliabilityOf(facts);
  const error = calibrationError(bins);
  const fullest = bins.reduce((best, bin) => (bin.rows > best.rows ? bin : best), bins[0]);
  const words =
    `${error <= BELIEVED ? 'Probabilities come true as often as they say: on average they are ' : 'On average they are '}` +
    `${points(error)} off. In the fullest range (${percent(fullest.from, 0)} to ${percent(fullest.to, 0)}, ` +
    `${plural(fullest.rows, 'row')}) ${percent(fullest.predicted)} were predicted and ${percent(fullest.actual)} came true.`;
  const x = {
    domain: [0, 1],
    label: `predicted probability of ${what}`,
    labelAnchor: 'center',
    labelArrow: 'none',
    tickFormat: axisPercent,
    ticks: 5,
  } as const;
  const margins = { marginLeft: 46, marginRight: 12 };
  const diagram = draw({
    label: `Reliability diagram. ${words}`,
    options: {
      ...margins,
      height: HEIGHT - 20,
      marginTop: 22,
      marginBottom: 8,
      x: { ...x, axis: null },
      y: {
        domain: [0, 1],
        label: 'came true',
        labelArrow: 'none',
        tickFormat: axisPercent,
        ticks: 5,
        grid: true,
      },
      marks: [
        Plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { stroke: 'var(--c6)', strokeDasharray: '4 3' },
        ),
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
  const counts = draw({
    label: `Rows in each range of probabilities: ${bins.map(({ from, to, rows }) => `${percent(from, 0)} to ${percent(to, 0)}: ${count(rows)}`).join(', ')}`,
    options: {
      ...margins,
      height: 92,
      marginTop: 16,
      x,
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
  const meaning = legend([
    { colour: 'var(--c1)', name: 'found, with 95% intervals' },
    { colour: 'var(--c6)', name: 'ideal', isDashed: true },
  ]);
  return figureOf(
    'Do probabilities come true?',
    [diagram, counts],
    html`${words} The bars count the rows.`,
    meaning,
  );
}

const axisPercent = (share: number) => `${Math.round(100 * share)}%`;

function compact(rows: number): string {
  if (rows < 1e4) return count(rows);
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).format(rows);
}

/** More curves cannot be told apart. */
const MOST_NAMED = 6;
const MOST_CURVES = 40;

interface NamedCurve {
  name: string;
  points: RocPoint[];
  area: number;
}

export function rocFigure(facts: ClassFacts): Html | null {
  const { names } = facts;
  const curves = curvesOf(facts);
  if (curves.length === 0) return null;
  const isFew = names.length <= MOST_NAMED;
  const sorted = [...curves].sort((a, b) => b.area - a.area);
  const [best, worst] = [sorted[0], sorted[sorted.length - 1]];
  const words =
    curves.length === 1
      ? `The area under the curve is ${best.area.toFixed(3)}: of two rows, one of ${best.name} and one not, that of ${best.name} has the higher probability in ${percent(best.area)} of all pairs.`
      : `The areas under the curves go from ${worst.area.toFixed(3)} (${worst.name}) to ${best.area.toFixed(3)} (${best.name}); ${(curves.reduce((sum, { area }) => sum + area, 0) / curves.length).toFixed(3)} on average.`;
  const drawn = isFew
    ? curves.map((curve, i) => line(curve.points, COLOURS[i], 2))
    : [
        ...curves.slice(0, MOST_CURVES).map((curve) => line(curve.points, 'var(--c6)', 0.8, 0.5)),
        line(meanRoc(curves.map(({ points }) => points)), COLOURS[0], 2.5),
      ];
  const chart = draw({
    label: `ROC curves. ${words}`,
    options: {
      width: WIDTH,
      height: HEIGHT + 40,
      marginLeft: 46,
      marginRight: 14,
      marginTop: 22,
      x: {
        domain: [0, 1],
        label: 'others taken for the class',
        labelAnchor: 'center',
        labelArrow: 'none',
        tickFormat: axisPercent,
        ticks: 5,
      },
      y: {
        domain: [0, 1],
        label: 'found of the class',
        labelArrow: 'none',
        tickFormat: axisPercent,
        ticks: 5,
        grid: true,
      },
      marks: [
        Plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { stroke: 'var(--c6)', strokeDasharray: '4 3' },
        ),
        ...drawn,
      ],
    },
  });
  const meaning = isFew
    ? curves.map(({ name, area }, i) => ({ colour: COLOURS[i], name: `${name}, ${area.toFixed(3)}` }))
    : [
        { colour: COLOURS[0], name: 'mean of all classes' },
        {
          colour: 'var(--c6)',
          name: curves.length > MOST_CURVES ? `${MOST_CURVES} of ${curves.length} classes` : 'each class',
        },
      ];
  return figureOf(
    'How well are they ranked? (ROC)',
    chart,
    words,
    legend([...meaning, { colour: 'var(--c6)', name: 'by chance', isDashed: true }]),
  );
}

function line(points: readonly RocPoint[], stroke: string, strokeWidth: number, strokeOpacity = 1) {
  return Plot.line(points, { x: 'falsePositive', y: 'truePositive', stroke, strokeWidth, strokeOpacity });
}

/** One for each class that can be told from others; of two classes, that of the second. */
function curvesOf({ names, targets, probabilities, weights, perClass }: ClassFacts): NamedCurve[] {
  const classes = names.length;
  return names.flatMap((name, index) => {
    const { area } = perClass[index];
    if (area === null || (classes === 2 && index === 0)) return [];
    const scores = Float64Array.from(targets, (_, row) => probabilities[row * classes + index]);
    const points = rocCurve(scores, (row) => targets[row] === index, weights);
    return { name: `“${shorten(name, 24)}”`, points, area };
  });
}
