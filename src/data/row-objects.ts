/** Turns objects, one for each row, into columns. */

import { types } from 'node:util';
import { ChainruleError, show } from '../error.js';
import type { Table } from './table.js';

/**
 * The columns are the own fields of all rows, in the order in which they first occur; a field that a row lacks is
 * a missing cell. Names of fields are data: they are never looked up on a prototype.
 */
export function tableOfObjects(rows: readonly unknown[], what: string): Table {
  const names: string[] = [];
  const columns: unknown[][] = [];
  const places = new Map<string, number>();
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r];
    if (!isRowObject(row)) throw notAnObject(row, r, what);
    const keys = Object.keys(row);
    for (let k = 0; k < keys.length; k++) {
      const name = keys[k];
      // Rows mostly have the same fields in the same order.
      let column: number | undefined = names[k] === name ? k : places.get(name);
      if (column === undefined) {
        column = names.length;
        places.set(name, column);
        names.push(name);
        columns.push(new Array<unknown>(rows.length).fill(undefined));
      }
      columns[column][r] = row[name];
    }
  }
  return { rowCount: rows.length, names, values: (column) => columns[column] };
}

/** Whether a value is a row with named fields. A Date, a Map or an array is not. */
export function isRowObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    !types.isDate(value) &&
    !types.isMap(value) &&
    !types.isSet(value)
  );
}

function notAnObject(row: unknown, r: number, what: string): ChainruleError {
  return new ChainruleError(
    'ERR_DATA',
    `row ${r} (from 0) of ${what} is ${show(row)}, expected an object as in row 0`,
  );
}
