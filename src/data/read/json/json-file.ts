/** JSON lines, and JSON arrays of objects, as a file of rows. */

import { ChainruleError } from '../../../error.js';
import { finishInTurns } from '../../../turns.js';
import { objectsTable } from '../../row-objects.js';
import type { Gaps, Table } from '../../table.js';
import { LineNumbers } from '../line-numbers.js';
import { batchRowsFor, type OpenedFile, wholeOf } from '../opened-file.js';
import { linesOf } from '../text-lines.js';
import type { TextSource } from '../text-source.js';
import { elementsOf } from './elements.js';
import { parseRow } from './parse-row.js';

type Row = Readonly<Record<string, unknown>>;

/**
 * The columns of a file are those of all its rows, so it is read once to find them.
 *
 * @throws {@link ChainruleError} ERR_DATA with the line of a row that is no object
 */
export async function openJson(text: TextSource, format: 'json' | 'jsonl'): Promise<OpenedFile> {
  const { path } = text;
  const names = await namesOf(text, format);
  const file = {
    path,
    format,
    names,
    warnings: text.warnings,
    batches: (batchRows: number | null, most: number) =>
      batchesOf(text, format, names, batchRows ?? batchRowsFor(names.length), most),
  };
  return { ...file, whole: (most, choices) => wholeOf(file, most, choices) };
}

async function* rowsOf(
  text: TextSource,
  format: 'json' | 'jsonl',
): AsyncGenerator<{ rows: Row[]; lines: number[] }, void, undefined> {
  for await (const pieces of format === 'json' ? elementsOf(text) : linesOf(text)) {
    const rows = pieces.map((piece) => parseRow(piece, text.path));
    yield { rows, lines: pieces.map(({ line }) => line) };
  }
}

async function namesOf(text: TextSource, format: 'json' | 'jsonl'): Promise<string[]> {
  const names = new Set<string>();
  let rowCount = 0;
  for await (const { rows } of rowsOf(text, format)) {
    rowCount += rows.length;
    for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  }
  if (rowCount === 0) throw new ChainruleError('ERR_DATA', `${text.path} is empty`);
  return [...names];
}

async function* batchesOf(
  text: TextSource,
  format: 'json' | 'jsonl',
  names: readonly string[],
  batchRows: number,
  most: number,
): AsyncGenerator<Table, void, undefined> {
  let rows: Row[] = [];
  let lines: number[] = [];
  let left = most;
  for await (const read of rowsOf(text, format)) {
    for (let r = 0; r < read.rows.length && left > 0; r++, left--) {
      rows.push(read.rows[r]);
      lines.push(read.lines[r]);
      if (rows.length < batchRows) continue;
      yield await batchOf(rows, lines, names, text.path);
      rows = [];
      lines = [];
    }
    if (left === 0) break;
  }
  if (rows.length > 0) yield await batchOf(rows, lines, names, text.path);
}

/** A table with all columns of the file, also those that no row of the batch has. */
async function batchOf(
  rows: readonly Row[],
  lines: readonly number[],
  names: readonly string[],
  path: string,
): Promise<Table> {
  const own = await finishInTurns(objectsTable(rows, path));
  const rowCount = rows.length;
  const places = new Map(own.names.map((name, place) => [name, place]));
  const gaps = new Map<string, Gaps>(own.gaps);
  for (const name of names) if (!places.has(name)) gaps.set(name, { row: 0, rows: rowCount });
  const numbers = new LineNumbers();
  lines.forEach((line, row) => {
    numbers.add(row, line);
  });
  return {
    rowCount,
    names,
    gaps,
    values: (column) => {
      const place = places.get(names[column]);
      return place === undefined ? new Array<undefined>(rowCount).fill(undefined) : own.values(place);
    },
    where: (row) => `line ${numbers.of(row)}`,
  };
}
