/** Which classes are taken for which: a matrix as a chart, or the most frequent mistakes where classes are many. */

import * as Plot from '@observablehq/plot';
import type { ClassFacts } from '../facts.js';
import { draw, figureOf, WIDTH } from './chart.js';
import { count, list, percent, plural } from './format.js';
import { type Html, html, shorten } from './html.js';
import { labelsOf } from './labels.js';
import { foldedTable, nameText, table } from './table.js';

/** More classes than that have no numbers in their cells. */
const MOST_NUMBERED = 24;
const MOST_DRAWN = 60;
const LISTED = 12;

interface Cell {
  actual: number;
  predicted: number;
  rows: number;
  /** Of the rows of the actual class. */
  share: number;
}

export function confusionFigure(facts: ClassFacts): Html {
  const cells = cellsOf(facts);
  const mistakes = cells
    .filter(({ actual, predicted }) => actual !== predicted)
    .sort((a, b) => b.rows - a.rows);
  const words = summary(facts, mistakes);
  const { length } = facts.names;
  const layout = layoutOf(facts.names);
  const shown = length <= MOST_DRAWN ? [matrix(facts, cells, layout, words)] : [];
  if (length > MOST_NUMBERED && mistakes.length > 0) shown.push(mistakesTable(facts, mistakes));
  return figureOf('What is taken for what', shown, words, null, layout.isWide);
}

function cellsOf({ names, evaluation, perClass }: ClassFacts): Cell[] {
  const { confusionMatrix = [] } = evaluation;
  return names.flatMap((_, actual) =>
    names.flatMap((_, predicted) => {
      const rows = confusionMatrix[actual]?.[predicted] ?? 0;
      return rows > 0 ? { actual, predicted, rows, share: rows / perClass[actual].support } : [];
    }),
  );
}

function summary({ names, evaluation, perClass }: ClassFacts, mistakes: readonly Cell[]): string {
  if (evaluation.confusionMatrix === undefined)
    return `${count(names.length)} classes are too many for a matrix.`;
  const wrong = mistakes.reduce((sum, { rows }) => sum + rows, 0);
  const total = perClass.reduce((sum, { support }) => sum + support, 0);
  if (wrong === 0) return `All ${count(total)} rows are on the diagonal: none is taken for another class.`;
  const { actual, predicted, rows, share } = mistakes[0];
  return (
    `${count(total - wrong)} of ${count(total)} rows are on the diagonal. The most frequent mistake: ` +
    `${plural(rows, 'row')} of ${nameOf(names[actual])} (${percent(share)} of them) taken for ${nameOf(names[predicted])}.`
  );
}

const nameOf = (name: string) => `“${shorten(name, 40)}”`;

/** Sizes of a matrix, in pixels. */
interface Layout {
  cell: number;
  /** Names of classes as they fit; empty if there is no room for any. */
  labels: string[];
  isTilted: boolean;
  margins: { marginLeft: number; marginTop: number; marginRight: number; marginBottom: number };
  width: number;
  isWide: boolean;
}

/** Pixels of a name. */
const MOST_NAME = 108;
/** Of the names of the axes. */
const HEADING = 18;
const WIDEST = WIDTH;

function layoutOf(names: readonly string[]): Layout {
  const { length } = names;
  const isNumbered = length <= MOST_NUMBERED;
  const cell = length <= 3 ? 72 : length <= 6 ? 50 : isNumbered ? 32 : 9;
  const { texts: labels, width: longest } = labelsOf(isNumbered ? names : [], MOST_NAME);
  const isTilted = longest > cell;
  const margins = {
    marginLeft: HEADING + 12 + longest,
    marginTop: HEADING + (isTilted ? 12 + 0.75 * longest : 26),
    marginRight: isTilted ? 0.7 * longest : 8,
    marginBottom: 6,
  };
  const width = margins.marginLeft + cell * length + margins.marginRight;
  return { cell, labels, isTilted, margins, width, isWide: width > WIDEST };
}

