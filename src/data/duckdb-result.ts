/**
 * Reads results of DuckDB (npm `@duckdb/node-api`) by their methods alone, so that this library does not depend on that
 * one. Dates and time stamps become Dates, decimals numbers, integers of 64 bits bigints.
 */

import { tableOfArrays } from './row-arrays.js';
import type { Table } from './table.js';

/** The part of what `connection.runAndReadAll` gives that is read. */
export interface DuckDBReader {
  readonly currentRowCount: number;
  deduplicatedColumnNames(): string[];
  getColumnsJS(): unknown[][];
}

/** The part of what `connection.stream` gives that is read: rows come in chunks. */
export interface DuckDBStream {
  deduplicatedColumnNames(): string[];
  yieldRowsJs(): AsyncIterable<unknown[][]>;
}

export function isDuckDBReader(value: unknown): value is DuckDBReader {
  if (typeof value !== 'object' || value === null) return false;
  const { getColumnsJS, deduplicatedColumnNames, currentRowCount } = value as Partial<DuckDBReader>;
  return (
    typeof getColumnsJS === 'function' &&
    typeof deduplicatedColumnNames === 'function' &&
    typeof currentRowCount === 'number'
  );
}

export function isDuckDBStream(value: unknown): value is DuckDBStream {
  if (typeof value !== 'object' || value === null) return false;
  const { yieldRowsJs, deduplicatedColumnNames } = value as Partial<DuckDBStream>;
  return typeof yieldRowsJs === 'function' && typeof deduplicatedColumnNames === 'function';
}

/** The rows that have been read so far. */
export function tableOfDuckDB(reader: DuckDBReader): Table {
  const columns = reader.getColumnsJS();
  return {
    rowCount: reader.currentRowCount,
    names: reader.deduplicatedColumnNames(),
    values: (column) => columns[column] ?? [],
  };
}

/** The rows of a result that has not been read yet. */
export async function* batchesOfDuckDB(
  stream: DuckDBStream,
  what: string,
): AsyncGenerator<Table, void, undefined> {
  const names = stream.deduplicatedColumnNames();
  for await (const rows of stream.yieldRowsJs()) {
    if (rows.length > 0) yield tableOfArrays(rows, names, what);
  }
}
