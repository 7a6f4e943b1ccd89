/** What the readers of files give. */

import type { ColumnInfo } from '../column-kind.js';
import type { Table } from '../table.js';

/** Kinds of files that can be read. */
export const FILE_FORMATS = ['csv', 'tsv', 'jsonl', 'json', 'parquet', 'arrow', 'idx'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** What a column of a file was taken for. */
export type FileColumn = Omit<ColumnInfo, 'features'>;

/** A whole file as a table. */
export interface FileTable extends Table {
  readonly path: string;
  readonly format: FileFormat;
  /** What each column is taken for, and how many cells are missing. */
  readonly columns: readonly FileColumn[];
  /** What was odd about the file: skipped lines, names that occur twice; a sentence each. */
  readonly warnings: readonly string[];
  /** What messages call a row: its line in a text file. */
  readonly where: (row: number) => string;
  /**
   * The cells of a column as values of its kind: numbers, booleans, Dates, texts without blanks around them; null for
   * a missing cell, and for one that is not of the kind.
   *
   * @throws {@link ChainruleError} ERR_OPTION for an unknown column
   */
  typed(name: string): (number | boolean | Date | string | bigint | null)[];
  /**
   * The rows that have a value in a column: to learn from, a row needs one in the column of the labels.
   *
   * @throws {@link ChainruleError} ERR_OPTION for an unknown column
   */
  having(name: string): Table;
}

/** A file that is read in batches, each time from its start. Holds no more than a batch of it in memory. */
export interface TableSource extends AsyncIterable<Table> {
  readonly path: string;
  readonly format: FileFormat;
  /** The columns of every batch. */
  readonly names: readonly string[];
  /** What was odd about the file so far: skipped lines, names that occur twice; a sentence each. */
  readonly warnings: readonly string[];
}
