/** Which columns predictions rest on. */

import * as Plot from '@observablehq/plot';
import type { ImportanceFacts, TestedFacts } from '../facts.js';
import { roomAcross, valueAxis } from './axis.js';
import { draw, figureOf, WIDTH } from './chart.js';
import { count, figure, list, percent, plural, points } from './format.js';
import { type Html, html, shorten } from './html.js';
import { barsAxis, labelsOf } from './labels.js';

const MOST_BARS = 30;
const BAR = 22;
const MARGIN_RIGHT = 16;
/** Pixels of a name. */
const MOST_NAME = 145;

/** Names of metrics, and how a fall of their score is written. */
export const METRICS: Readonly<
  Record<ImportanceFacts['metric'], { name: string; isShare: boolean; isError: boolean }>
> = {
  accuracy: { name: 'accuracy', isShare: true, isError: false },
  auc: { name: 'ROC AUC', isShare: false, isError: false },
  logLoss: { name: 'log loss', isShare: false, isError: true },
  rmse: { name: 'RMSE', isShare: false, isError: true },
  mae: { name: 'MAE', isShare: false, isError: true },
  r2: { name: 'R²', isShare: false, isError: false },
};

/** Of a column in a table. */
export function importanceText(value: number, metric: ImportanceFacts['metric']): string {
  return METRICS[metric].isShare ? percent(value, 1) : figure(value, 2);
}

/** A fall of a metric in words: '3.1 points', '0.042'. */
function fall(value: number, metric: ImportanceFacts['metric']): string {
  return METRICS[metric].isShare ? points(value) : figure(value, 3);
}

export function importanceSection(facts: ImportanceFacts, tested: TestedFacts): Html {
  const { columns, metric } = facts;
  if (columns.every(({ importance }) => importance === 0)) {
    return html`<p>Nothing changes, whichever column's cells are shuffled. ${measuredOn(facts, tested)}</p>`;
  }
  const { name, isError } = METRICS[metric];
  const shown = columns.slice(0, MOST_BARS);
  const rest = columns.length - shown.length;
  const [first] = columns;
  const words = `${isError ? `The ${name} rises` : `The ${name} falls`} by ${fall(first.importance, metric)} if the cells of “${shorten(first.name, 40)}” are shuffled${others(facts)}. The thin lines are the standard deviation over ${facts.repeats} shuffles.`;
  const chart = barChart(facts, shown, words);
  return html`<p>Each column's cells are shuffled among the rows; what the score loses by that is what the column is worth. Columns that tell the same share it: each of them then seems to matter little. ${measuredOn(facts, tested)}</p><div class="figures">${figureOf(rest === 0 ? 'Importance of columns' : `The ${MOST_BARS} most important of ${columns.length} columns`, chart, words)}</div>${rest === 0 ? null : html`<p class="soft">The other ${plural(rest, 'column')} are in the table of columns under “Data”.</p>`}`;
}

function measuredOn({ rows, repeats }: ImportanceFacts, tested: TestedFacts): string {
  const which =
    rows < tested.rows
      ? `${count(rows)} of the ${count(tested.rows)} tested rows`
      : `all ${plural(tested.rows, 'tested row')}`;
  const by =
    tested.how === 'heldOut' && tested.networks > 1
      ? ', each predicted by the network that was not trained on it'
      : '';
  return `Measured on ${which}${by}, ${repeats} times each.`;
}

function others({ columns, metric }: ImportanceFacts): string {
  const next = columns.slice(1, 3).filter(({ importance }) => importance > 0);
  if (next.length === 0) return '';
  return `, then by ${list(next.map(({ name, importance }) => `${fall(importance, metric)} for “${shorten(name, 30)}”`))}`;
}

function barChart({ metric }: ImportanceFacts, columns: ImportanceFacts['columns'], words: string): Html {
  const { isShare, isError, name } = METRICS[metric];
  const factor = isShare ? 100 : 1;
  const bars = columns.map(({ importance, standardDeviation }, place) => ({
    place,
    value: factor * importance,
    low: factor * (importance - standardDeviation),
    high: factor * (importance + standardDeviation),
  }));
  const labels = labelsOf(
    columns.map((column) => column.name),
    MOST_NAME,
  );
  const marginLeft = 14 + labels.width;
  const axis = valueAxis({
    from: Math.min(0, ...bars.map(({ low, value }) => Math.min(low, value))),
    to: Math.max(0, ...bars.map(({ high, value }) => Math.max(high, value))),
    ...roomAcross({ marginLeft, marginRight: MARGIN_RIGHT }),
  });
  const verb = isError ? 'rise' : 'fall';
  return draw({
    label: `Importance of columns. ${words}`,
    options: {
      width: WIDTH,
      height: 44 + BAR * bars.length,
      marginLeft,
      marginRight: MARGIN_RIGHT,
      marginTop: 2,
      x: {
        ...axis.options,
        label: `${verb} of the ${name}${isShare ? ' in points' : ''}`,
        labelAnchor: 'center',
        labelArrow: 'none',
        grid: true,
      },
      y: barsAxis(labels),
      marks: [
        Plot.barX(bars, { x: 'value', y: 'place', fill: 'var(--c1)', fillOpacity: 0.75 }),
        Plot.ruleY(bars, { x1: 'low', x2: 'high', y: 'place', stroke: 'currentColor', strokeWidth: 1 }),
        Plot.ruleX([0], { stroke: 'currentColor' }),
      ],
    },
  });
}
