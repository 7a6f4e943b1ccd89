/** What the data was. */

import * as Plot from '@observablehq/plot';
import type { ColumnReport, ReportFacts } from '../facts.js';
import { histogramAxes } from './axis.js';
import { draw, figureOf, WIDTH } from './chart.js';
import { quantile } from './curves.js';
import { count, list, percent, plain, plural } from './format.js';
import { barsOf, histogram } from './histogram.js';
import { type Html, html, shorten } from './html.js';
import { importanceText } from './importance.js';
import { barsAxis, labelsOf } from './labels.js';
import { foldedTable } from './table.js';

const OPEN_COLUMNS = 30;

export function dataSection(facts: ReportFacts): Html {
  const { data } = facts;
  return html`<p>${overview(facts)}</p>${warningsOf(facts)}<div class="figures">${targetFigure(facts)}</div>${columnsTable(facts)}${droppedColumns(data.dropped)}`;
}

function overview({ data, target, dataName }: ReportFacts): string {
  const { columns, fitRows } = data;
  const used = columns.filter((column) => column.used);
  const features = used.reduce((sum, column) => sum + column.features, 0);
  const rows = fitRows === null ? 'Training rows' : `Training had ${plural(fitRows, 'row')}`;
  const where = dataName === null || fitRows === null ? '' : ` (${dataName})`;
  const learnt = `${count(used.length)} of ${plural(columns.length, 'column')} became ${plural(features, 'feature')}`;
  const what = target === null ? '' : `, to predict “${target}”`;
  return fitRows === null ? `In training, ${learnt}${what}.` : `${rows}${where}; ${learnt}${what}.`;
}

function warningsOf({ data }: ReportFacts): Html | null {
  const groups: [string, readonly string[]][] = [
    ['About the rows of training', data.warnings],
    ['About the tested rows', data.testWarnings],
    ['About the file', data.readWarnings],
  ];
  const shown = groups
    .filter(([, warnings]) => warnings.length > 0)
    .map(
      ([title, warnings]) =>
        html`<h3>${title}</h3><ul class="findings">${warnings.map((each) => html`<li class="caution">${each}</li>`)}</ul>`,
    );
  return shown.length === 0 ? null : html`${shown}`;
}

function droppedColumns(dropped: readonly string[]): Html | null {
  if (dropped.length === 0) return null;
  return html`<p class="soft">No features, since they were weights or groups: ${list(dropped)}.</p>`;
}

/** Used columns by importance, where that is known; then those left out. */
function columnsTable({ data, importance }: ReportFacts): Html {
  const places = new Map(importance?.columns.map(({ name }, place) => [name, place]));
  const worth = new Map(importance?.columns.map((column) => [column.name, column.importance]));
  const placeOf = (column: ColumnReport) =>
    column.used ? (places.get(column.name) ?? places.size) : places.size + 1;
  const rows = [...data.columns].sort((a, b) => placeOf(a) - placeOf(b));
  const { fitRows } = data;
  return foldedTable(
    {
      caption: importance === null ? 'Columns' : 'Columns, the most important first',
      rows,
      rowClass: ({ used }) => (used ? null : 'unused'),
      columns: [
        { title: 'Column', kind: 'name', cell: ({ name }) => name },
        { title: 'Taken for', kind: 'text', cell: kindText },
        ...(importance === null
          ? []
          : [
              {
                title: 'Importance',
                kind: 'number' as const,
                cell: ({ name, used }: ColumnReport) =>
                  used ? importanceText(worth.get(name) ?? 0, importance.metric) : '–',
              },
            ]),
        { title: 'Missing', kind: 'number', cell: ({ missing }) => missingText(missing, fitRows) },
        { title: 'Features', kind: 'number', cell: ({ features, used }) => (used ? count(features) : '–') },
        { title: 'Values, and what to know', kind: 'words', cell: aboutColumn },
      ],
    },
    OPEN_COLUMNS,
    'columns',
  );
}

function kindText({ kind, unit, asked }: ColumnReport): string {
  return [kind, ...(unit === null ? [] : [`in ${shorten(unit, 20)}`]), ...(asked ? ['as asked'] : [])].join(
    ', ',
  );
}

