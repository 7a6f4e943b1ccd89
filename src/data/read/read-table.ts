/** Reads a whole file. */

import { withMemoryErrors } from '../../numbers/want-of-memory.js';
import { type FilePath, filePath } from '../../options/file-path.js';
import { resolveColumnChoices } from '../column-choices.js';
import { fileTable } from './describe.js';
import type { FileTable } from './file-table.js';
import { type ReadOptions, type ResolvedReadOptions, resolveReadOptions } from './options.js';

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
  const from = filePath(path, 'the path of readTable');
  return readWhole(from, resolved);
}

// A file may have more texts than a Map can hold, or longer ones than there can be.
const readWhole = withMemoryErrors(async (from: string, options: ResolvedReadOptions): Promise<FileTable> => {
  const { openFile } = await import('./open-file.js');
  const file = await openFile(from, options);
  const { names } = file;
  const choices = resolveColumnChoices(options.columns, { rowCount: 0, names, values: () => [] });
  const { table, columns } = await file.whole(options.rows, choices);
  return fileTable(table, columns, file);
});
