/** Rows as columns: what the estimators read, whatever form the caller's rows have. */

import { ChainruleError, show } from '../error.js';
import { newDoubles } from '../numbers/allocate.js';
import { nearestName } from '../options/checks.js';

/** Rows as columns. A reader of files may implement it; a cell may hold anything. */
export interface Table {
  readonly rowCount: number;
  /** One for each column, none of them twice. */
  readonly names: readonly string[];
  /**
   * Whether `names` are only the places '0', '1', ... of columns that came without names. Such columns belong
   * together by place instead of by name. Default false.
   */
  readonly unnamed?: boolean;
  /** The rows that lack a column, as objects may, by its name. Default: none. */
  readonly gaps?: ReadonlyMap<string, Gaps>;
  /** For each row its place in the caller's data, for messages, if that is not the row itself. */
  readonly rowNumbers?: Uint32Array;
  /** What messages call a row, such as 'line 7' of a file. Default: its place in the caller's data, from 0. */
  readonly where?: (row: number) => string;
  /**
   * Whether all texts of a column, by its place in `names`, are values, since missing cells hold null. Otherwise
   * texts such as 'NA' mean a missing value. Default: none.
   */
  readonly literal?: (column: number) => boolean;
  /** How the file writes the texts of a column, by its place in `names`, where its cells tell. */
  readonly written?: (column: number) => Written;
  /** The cells of a column, by its place in `names`: `rowCount` of them. */
  values(column: number): ArrayLike<unknown>;
  /** Those of the rows from `from` to before `to`, if `values` makes them anew. */
  readonly part?: (column: number, from: number, to: number) => ArrayLike<unknown>;
}

/** How numbers and dates are written in a column of a file; undefined where its cells may mean either. */
export interface Written {
  readonly decimal: '.' | ',' | undefined;
  /** Which comes first of day and month, in dates of numbers. */
  readonly dates: 'dayMonthYear' | 'monthDayYear' | undefined;
}

/** Rows that lack a column: not even undefined is in it. */
export interface Gaps {
  /** The first of them. */
  readonly row: number;
  /** How many there are. */
  readonly rows: number;
}

/** The error for rows that are none. `what` is how messages call them, here as elsewhere. */
export function noRows(what: string): ChainruleError {
  return new ChainruleError('ERR_SHAPE', `${what} has no rows, expected at least one`);
}

/** The names '0', '1', ... of columns that came without names. */
export function placeNames(width: number): string[] {
  return Array.from({ length: width }, (_, column) => String(column));
}

/** Place of a row in the caller's data, from 0. */
export function rowNumber(table: Table, row: number): number {
  return table.rowNumbers?.[row] ?? row;
}

/** What messages call a row by its place. */
export const byPlace = (row: number) => `row ${row} (from 0)`;

/** What messages call a row: 'line 7', or 'row 5 (from 0)'. */
export function whereIs(table: Table, row: number): string {
  return table.where?.(row) ?? byPlace(rowNumber(table, row));
}

/** The same as a function of the row. */
export const wherein = (table: Table) => (row: number) => whereIs(table, row);

/** The given rows of a table, in the given order; one may occur several times. Copies a column when it is read. */
export function takeRows(table: Table, rows: Uint32Array): Table {
  const { where, literal, written } = table;
  return {
    rowCount: rows.length,
    names: table.names,
    unnamed: table.unnamed ?? false,
    rowNumbers: rows.map((row) => rowNumber(table, row)),
    ...(where && { where: (row) => where.call(table, rows[row]) }),
    ...(literal && { literal: (column) => literal.call(table, column) }),
    ...(written && { written: (column) => written.call(table, column) }),
    values(column) {
      const values = table.values(column);
      const taken: { [row: number]: unknown; readonly length: number } =
        values instanceof Float64Array ? newDoubles(rows.length, CELLS) : new Array<unknown>(rows.length);
      for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]];
      return taken;
    },
  };
}

const CELLS = 'the cells of a column';

/** The table with cells of its own, which keeps nothing else alive. Its rows keep their numbers. */
export function copyTable(table: Table): Table {
  const { rowCount, names, unnamed = false, rowNumbers } = table;
  const columns = names.map((_, column) => table.values(column));
  const literal = names.map((_, column) => table.literal?.(column) ?? false);
  const written = names.map((_, column) => table.written?.(column) ?? UNKNOWN);
  return {
    rowCount,
    names,
    unnamed,
    ...(rowNumbers && { rowNumbers }),
    ...readersOf(columns, literal, written),
  };
}

/** Apart from `copyTable`: closures share what any of them uses, and one there would keep the first table alive. */
function readersOf(
  columns: readonly ArrayLike<unknown>[],
  literal: readonly boolean[],
  written: readonly Written[],
): Required<Pick<Table, 'values' | 'literal' | 'written'>> {
  return {
    values: (column) => columns[column],
    literal: (column) => literal[column],
    written: (column) => written[column],
  };
}

const UNKNOWN: Written = { decimal: undefined, dates: undefined };

/** The table without one of its columns, for instance without the target. */
export function withoutColumn(table: Table, column: number): Table {
  const names = table.names.filter((_, index) => index !== column);
  const { rowCount, rowNumbers, part, where, literal, written, unnamed = false } = table;
  const gaps = new Map(table.gaps);
  gaps.delete(table.names[column]);
  const place = (index: number) => (index < column ? index : index + 1);
  return {
    rowCount,
    names,
    unnamed,
    values: (index) => table.values(place(index)),
    ...(part && { part: (index, from, to) => part(place(index), from, to) }),
    ...(rowNumbers && { rowNumbers }),
    ...(where && { where: (row) => where.call(table, row) }),
    ...(literal && { literal: (index) => literal.call(table, place(index)) }),
    ...(written && { written: (index) => written.call(table, place(index)) }),
    gaps,
  };
}

/**
 * Place of the column `name`.
 *
 * @throws {@link ChainruleError} ERR_OPTION with the nearest name if there is no such column
 */
export function findColumn(table: Table, name: string, what: string): number {
  const column = table.names.indexOf(name);
  if (column >= 0) return column;
  throw new ChainruleError('ERR_OPTION', `${what} has no column ${show(name)}${nameHint(name, table.names)}`);
}

const LISTED = 10;

/** What to say after a name that is unknown: the nearest known one, or the first few. */
export function nameHint(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `; did you mean ${show(nearest)}?`;
  return known.length === 0 ? '; it has no columns' : `; its columns are ${listed(known)}`;
}

/** Names or labels for a message: the first few, and how many more there are. */
export function listed(names: readonly (string | number | boolean | bigint)[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return names.slice(0, LISTED).map(show).join(', ') + more;
}

/** @throws {@link ChainruleError} ERR_DATA with the names that occur more than once */
export function checkNames(names: readonly string[], what: string): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) twice.add(name);
    seen.add(name);
  }
  if (twice.size === 0) return;
  throw new ChainruleError('ERR_DATA', `${what} has more than one column ${listed([...twice])}`);
}
