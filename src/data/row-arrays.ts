/** Turns rows that are arrays, or flat typed arrays, into columns. */

import { ChainruleError, show } from '../error.js';
import { newDoubles } from '../numbers/allocate.js';
import { typedArrayName } from './realms.js';
import { placeNames, type Table } from './table.js';

/** Values one after the other that can be read by index: an array or a typed array. */
export type RowArray = ArrayLike<unknown>;

export function isRowArray(value: unknown): value is RowArray {
  return Array.isArray(value) || typedArrayName(value) !== undefined;
}

/** Each row an array, all of the same length. Without names the columns are called '0', '1', ... */
export function tableOfArrays(
  rows: readonly unknown[],
  names: readonly string[] | undefined,
  what: string,
): Table {
  const width = names?.length ?? (rows[0] as RowArray).length;
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r];
    if (!isRowArray(row)) {
      throw new ChainruleError(
        'ERR_DATA',
        `row ${r} (from 0) of ${what} is ${show(row)}, expected an array as in row 0`,
      );
    }
    if (row.length !== width) {
      const reason = names === undefined ? 'as in row 0' : 'one for each name in columns';
      throw new ChainruleError(
        'ERR_SHAPE',
        `row ${r} (from 0) of ${what} has ${row.length} columns, expected ${width}, ${reason}`,
      );
    }
  }
  const part = (column: number, from: number, to: number) => {
    const cells = new Array<unknown>(to - from);
    for (let i = 0; i < cells.length; i++) cells[i] = (rows[from + i] as RowArray)[column];
    return cells;
  };
  const values = (column: number) => part(column, 0, rows.length);
  const unnamed = names === undefined;
  return { rowCount: rows.length, names: names ?? placeNames(width), unnamed, values, part };
}

/** A flat typed array, row after row, with a name for each column. */
export function tableOfFlat(data: RowArray, names: readonly string[] | undefined, what: string): Table {
  const width = names?.length ?? 0;
  if (names === undefined || width === 0) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `${what} is ${show(data)}, which has no width: expected the names of its columns in the option columns`,
    );
  }
  if (data.length % width !== 0) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `${what} has ${data.length} values, expected a multiple of ${width}, the number of names in columns`,
    );
  }
  const rowCount = data.length / width;
  const whole = typedArrayName(data)?.startsWith('Big') === true;
  const part = (column: number, from: number, to: number) => {
    const cells: { [row: number]: unknown; readonly length: number } = whole
      ? new Array<unknown>(to - from)
      : newDoubles(to - from, 'the cells of a column');
    for (let i = 0, index = column + from * width; i < cells.length; i++, index += width)
      cells[i] = data[index];
    return cells;
  };
  return { rowCount, names, values: (column) => part(column, 0, rowCount), part };
}
