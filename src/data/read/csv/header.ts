/** Finds the line with the names of the columns, which titles and comments may precede. */

import { ChainruleError } from '../../../error.js';
import type { Sample } from './sample.js';

export interface FoundHeader {
  /** The record of the header; null without one. */
  readonly header: number | null;
  /** The record of the first row. */
  readonly firstRow: number;
  /** Cells of every row. */
  readonly width: number;
  /** Whether comments come before the header. */
  readonly comments: boolean;
  readonly warnings: readonly string[];
}

/** Rows that are compared with the header. */
const MOST_RECORDS = 200;

/**
 * @param width - cells that most records have
 * @param asked - whether there is a header; null to find out
 * @param firstLine - the line of the first record in the file
 * @throws {@link ChainruleError} ERR_DATA if the header has another number of cells than the rows
 */
export function findHeader(
  sample: Sample,
  width: number,
  asked: boolean | null,
  path: string,
  firstLine: number,
): FoundHeader {
  const isComment = (record: number) =>
    sample.width(record) !== width && sample.isBare(record, 0) && sample.text(record, 0).startsWith('#');
  let first = 0;
  while (first < sample.records - 1 && isComment(first)) first++;
  const comments = first > 0;
  const own = asked === false ? first : skipTitles(sample, first, width, isComment);
  checkBefore(sample, first, own, width, path, firstLine);
  const start = hasOwnWidth(sample, first, own, width) ? first : own;
  const skipped = skippedWarning(sample, start, path, firstLine);
  const found = { width, comments: comments || hasComments(start, isComment), warnings: skipped };
  if (asked === false) return { ...found, header: null, firstRow: start };
  if (asked === null && holdsData(sample, start, width)) {
    const line = sample.line(start) + firstLine;
    const note = `line ${line} of ${path} holds numbers like those below it, so it is taken for a row, not for names of columns; the option header says otherwise`;
    return { ...found, header: null, firstRow: start, warnings: [...skipped, note] };
  }
  return { ...found, header: start, firstRow: start + 1 };
}

function hasComments(end: number, isComment: (record: number) => boolean): boolean {
  for (let record = 0; record < end; record++) if (isComment(record)) return true;
  return false;
}

/** The first record as wide as the rows that is no title beside empty cells. */
function skipTitles(
  sample: Sample,
  first: number,
  width: number,
  isComment: (record: number) => boolean,
): number {
  let record = first;
  while (record < sample.records && (sample.width(record) !== width || isComment(record))) record++;
  if (record === sample.records) return first;
  // Spreadsheets fill the line of a title with empty cells.
  let fuller = record;
  while (fuller < sample.records - 1 && 2 * filled(sample, fuller) <= width) fuller++;
  return 2 * filled(sample, fuller) > width ? fuller : record;
}

function filled(sample: Sample, record: number): number {
  let cells = 0;
  for (let column = 0; column < sample.width(record); column++) if (!sample.isBlank(record, column)) cells++;
  return cells;
}

/**
 * Whether the first line is the header although it has a cell less or more than the rows: rows may end in a
 * delimiter, or start with a name or number of their own, which the header leaves out; or the header ends in one.
 */
function hasOwnWidth(sample: Sample, first: number, own: number, width: number): boolean {
  if (own !== first + 1) return false;
  const cells = sample.width(first);
  if (cells === width + 1) return sample.isBlank(first, width) && filled(sample, first) === width;
  return cells === width - 1 && filled(sample, first) === cells && isRow(sample, own, width);
}

/** Whether a record looks like a row: it has a number where rows below have numbers. */
function isRow(sample: Sample, record: number, width: number): boolean {
  for (let column = 0; column < width; column++) {
    if (Number.isNaN(sample.number(record, column))) continue;
    if (columnOfNumbers(sample, record + 1, column, width) !== 'none') return true;
  }
  return false;
}

/** Whether the cells of a column from `first` on are numbers: all of those that are not blank, none, or some. */
function columnOfNumbers(
  sample: Sample,
  first: number,
  column: number,
  width: number,
): 'all' | 'some' | 'none' {
  let numbers = 0;
  let others = 0;
  for (let r = first; r < Math.min(sample.records, first + MOST_RECORDS); r++) {
    if (sample.width(r) !== width || sample.isBlank(r, column)) continue;
    if (Number.isNaN(sample.number(r, column))) others++;
    else numbers++;
  }
  if (numbers === 0) return 'none';
  return others === 0 ? 'all' : 'some';
}

/** Lines with more than this share of the cells of the rows are no titles. */
const TITLE_WIDTH = 0.5;

/** Refuses to skip a line that is most likely a header of another width. */
function checkBefore(
  sample: Sample,
  first: number,
  own: number,
  width: number,
  path: string,
  firstLine: number,
): void {
  if (hasOwnWidth(sample, first, own, width)) return;
  for (let record = first; record < own; record++) {
    const cells = sample.width(record);
    if (cells === 1 || cells === width || cells <= TITLE_WIDTH * width) continue;
    const [line, next] = [record, own].map((each) => sample.line(each) + firstLine);
    throw new ChainruleError(
      'ERR_DATA',
      `line ${line} of ${path} has ${cells} cells and line ${next} has ${width}, as most lines have: expected as many ` +
        'names as cells',
    );
  }
}

function skippedWarning(sample: Sample, start: number, path: string, firstLine: number): string[] {
  if (start === 0) return [];
  const [from, to] = [0, start - 1].map((record) => sample.line(record) + firstLine);
  const which = from === to ? `line ${from}` : `lines ${from} to ${to}`;
  const verb = from === to ? 'is' : 'are';
  return [`${which} of ${path}, before the names of the columns, ${verb} skipped`];
}

/**
 * Whether a first line holds data: a number in every column of numbers, and these are not names in a series, such as
 * years.
 */
function holdsData(sample: Sample, start: number, width: number): boolean {
  if (sample.width(start) !== width || start + 1 >= sample.records) return false;
  const numbers: number[] = [];
  for (let column = 0; column < width; column++) {
    const number = sample.number(start, column);
    if (!Number.isNaN(number)) numbers.push(number);
    else if (columnOfNumbers(sample, start + 1, column, width) === 'all') return false;
  }
  if (numbers.length === 0) return false;
  const isSeries = numbers.every(
    (number, i) =>
      Number.isInteger(number) &&
      number >= 0 &&
      (i < 2 || number - numbers[i - 1] === numbers[1] - numbers[0]),
  );
  const isConstant = numbers.length > 1 && numbers[0] === numbers[1];
  return !isSeries || isConstant || textsRecur(sample, start, width);
}

/** Whether a text of a record stands in the same column of a later one, too. */
function textsRecur(sample: Sample, record: number, width: number): boolean {
  for (let column = 0; column < width; column++) {
    if (sample.isBlank(record, column) || !Number.isNaN(sample.number(record, column))) continue;
    const text = sample.text(record, column);
    for (let r = record + 1; r < Math.min(sample.records, record + MOST_RECORDS); r++) {
      if (sample.width(r) === width && sample.text(r, column) === text) return true;
    }
  }
  return false;
}
