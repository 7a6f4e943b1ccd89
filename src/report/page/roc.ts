/** How well probabilities rank: ROC curves, one for each class, or their mean where they are many. */

import * as Plot from '@observablehq/plot';
import type { ClassFacts } from '../facts.js';
import { axisPercent, CHANCE, COLOURS, draw, figureOf, HEIGHT, legend } from './chart.js';
import { meanRoc, type RocPoint, rocCurve } from './curves.js';
import { percent } from './format.js';
import { type Html, shorten } from './html.js';

/** More curves cannot be told apart. */
const MOST_NAMED = 6;
const MOST_CURVES = 40;

interface NamedCurve {
  name: string;
  points: RocPoint[];
  area: number;
}

export function rocFigure(facts: ClassFacts): Html | null {
  const curves = curvesOf(facts);
  if (curves.length === 0) return null;
  const words = summary(curves);
  const isFew = facts.names.length <= MOST_NAMED;
  const meaning = isFew
    ? curves.map(({ name, area }, i) => ({ colour: COLOURS[i], name: `${name}, ${area.toFixed(3)}` }))
    : [
        { colour: COLOURS[0], name: 'mean of all classes' },
        {
          colour: 'var(--c6)',
          name: curves.length > MOST_CURVES ? `${MOST_CURVES} of ${curves.length} classes` : 'each class',
        },
      ];
  const chance = { colour: 'var(--c6)', name: 'by chance', isDashed: true };
  return figureOf(
    'How well are they ranked? (ROC)',
    chart(curves, isFew, words),
    words,
    legend([...meaning, chance]),
  );
}

function summary(curves: readonly NamedCurve[]): string {
  const sorted = [...curves].sort((a, b) => b.area - a.area);
  const [best, worst] = [sorted[0], sorted[sorted.length - 1]];
  if (curves.length === 1) {
    return (
      `The area under the curve is ${best.area.toFixed(3)}: of two rows, one of ${best.name} and one not, ` +
      `that of ${best.name} has the higher probability in ${percent(best.area)} of all pairs.`
    );
  }
  const mean = curves.reduce((sum, { area }) => sum + area, 0) / curves.length;
  return (
    `The areas under the curves go from ${worst.area.toFixed(3)} (${worst.name}) to ${best.area.toFixed(3)} ` +
    `(${best.name}); ${mean.toFixed(3)} on average.`
  );
}

function chart(curves: readonly NamedCurve[], isFew: boolean, words: string): Html {
  const drawn = isFew
    ? curves.map(({ points }, i) => line(points, COLOURS[i], 2))
    : [
        ...curves.slice(0, MOST_CURVES).map(({ points }) => line(points, 'var(--c6)', 0.8, 0.5)),
        line(meanRoc(curves.map(({ points }) => points)), COLOURS[0], 2.5),
      ];
  const axis = { domain: [0, 1], labelArrow: 'none', tickFormat: axisPercent, ticks: 5 } as const;
  return draw({
    label: `ROC curves. ${words}`,
    options: {
      height: HEIGHT + 40,
      marginLeft: 46,
      marginRight: 14,
      marginTop: 22,
      x: { ...axis, label: 'others taken for the class', labelAnchor: 'center' },
      y: { ...axis, label: 'found of the class', grid: true },
      marks: [Plot.line(...CHANCE), ...drawn],
    },
  });
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
