/** Takes rows in every form that callers may pass, at once or in batches. */

import { ChainruleError, show } from '../error.js';
import { newDoubles } from '../numbers/allocate.js';
import { finish, finishInTurns, type Steps } from '../turns.js';
import { type ArrowTable, isArrowTable, tableOfArrow } from './arrow-table.js';
import {
  batchesOfDuckDB,
  type DuckDBReader,
  isDuckDBReader,
  isDuckDBStream,
  tableOfDuckDB,
} from './duckdb-result.js';
import { isRowArray, tableOfArrays, tableOfFlat } from './row-arrays.js';
import { checkDensity, isRowObject, objectsTable } from './row-objects.js';
import { byPlace, checkNames, type Gaps, listed, placeNames, type Table } from './table.js';

/**
 * Rows for an estimator:
 *
 * - objects, one for each row, with the columns as fields;
 * - arrays, one for each row, all of the same length;
 * - a typed array, row after row, with the names of the columns in the option `columns`;
 * - a table of Apache Arrow, a result that DuckDB has read (`connection.runAndReadAll`), or a table of one of this
 *   library's readers of files.
 *
 * `null`, `undefined`, `NaN`, `''` and fields that a row lacks are missing cells.
 */
export type RowsInput =
  | readonly object[]
  | readonly (readonly unknown[])[]
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  // BigInt64Array and BigUint64Array, which not every `lib` of TypeScript has.
  | (ArrayLike<bigint> & ArrayBufferView)
  | ArrowTable
  | DuckDBReader
  | Table;

export interface TableOptions {
  /** Names of the columns of rows that have none: of typed arrays and of rows that are arrays. */
  columns?: readonly string[] | undefined;
}

/**
 * Rows as columns. No rows at all is a table without rows.
 *
 * @param what - what messages call the rows
 * @throws {@link ChainruleError} ERR_SHAPE for a row of another length; ERR_DATA for what is no row, and for a
 * name that occurs twice
 */
export function toTable(rows: unknown, options: TableOptions, what: string): Table {
  return finish(tableSteps(rows, options, what));
}

/** The same in steps. The rows must not change in between. */
export function* tableSteps(rows: unknown, options: TableOptions, what: string): Steps<Table> {
  const table = yield* read(rows, options.columns, what);
  checkNames(table.names, what);
  return table;
}

function* read(rows: unknown, names: readonly string[] | undefined, what: string): Steps<Table> {
  if (isTable(rows)) return rows;
  if (isArrowTable(rows)) return tableOfArrow(rows, what);
  if (isDuckDBReader(rows)) return tableOfDuckDB(rows);
  if (!isRowArray(rows)) {
    const hint = isRowObject(rows) ? '; a single row goes into an array: [row]' : '';
    throw new ChainruleError('ERR_DATA', `${what} is ${show(rows)}, expected an array of rows${hint}`);
  }
  if (!Array.isArray(rows)) return tableOfFlat(rows, names, what);
  if (rows.length === 0)
    return { rowCount: 0, names: names ?? [], unnamed: names === undefined, values: () => [] };
  if (isRowArray(rows[0])) return tableOfArrays(rows, names, what);
  if (isRowObject(rows[0])) return yield* objectsTable(rows, what);
  const hint = typeof rows[0] === 'number' ? '; a single row goes into an array: [row]' : '';
  throw new ChainruleError(
    'ERR_DATA',
    `row 0 of ${what} is ${show(rows[0])}, expected an object or an array${hint}`,
  );
}

function isTable(rows: unknown): rows is Table {
  if (typeof rows !== 'object' || rows === null || Array.isArray(rows)) return false;
  const { rowCount, names, values } = rows as Partial<Table>;
  return typeof rowCount === 'number' && Array.isArray(names) && typeof values === 'function';
}

/**
 * The same for rows that arrive in batches, or one by one, as streams of parsed lines do.
 *
 * @throws {@link ChainruleError} as {@link toTable}; ERR_SHAPE for a batch of another width
 */
export async function collectTable(
  rows: AsyncIterable<unknown>,
  options: TableOptions,
  what: string,
  isOver?: () => boolean,
): Promise<Table> {
  const batches: Table[] = [];
  for await (const batch of tablesOf(rows, options, what, isOver)) batches.push(batch);
  return joinTables(batches, what);
}

/** Rows that arrive one by one are made tables of so many. */
const SINGLE_ROWS = 8192;

/**
 * The tables that are not empty among rows that arrive in batches or one by one. Throws as {@link toTable}.
 *
 * @param isOver - whether nobody wants more; asked after each item
 */
export async function* tablesOf(
  rows: AsyncIterable<unknown>,
  options: TableOptions,
  what: string,
  isOver: () => boolean = () => false,
): AsyncGenerator<Table, void, undefined> {
  let single: unknown[] = [];
  const ofSingle = async () => {
    const taken = single;
    single = [];
    return finishInTurns(tableSteps(taken, options, what));
  };
  for await (const item of isDuckDBStream(rows) ? batchesOfDuckDB(rows, what) : rows) {
    if (isOver()) return;
    if (isSingleRow(item)) {
      if (single.push(item) === SINGLE_ROWS) yield await ofSingle();
      continue;
    }
    if (single.length > 0) yield await ofSingle();
    const batch = await finishInTurns(tableSteps(item, options, `a batch of ${what}`));
    if (batch.rowCount > 0) yield batch;
  }
  if (single.length > 0) yield await ofSingle();
}

