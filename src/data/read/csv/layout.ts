/** Finds out how a text of separated cells is laid out. */

import { ChainruleError } from '../../../error.js';
import type { Steps } from '../../../turns.js';
import type { ColumnChoices } from '../../column-choices.js';
import { isMarkerAmongNumbers } from '../../missing-cells.js';
import { isMap } from '../../realms.js';
import type { Written } from '../../table.js';
import type { ResolvedReadOptions } from '../options.js';
import type { TextSource } from '../text-source.js';
import type { CellRules } from './columns.js';
import { bestDelimiter, usualWidth } from './delimiter.js';
import { findHeader } from './header.js';
import { namesOfHeader } from './header-names.js';
import { lineEndOf, Sample } from './sample.js';
import type { Separators } from './scanner.js';
import { writtenIn } from './written.js';

export interface Layout {
  readonly separators: Separators;
  /** The byte of the text at which the rows start, and its line, from 1. */
  readonly body: { readonly byte: number; readonly line: number };
  /** Line of the header, from 1; null without one. */
  readonly headerLine: number | null;
  /** Cells of every row. */
  readonly width: number;
  /** The columns: for each its name, its place among the cells of a row, and whether it holds texts. */
  readonly columns: readonly { readonly name: string; readonly place: number; readonly isText: boolean }[];
  /** Whether the names are only places. */
  readonly unnamed: boolean;
  /** The place of a last column that must be empty; -1 if there is none. */
  readonly emptyPlace: number;
  /** Whether lines that start with # and have another number of cells are no rows. */
  readonly comments: boolean;
  readonly rules: CellRules;
  /** How the first rows write the texts of a column, by its place among `columns`. */
  readonly written: (column: number) => Written;
  /** Bytes of a row, about. */
  readonly rowBytes: number;
  readonly warnings: readonly string[];
}

/** Rows from which the types of columns are guessed. */
const MOST_RECORDS = 1000;
/** A column with more texts among its cells is read as texts. */
const MOST_TEXTS = 0.1;

/**
 * @param preferTab - whether cells are separated by tabs if nothing tells
 * @throws {@link ChainruleError} ERR_DATA if the text is empty or the header does not fit the rows; ERR_OPTION for
 * another number of names
 */
export function* layoutOf(text: TextSource, options: ResolvedReadOptions, preferTab: boolean): Steps<Layout> {
  const { path, head, isWhole } = text;
  const lineEnd = lineEndOf(head);
  const said = saidDelimiter(head);
  const from = said === null ? 0 : head.indexOf(lineEnd) + 1;
  const named = options.delimiter?.charCodeAt(0) ?? said;
  const delimiter = named ?? (yield* bestDelimiter(head, from, isWhole, lineEnd, preferTab));
  const sample = new Sample(head, from, isWhole, { delimiter, lineEnd });
  yield;
  if (isWhole && sample.records === 0 && !sample.isFaulty)
    throw new ChainruleError('ERR_DATA', `${path} is empty`);
  const firstLine = said === null ? 1 : 2;
  const found = findHeader(sample, usualWidth(sample), options.header, path, firstLine);
  const { names, places, emptyPlace, warnings } = namesOfHeader(sample, found, options.names, path);
  const unnamed = found.header === null && options.names === null;
  yield;
  const kinds = kindsAsked(options.columns);
  const first = found.firstRow;
  const after = found.header === null ? startOf(sample, first, from) : sample.after(found.header);
  const rows = sample.records - first;
  const columns: Layout['columns'][number][] = [];
  for (const [i, name] of names.entries()) {
    const isText = isAskedText(kinds.get(name)) ?? holdsTexts(sample, first, places[i], found.width);
    columns.push({ name, place: places[i], isText });
    yield;
  }
  return {
    separators: sample.separators,
    body: { byte: after.byte, line: after.line + firstLine },
    headerLine: found.header === null ? null : sample.line(found.header) + firstLine,
    width: found.width,
    columns,
    unnamed,
    emptyPlace,
    comments: found.comments,
    rules: {
      pointsMayGroup: sample.separators.delimiter === ';'.charCodeAt(0),
      quotesTell: quotesTell(sample, first, found.width),
    },
    written: writtenIn(sample, first, found.width, places),
    rowBytes: rows > 0 ? Math.max(1, sample.bytesFrom(first) / rows) : 1,
    warnings: [...text.warnings, ...found.warnings, ...warnings],
  };
}

/** Where a record starts. */
function startOf(sample: Sample, record: number, from: number): { byte: number; line: number } {
  return record === 0 ? { byte: from, line: 0 } : sample.after(record - 1);
}

/** The delimiter that a first line such as 'sep=;' names, as spreadsheets write it; null without one. */
function saidDelimiter(head: Buffer): number | null {
  const match = /^"?sep=([\t\x20-\x7e])"?\r?\n/i.exec(head.toString('latin1', 0, 16));
  return match === null ? null : match[1].charCodeAt(0);
}

/** Whether a column holds too many texts for one of numbers. */
function holdsTexts(sample: Sample, first: number, place: number, width: number): boolean {
  let numbers = 0;
  let texts = 0;
  for (let r = first; r < Math.min(sample.records, first + MOST_RECORDS); r++) {
    if (sample.width(r) !== width || sample.isBlank(r, place)) continue;
    if (!Number.isNaN(sample.number(r, place))) numbers++;
    else if (!isMarkerAmongNumbers(sample.text(r, place))) texts++;
  }
  return texts > MOST_TEXTS * (numbers + texts);
}

/** Whether some cells are in quotes and others are not, so that a writer has chosen which. */
function quotesTell(sample: Sample, first: number, width: number): boolean {
  for (let r = first; r < Math.min(sample.records, first + MOST_RECORDS); r++) {
    if (sample.width(r) !== width) continue;
    for (let place = 0; place < width; place++) {
      if (sample.isBare(r, place) && !sample.isBlank(r, place)) return true;
    }
  }
  return false;
}

function kindsAsked(columns: ColumnChoices | undefined): ReadonlyMap<unknown, unknown> {
  if (typeof columns !== 'object' || columns === null) return new Map();
  return new Map<unknown, unknown>(isMap(columns) ? columns : Object.entries(columns));
}

/** Whether the kind asked for a column is one of texts; undefined if none is asked for. */
function isAskedText(kind: unknown): boolean | undefined {
  return kind === undefined || kind === 'ignore' ? undefined : kind !== 'numeric';
}
