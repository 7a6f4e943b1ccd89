/** Leaves out a last line that sums up the rows above it, as spreadsheets have them. */

import { isMissing, trimmed } from '../../missing-cells.js';
import { meansTotal } from '../../suspect-cells.js';
import type { Table } from '../../table.js';
import type { ColumnCells } from './columns.js';

/**
 * Whether the last row sums up the others: its first cell that holds something is a word for a total, which no other row has
 * there, and some other cell holds nothing.
 */
export function isTotals({ names, values }: Pick<Table, 'names' | 'values'>, row: number): boolean {
  const cells = names.map((_, column) => values(column)[row]);
  const place = cells.findIndex((cell) => !isMissing(cell));
  const first = cells[place];
  if (typeof first !== 'string' || !meansTotal(trimmed(first))) return false;
  return cells.some(isMissing) && Array.prototype.indexOf.call(values(place), first) === row;
}

/** The cells of a column without the last one. */
export function withoutLast({ values, literal }: ColumnCells): ColumnCells {
  const end = values.length - 1;
  const rest = values instanceof Float64Array ? values.subarray(0, end) : Array.from(values).slice(0, end);
  return { values: onlyNumbers(rest) ? Float64Array.from(rest) : rest, literal };
}

function onlyNumbers(values: ArrayLike<unknown>): values is ArrayLike<number> {
  for (let row = 0; row < values.length; row++) if (typeof values[row] !== 'number') return false;
  return values.length > 0;
}
