/** Reads a whole file. */

import { type FilePath, filePath } from '../../options/file-path.js';
import { resolveColumnChoices } from '../column-choices.js';
import type { ColumnChoice, DescribedColumn } from '../learn-column.js';
import type { Table } from '../table.js';
import { readCsv } from './csv/csv-table.js';
import { describeColumns, fileTable } from './describe.js';
import type { FileTable } from './file-table.js';
import { type CsvFile, openFile } from './open-file.js';
import { type ReadOptions, resolveReadOptions } from './options.js';

/**
 * Reads a file of rows as a whole: CSV or TSV, JSON lines or a JSON array of objects, Parquet, Arrow, or IDX; plain or
 * packed by gzip.
 *
 * In columns of numbers of a text file, cells are numbers, NaN if missing, and texts where a cell is something else
 * (a slip); in all other columns they are texts as written, null if empty. What a column is follows from all rows.
 * The event loop turns meanwhile.
 *
 * @throws {@link ChainruleError} ERR_OPTION; ERR_FILE if the file cannot be read or is of another kind; ERR_DATA, with
 * the line, for what is no table
 */
export async function readTable(path: FilePath, options: ReadOptions = {}): Promise<FileTable> {
  const resolved = resolveReadOptions(options, 'the options of readTable');
  const file = await openFile(filePath(path, 'the path of readTable'), resolved);
  return readCsvFile(file, resolved.rows);
}

async function readCsvFile(file: CsvFile, rows: number): Promise<FileTable> {
  const { path, format, text, layout } = file;
  const names = layout.columns.map(({ name }) => name);
  const choices = resolveColumnChoices(file.columns, { rowCount: 0, names, values: () => [] });
  let table: Table = await readCsv(text, layout, new Set(), rows);
  let columns = await describeColumns(table, choices);
  const texts = mistakenForNumbers(table, columns, choices);
  if (texts.size > 0) {
    // Once more, since what was read as a number may be written in other ways: '1.50', '1e5'.
    table = await readCsv(text, layout, texts, rows);
    columns = await describeColumns(table, choices);
  }
  return fileTable(table, columns, { path, format, warnings: layout.warnings });
}

/** Columns that were read as numbers and turn out to be something else further down. */
function mistakenForNumbers(
  table: Table,
  columns: readonly DescribedColumn[],
  choices: ReadonlyMap<string, ColumnChoice>,
): Set<string> {
  const mistaken = new Set<string>();
  columns.forEach(({ info, format }, index) => {
    const values = table.values(index);
    if (values instanceof Float64Array || choices.get(info.name) === 'numeric') return;
    const isPlain = info.kind === 'numeric' && typeof format === 'object' && format.decimal === '.';
    if (!isPlain && hasNumbers(values)) mistaken.add(info.name);
  });
  return mistaken;
}

function hasNumbers(values: ArrayLike<unknown>): boolean {
  for (let row = 0; row < values.length; row++) {
    if (typeof values[row] === 'number' && !Number.isNaN(values[row])) return true;
  }
  return false;
}