function missingText(missing: number, rows: number | null): string {
  if (missing === 0) return '0';
  return rows === null ? count(missing) : `${count(missing)} (${percent(missing / rows)})`;
}

function aboutColumn({ used, reason, values }: ColumnReport): string {
  const parts = [used ? valuesText(values) : 'left out', reason].filter((part) => part !== null);
  return shorten(parts.join(': '), 200);
}

function valuesText(values: ColumnReport['values']): string | null {
  if (values === null) return null;
  if ('median' in values) return `median ${plain(values.median)}`;
  const { categories, count: all, others } = values;
  const names = categories.map((each) => `“${shorten(each, 24)}”`).join(', ');
  const more = all - categories.length;
  return `${names}${more > 0 ? ` and ${more} more` : ''}${others ? ' and others' : ''}`;
}

function targetFigure({ classes, numbers, target, tested }: ReportFacts): Html {
  const name = target === null ? 'The labels' : `“${shorten(target, 30)}”`;
  if (classes !== null) {
    const shares = classes.names.map((each, index) => ({
      name: each,
      rows: classes.perClass[index].support,
    }));
    return classBars(name, shares, tested.isWeighted);
  }
  return numbers === null ? html`` : numberBars(name, numbers.targets);
}

const MOST_BARS = 24;
/** Pixels of a name. */
const MOST_NAME = 130;

function classBars(
  name: string,
  classes: readonly { name: string; rows: number }[],
  isWeighted: boolean,
): Html {
  const sorted = [...classes].sort((a, b) => b.rows - a.rows);
  const shown = sorted.slice(0, MOST_BARS);
  const total = classes.reduce((sum, { rows }) => sum + rows, 0);
  const labels = labelsOf(
    shown.map((each) => each.name),
    MOST_NAME,
  );
  const [most] = sorted;
  const least = sorted[sorted.length - 1];
  const unit = isWeighted ? 'of the weight' : 'of the rows';
  const words =
    `${plural(classes.length, 'class', 'classes')}; the most frequent, “${shorten(most.name, 40)}”, has ${percent(most.rows / total)} ${unit}` +
    (classes.length > 1
      ? `, the rarest, “${shorten(least.name, 40)}”, ${percent(least.rows / total)}.`
      : '.') +
    (shown.length < classes.length ? ` The ${shown.length} most frequent are drawn.` : '');
  const bars = shown.map(({ rows }, place) => ({ place, rows }));
  const chart = draw({
    label: `Rows of each class. ${words}`,
    options: {
      width: WIDTH,
      height: 12 + 24 * bars.length,
      marginLeft: 14 + labels.width,
      marginRight: 62,
      marginTop: 4,
      marginBottom: 6,
      x: { axis: null },
      y: barsAxis(labels),
      marks: [
        Plot.barX(bars, { x: 'rows', y: 'place', fill: 'var(--c1)', fillOpacity: 0.75 }),
        Plot.text(bars, {
          x: 'rows',
          y: 'place',
          text: (bar: { rows: number }) => count(bar.rows),
          textAnchor: 'start',
          dx: 5,
        }),
      ],
    },
  });
  return figureOf(`${name} in the tested rows`, chart, words);
}

function numberBars(name: string, targets: Float64Array): Html {
  const sorted = targets.slice().sort();
  const [from, to] = [sorted[0], sorted[sorted.length - 1]];
  const bars = histogram(sorted, from, to);
  const margins = { marginLeft: 46, marginRight: 14, marginTop: 22 };
  const [x, y] = histogramAxes(bars, { ...margins, height: 220 });
  const words =
    `From ${plain(from)} to ${plain(to)}; half of the rows lie between ${plain(quantile(sorted, 0.25))} and ` +
    `${plain(quantile(sorted, 0.75))}, with the median ${plain(quantile(sorted, 0.5))}.`;
  const chart = draw({
    label: `Histogram of the target. ${words}`,
    options: {
      width: WIDTH,
      ...margins,
      height: 220,
      x: { ...x, label: null },
      y: { ...y, label: 'rows', labelArrow: 'none', grid: true },
      marks: [barsOf(bars), Plot.ruleY([0])],
    },
  });
  return figureOf(`${name} in the tested rows`, chart, words);
}
