/** What a caller passes as rows, labels and weights, as tables and arrays that fit each other. */

import type { ColumnChoices } from '../data/column-choices.js';
import { COLUMN_KINDS } from '../data/column-kind.js';
import type { Label } from '../data/label-encoder.js';
import { isMap } from '../data/realms.js';
import { findColumn, type Table, withoutColumn } from '../data/table.js';
import { collectTable, type RowsInput, tableSteps } from '../data/to-table.js';
import { ChainruleError, show } from '../error.js';
import { type Check, oneOf, unexpected } from '../options/checks.js';
import { finishInTurns } from '../turns.js';

/** Rows, of a type of the caller's own or in another form that `RowsInput` describes. */
export type TableRows<Row = unknown> = readonly Row[] | Exclude<RowsInput, readonly object[]>;

/** Rows whose type does not say which columns they have. */
export type UntypedRows =
  | Exclude<RowsInput, readonly object[]>
  | readonly (readonly unknown[])[]
  | AsyncIterable<unknown>;

/** `TableRows`, or batches of them that arrive one after another. */
export type FitRows<Row = unknown> = TableRows<Row> | AsyncIterable<unknown>;

/** The type of the labels in cells of type `Cell`, which may also be missing or of unknown type. */
export type LabelOf<Cell> = [Extract<Cell, Label>] extends [never] ? Label : Extract<Cell, Label>;

/**
 * A name of a column that only the running program knows, or of rows whose type has no columns. A name that is
 * known to be none of the columns stays an error.
 */
export type ColumnName<Row, Name extends string> = Name &
  (string extends Name ? unknown : [keyof Row] extends [never] ? unknown : never);

/** What columns are to be taken for, by name; or the names of the columns of rows that have none. */
export type ColumnOverrides = ColumnChoices | readonly string[];

const choice = oneOf([...COLUMN_KINDS, 'ignore'] as const);

/** Checks the option `columns`. Throws ERR_OPTION. */
export const checkColumns: Check<ColumnOverrides> = (value, name) => {
  if (Array.isArray(value)) {
    return value.map((each, i) => {
      if (typeof each !== 'string') throw unexpected(`${name}[${i}]`, each, 'the name of a column');
      return each;
    });
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) {
    throw unexpected(name, value, 'an object { column: kind } or an array of names');
  }
  const entries: [unknown, unknown][] = isMap(value) ? [...value] : Object.entries(value);
  return new Map(entries.map(([column, kind]) => [String(column), choice(kind, `${name}[${show(column)}]`)]));
};

/** The kinds that `columns` asks for, without those of columns that are no features. */
export function choicesOf(columns: ColumnOverrides | null, dropped: readonly string[]): ColumnChoices {
  if (columns === null || isNames(columns)) return new Map();
  const entries = isMap(columns) ? [...columns] : Object.entries(columns);
  return new Map(entries.filter(([name]) => !dropped.includes(name)));
}

/** The names that `columns` gives to rows that have none. */
export function namesOf(columns: ColumnOverrides | null): readonly string[] | undefined {
  return columns !== null && isNames(columns) ? columns : undefined;
}

function isNames(columns: ColumnOverrides): columns is readonly string[] {
  return Array.isArray(columns);
}

/** Reads rows of any form. Throws ERR_SHAPE, ERR_DATA. */
export async function readRows(
  rows: unknown,
  names: readonly string[] | undefined,
  what: string,
  isOver?: () => boolean,
): Promise<Table> {
  const options = { columns: names };
  return isAsyncIterable(rows)
    ? collectTable(rows, options, what, isOver)
    : finishInTurns(tableSteps(rows, options, what));
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** A table without the columns of these names, if it has them. */
export function withoutColumns(table: Table, names: readonly string[]): Table {
  return names.reduce((left, name) => {
    const column = left.names.indexOf(name);
    return column < 0 ? left : withoutColumn(left, column);
  }, table);
}

/**
 * The values of an argument with one value a row: an array, or the name of a column of `table`.
 *
 * @param rows - what messages call the table
 * @returns the values, and the column's name if they are one
 * @throws {@link ChainruleError} ERR_OPTION for anything else or an unknown column, ERR_SHAPE for another length
 */
export function valuesOf(
  given: unknown,
  table: Table,
  name: string,
  rows = 'rows',
): { values: ArrayLike<unknown>; column: string | null } {
  if (typeof given === 'string') {
    return {
      values: table.values(findColumn(table, given, `${name} names a column, but ${rows}`)),
      column: given,
    };
  }
  const isList = Array.isArray(given) || (ArrayBuffer.isView(given) && !(given instanceof DataView));
  if (!isList) throw unexpected(name, given, 'an array with a value for each row, or the name of a column');
  const values = given as ArrayLike<unknown>;
  if (values.length !== table.rowCount) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `${name} has ${values.length} values, expected ${table.rowCount}, one for each row`,
    );
  }
  return { values, column: null };
}
