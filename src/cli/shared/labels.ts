/** The cells of the target: which are labels, which are missing. */

import { parseBoolean } from '../../data/boolean-text.js';
import { isMissing, markersIn, trimmed } from '../../data/missing-cells.js';
import { type Table, takeRows, whereIs } from '../../data/table.js';
import { ChainruleError, show } from '../../error.js';
import type { FileTable, ReadOptions } from '../../index.js';
import type { Notes } from './notes.js';
import { readFile } from './read.js';
import { classesByMeaning, inOneSpelling } from './spellings.js';
import { counted } from './text-table.js';

/** Labels of some of a file's rows. */
export interface Labelled {
  /** The rows that have a label, with the labels in the column of the target. */
  table: Table;
  labels: unknown[];
  /** How many rows have none. */
  dropped: number;
}

/** Lines named in a message. */
const NAMED_LINES = 5;

/**
 * The rows with a label, and the labels: numbers, true and false, or texts without the blanks around them, as they are
 * spelt; words for true and false in one spelling each.
 *
 * @param warn - hears of rows that are left out
 */
function labelledRows(file: FileTable, target: string, warn: (text: string) => void): Labelled {
  const place = file.names.indexOf(target);
  const labels = inOneSpelling(cellsOf(file, place), target, warn);
  const rows = Uint32Array.from(labels.flatMap((label, row) => (label === null ? [] : row)));
  const dropped = labels.length - rows.length;
  if (dropped === 0) return { table: withColumn(file, place, labels), labels: [...labels], dropped };
  const without = labels.flatMap((label, row) => (label === null ? row : []));
  const named = without.slice(0, NAMED_LINES).map((row) => file.where(row).replace(/^line /, ''));
  const isLines = file.where(without[0]).startsWith('line ');
  const places = `${isLines ? (dropped === 1 ? 'line ' : 'lines ') : ''}${named.join(', ')}`;
  const more = dropped > named.length ? ` and ${dropped - named.length} more` : '';
  const have = dropped === 1 ? 'has' : 'have';
  warn(
    `${counted(dropped, 'row')} ${have} no value of ${show(target)} and cannot teach: left out (${places}${more})`,
  );
  const taken = Array.from(rows, (row) => labels[row]);
  return { table: withColumn(takeRows(file, rows), place, taken), labels: taken, dropped };
}

/** null where there is no label. */
function cellsOf(file: FileTable, place: number): unknown[] {
  const name = file.names[place];
  const { kind } = file.columns[place];
  // Numbers may be written in many ways; texts such as yes and no are the classes' names.
  if (kind === 'numeric') return file.typed(name);
  const cells = Array.from(file.values(place), (cell) => (typeof cell === 'string' ? trimmed(cell) : cell));
  const texts = new Set(cells.filter((cell) => typeof cell === 'string' && cell !== '') as string[]);
  const markers = file.literal?.(place) ? new Set<string>() : markersIn(texts);
  const known = cells.map((cell) => (isMissing(cell) || markers.has(cell as string) ? null : cell));
  return ofOneType(known);
}

/** Classes are of one type: of numbers among texts, the texts are meant. */
function ofOneType(cells: unknown[]): unknown[] {
  const types = new Set(cells.flatMap((cell) => (cell === null ? [] : typeof cell)));
  if (types.size <= 1 || types.has('object')) return cells;
  return cells.map((cell) => (cell === null ? null : String(cell)));
}

/** A table with other cells in one column. */
export function withColumn(table: Table, place: number, cells: readonly unknown[]): Table {
  const { rowCount, names, unnamed = false, gaps, rowNumbers, where, literal, written } = table;
  return {
    rowCount,
    names,
    unnamed,
    ...(gaps && { gaps }),
    ...(rowNumbers && { rowNumbers }),
    ...(where && { where: (row) => where.call(table, row) }),
    ...(literal && { literal: (column) => literal.call(table, column) }),
    ...(written && { written: (column) => written.call(table, column) }),
    values: (column) => (column === place ? cells : table.values(column)),
  };
}

/** Labels for a file to evaluate or to validate on, as the classes that a model knows. */
export function asClasses(
  labels: readonly unknown[],
  classes: readonly unknown[],
  describe: (row: number) => string,
): unknown[] {
  const byText = new Map(classes.map((label) => [String(label), label]));
  const byMeaning = classesByMeaning(classes);
  return labels.map((label, row) => {
    const known = byText.get(String(label)) ?? byMeaning.get(parseBoolean(String(label)) as boolean);
    if (known !== undefined) return known;
    const some = classes.slice(0, 10).map(show).join(', ') + (classes.length > 10 ? ', ...' : '');
    throw new ChainruleError(
      'ERR_DATA',
      `${describe(row)} is ${show(label)}, expected one of the classes ${some}`,
    );
  });
}

/** What is to be read of a file with answers. */
export interface Answers {
  target: string;
  weight: string | null;
  /** Those of a model; null for numbers, undefined for those that the file has. */
  classes?: readonly unknown[] | null | undefined;
}

/** Reads a file, and those of its rows that have a label. Warnings are printed. */
export async function labelledFile(
  path: string,
  options: ReadOptions,
  { target, weight, classes }: Answers,
  notes: Notes,
): Promise<Labelled & { file: FileTable }> {
  const file = await readFile(path, options, notes);
  const place = file.names.indexOf(target);
  if (file.rowCount === 0) throw new ChainruleError('ERR_DATA', `${path} has no rows`);
  for (const warning of file.columns[place].warnings) notes.warn(`${path}: ${warning}`);
  const weighted = weight === null ? file : withWeights(file, weight);
  const labelled = labelledRows(weighted, target, (text) => notes.warn(`${path}: ${text}`));
  const { table, labels } = labelled;
  if (classes === null) checkAmounts(path, labels, target, table);
  if (!classes) return { ...labelled, file };
  const known = asClasses(labels, classes, (row) => `${path}, ${whereIs(table, row)}: ${show(target)}`);
  return { ...labelled, file, labels: known, table: withColumn(table, place, known) };
}

/** The file with its column of weights as numbers. Throws ERR_DATA. */
function withWeights(file: FileTable, weight: string): FileTable {
  const weights = file.typed(weight);
  const row = weights.findIndex((each) => typeof each !== 'number' || !(each >= 0) || !Number.isFinite(each));
  const place = file.names.indexOf(weight);
  if (row >= 0) {
    const came = show(file.values(place)[row]);
    throw new ChainruleError(
      'ERR_DATA',
      `${file.path}, ${file.where(row)}: the weight ${show(weight)} is ${came}, expected a number of at least 0`,
    );
  }
  const { path, format, columns, warnings, where } = file;
  const table = withColumn(file, place, weights);
  return {
    ...table,
    path,
    format,
    columns,
    warnings,
    where,
    typed: (name) => file.typed(name),
    having: (name) => file.having(name),
  };
}

/** Throws ERR_DATA for labels that are no numbers. */
export function checkAmounts(path: string, labels: readonly unknown[], target: string, table: Table): void {
  const row = labels.findIndex((label) => typeof label !== 'number' && typeof label !== 'bigint');
  if (row < 0) return;
  throw new ChainruleError(
    'ERR_DATA',
    `${path}, ${whereIs(table, row)}: ${show(target)} is ${show(labels[row])}, expected a number to predict amounts`,
  );
}