/** An object that is not a table, or an array of cells; an array of rows is a batch. */
function isSingleRow(item: unknown): boolean {
  if (isTable(item) || isArrowTable(item) || isDuckDBReader(item)) return false;
  if (Array.isArray(item)) return item.length > 0 && !isRowArray(item[0]) && !isRowObject(item[0]);
  return isRowObject(item);
}

/** Tables one below the other: by name, or by place if they have no names. */
export function joinTables(tables: readonly Table[], what: string): Table {
  if (tables.length === 0) return { rowCount: 0, names: [], values: () => [] };
  const unnamed = tables[0].unnamed ?? false;
  const places = new Map<string, (number | undefined)[]>();
  tables.forEach((table, t) => {
    checkBatch(table, tables[0], unnamed, what);
    table.names.forEach((name, column) => {
      const columns = places.get(name) ?? [];
      columns[t] = column;
      places.set(name, columns);
    });
  });
  const names = unnamed ? placeNames(tables[0].names.length) : [...places.keys()];
  const rowCount = tables.reduce((sum, table) => sum + table.rowCount, 0);
  const given = tables.reduce((sum, table) => sum + table.rowCount * table.names.length, 0);
  checkDensity(rowCount * names.length, given, names, what);
  const values = (column: number) => {
    const parts = tables.map((table, t) => {
      const place = places.get(names[column])?.[t];
      return place === undefined ? undefined : table.values(place);
    });
    return joinCells(parts, tables, rowCount);
  };
  const gaps = new Map<string, Gaps>();
  for (const name of unnamed ? [] : names) {
    const found = gapsOf(name, places.get(name) ?? [], tables);
    if (found !== null) gaps.set(name, found);
  }
  return {
    rowCount,
    names,
    unnamed,
    gaps,
    values,
    ...whereInBatches(tables),
    ...literalIn(tables, names, places),
  };
}

/** Cells one below the other; undefined where a table has none. */
function joinCells(
  parts: readonly (ArrayLike<unknown> | undefined)[],
  tables: readonly Table[],
  rowCount: number,
): ArrayLike<unknown> {
  const areNumbers = parts.every((part) => part instanceof Float64Array);
  const cells: { [row: number]: unknown } & ArrayLike<unknown> = areNumbers
    ? newDoubles(rowCount, 'the cells of a column')
    : new Array<unknown>(rowCount).fill(undefined);
  let start = 0;
  tables.forEach((table, t) => {
    const part = parts[t];
    if (part !== undefined) for (let r = 0; r < table.rowCount; r++) cells[start + r] = part[r];
    start += table.rowCount;
  });
  return cells;
}

/** What messages call a row of batches, if any of them has its own words for it. */
function whereInBatches(tables: readonly Table[]): Pick<Table, 'where'> {
  if (!tables.some(({ where }) => where)) return {};
  const ends: number[] = [];
  for (const { rowCount } of tables) ends.push((ends.at(-1) ?? 0) + rowCount);
  const where = (row: number) => {
    const t = ends.findIndex((end) => row < end);
    const start = t > 0 ? ends[t - 1] : 0;
    return tables[t]?.where?.(row - start) ?? byPlace(row);
  };
  return { where };
}

/** A column whose texts are values in one batch has only values in all of them. */
function literalIn(
  tables: readonly Table[],
  names: readonly string[],
  places: ReadonlyMap<string, readonly (number | undefined)[]>,
): Pick<Table, 'literal'> {
  if (!tables.some(({ literal }) => literal)) return {};
  const literal = (column: number) =>
    tables.some((table, t) => {
      const place = places.get(names[column])?.[t];
      return place !== undefined && (table.literal?.(place) ?? false);
    });
  return { literal };
}

/** The rows of all batches, one after the other, that lack a column; null for none. */
function gapsOf(
  name: string,
  places: readonly (number | undefined)[],
  tables: readonly Table[],
): Gaps | null {
  let first = -1;
  let rows = 0;
  let start = 0;
  for (const [t, table] of tables.entries()) {
    const own = places[t] === undefined ? { row: 0, rows: table.rowCount } : table.gaps?.get(name);
    if (own !== undefined && own.rows > 0) {
      if (rows === 0) first = start + own.row;
      rows += own.rows;
    }
    start += table.rowCount;
  }
  return rows === 0 ? null : { row: first, rows };
}

function checkBatch(table: Table, first: Table, unnamed: boolean, what: string): void {
  if ((table.unnamed ?? false) !== unnamed) {
    const [named, nameless] = unnamed ? [table, first] : [first, table];
    throw new ChainruleError(
      'ERR_DATA',
      `some batches of ${what} have names (${listed(named.names)}), others have ${nameless.names.length} columns ` +
        'without names',
    );
  }
  if (unnamed && table.names.length !== first.names.length) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `a batch of ${what} has ${table.names.length} columns, expected ${first.names.length} as in the first`,
    );
  }
}
