/** Opens a file to read it in batches. */

import { type FilePath, filePath } from '../../options/file-path.js';
import type { TableSource } from './file-table.js';
import { type ReadOptions, resolveReadOptions } from './options.js';

/**
 * Opens a file of rows, as `readTable` does, to read it in batches: `for await (const batch of source)`. Each loop
 * reads the file from its start, and no more than a batch of it is held in memory.
 *
 * What a column is cannot be known before the last row. So its cells are raw: those of a column that starts as texts
 * are texts as written, null if empty; those of any other are numbers, NaN if missing, and texts where a cell is
 * something else, which may be so in one batch and not in another.
 *
 * @throws {@link ChainruleError} as `readTable`, also while the batches are read
 */
export async function openTable(path: FilePath, options: ReadOptions = {}): Promise<TableSource> {
  const resolved = resolveReadOptions(options, 'the options of openTable');
  const from = filePath(path, 'the path of openTable');
  const { openFile } = await import('./open-file.js');
  const file = await openFile(from, resolved);
  const { format, names, warnings } = file;
  return {
    path: file.path,
    format,
    names,
    warnings,
    [Symbol.asyncIterator]: () => file.batches(resolved.batchRows, resolved.rows),
  };
}