function matrix(facts: ClassFacts, cells: readonly Cell[], layout: Layout, words: string): Html {
  const { length } = facts.names;
  const { cell, labels, margins, width, isWide, isTilted } = layout;
  const domain = facts.names.map((_, index) => index);
  const axis = {
    tickSize: 0,
    label: null,
    ticks: labels.length > 0 ? domain : [],
    tickFormat: (i: number) => labels[i],
  };
  return draw({
    label: `Confusion matrix of ${length} classes. ${words}`,
    isWide,
    options: {
      ...margins,
      width: isWide ? width : WIDEST,
      ...(isWide ? {} : { marginRight: margins.marginRight + WIDEST - width }),
      height: margins.marginTop + cell * length + margins.marginBottom,
      x: { domain, axis: null, padding: 0.06 },
      y: { domain, axis: null, padding: 0.06 },
      marks: [
        Plot.cell(
          domain.flatMap((actual) => domain.map((predicted) => ({ actual, predicted }))),
          { x: 'predicted', y: 'actual', fill: 'var(--raised)' },
        ),
        Plot.cell(cells, {
          x: 'predicted',
          y: 'actual',
          fill: (each: Cell) => (each.actual === each.predicted ? 'var(--c1)' : 'var(--c2)'),
          fillOpacity: (each: Cell) => opacity(each.share),
        }),
        labels.length > 0 ? cellNumbers(cells, cell) : null,
        Plot.axisY({ ...axis, anchor: 'left' }),
        Plot.axisX({ ...axis, anchor: 'top', tickRotate: isTilted ? -45 : 0 }),
        Plot.text(['predicted'], { frameAnchor: 'top-left', dy: -margins.marginTop + 10, fontWeight: 600 }),
        Plot.text(['actual'], {
          frameAnchor: 'left',
          rotate: -90,
          dx: -margins.marginLeft + 8,
          textAnchor: 'middle',
          fontWeight: 600,
        }),
      ],
    },
  });
}

function cellNumbers(cells: readonly Cell[], size: number) {
  const largest = Math.max(...cells.map(({ rows }) => rows));
  return Plot.text(cells, {
    x: 'predicted',
    y: 'actual',
    text: (each: Cell) => brief(each.rows, largest, size),
    fill: (each: Cell) => (opacity(each.share) > 0.75 ? 'var(--ground)' : 'var(--strong)'),
    fontSize: size > 40 ? 14 : 10.5,
  });
}

/** A single row of many still shows. */
function opacity(share: number): number {
  return 0.12 + 0.88 * share;
}

function brief(rows: number, largest: number, size: number): string {
  if (largest < (size > 40 ? 1e5 : 1e4)) return count(rows);
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 2 }).format(rows);
}

function mistakesTable({ names }: ClassFacts, mistakes: readonly Cell[]): Html {
  return table({
    caption: 'The most frequent mistakes',
    rows: mistakes.slice(0, LISTED),
    columns: [
      { title: 'Class', kind: 'name', cell: ({ actual }) => names[actual] },
      {
        title: 'Taken for',
        kind: 'text',
        cell: ({ predicted }) => nameText(names[predicted]),
      },
      { title: 'Rows', kind: 'number', cell: ({ rows }) => count(rows) },
      { title: 'Share of the class', kind: 'number', cell: ({ share }) => percent(share) },
    ],
  });
}

const OPEN_CLASSES = 20;

/** How well each class is recognised, the worst first where they are many. */
export function classTable({ names, perClass }: ClassFacts): Html {
  const rows = perClass.map((scores, index) => ({ ...scores, name: names[index] }));
  const isMany = rows.length > OPEN_CLASSES;
  const occurring = rows.filter(({ support }) => support > 0);
  if (isMany) occurring.sort((a, b) => a.f1 - b.f1 || b.support - a.support);
  const absent = rows.filter(({ support }) => support === 0).map(({ name }) => shorten(name, 40));
  const shown = foldedTable(
    {
      caption: isMany
        ? 'How well each class is recognised, the worst first'
        : 'How well each class is recognised',
      rows: occurring,
      columns: [
        { title: 'Class', kind: 'name', cell: ({ name }) => name },
        { title: 'Rows', kind: 'number', cell: ({ support }) => count(support) },
        { title: 'Recall', kind: 'number', cell: ({ recall }) => percent(recall) },
        { title: 'Precision', kind: 'number', cell: ({ precision }) => percent(precision) },
        { title: 'F1', kind: 'number', cell: ({ f1 }) => percent(f1) },
        { title: 'ROC AUC', kind: 'number', cell: ({ area }) => (area === null ? '–' : area.toFixed(3)) },
      ],
    },
    OPEN_CLASSES,
    'classes',
  );
  const missing =
    absent.length === 0 ? null : html`<p class="soft">Not among the tested rows: ${list(absent, 10)}.</p>`;
  return html`${shown}<p class="soft">Recall: which share of the class is found. Precision: which share of what is taken for the class is of it. F1: their harmonic mean.</p>${missing}`;
}
