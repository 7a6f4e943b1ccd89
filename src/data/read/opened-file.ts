/** A file of any format, opened: what `readTable` and `openTable` need of it. */

import type { ColumnChoice, DescribedColumn } from '../learn-column.js';
import type { Table } from '../table.js';
import { collectTable } from '../to-table.js';
import { withRoom } from './byte-source.js';
import { describeColumns } from './describe.js';
import type { FileFormat } from './file-table.js';

export interface OpenedFile {
  readonly path: string;
  readonly format: FileFormat;
  readonly names: readonly string[];
  readonly warnings: readonly string[];
  /** The first `most` rows in batches of at most `batchRows`; null for a size that suits the columns. */
  batches(batchRows: number | null, most: number): AsyncGenerator<Table, void, undefined>;
  /** The first `most` rows at once, and what their columns are. */
  whole(most: number, choices: ReadonlyMap<string, ColumnChoice>): Promise<WholeTable>;
}

export interface WholeTable {
  readonly table: Table;
  readonly columns: readonly DescribedColumn[];
}

/** Cells of a batch by default, and its most rows. */
const BATCH_CELLS = 2 ** 18;
const MOST_BATCH_ROWS = 2 ** 16;

/** All batches as one table, of a file whose cells have types of their own. */
export async function wholeOf(
  file: Pick<OpenedFile, 'path' | 'names' | 'batches'>,
  most: number,
  choices: ReadonlyMap<string, ColumnChoice>,
): Promise<WholeTable> {
  const joined = await collectTable(withRoom(file.path, file.batches(MOST_BATCH_ROWS, most)), {}, file.path);
  const table = joined.rowCount === 0 ? { ...joined, names: file.names } : kept(joined);
  return { table, columns: await describeColumns(table, choices) };
}

/** A table whose columns are made once. */
function kept(table: Table): Table {
  const columns = new Map<number, ArrayLike<unknown>>();
  const values = (column: number) => {
    const made = columns.get(column) ?? table.values(column);
    columns.set(column, made);
    return made;
  };
  return { ...table, values };
}

/** Rows of a batch for so many columns. */
export function batchRowsFor(columns: number): number {
  return Math.min(MOST_BATCH_ROWS, Math.max(1, Math.floor(BATCH_CELLS / Math.max(columns, 1))));
}
