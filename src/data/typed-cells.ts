/** The cells of a column as values of its kind. */

import { finish } from '../turns.js';
import { parseBoolean } from './boolean-text.js';
import { CellFaults } from './cell-faults.js';
import { categoryName } from './column-facts.js';
import { readTimes } from './date-column.js';
import { type DescribedColumn, isNumberFormat } from './learn-column.js';
import { isMarker, isMissing, markersIn, trimmed } from './missing-cells.js';
import { PLAIN } from './number-text.js';
import { readNumbers } from './numeric-column.js';
import type { Table } from './table.js';

export type TypedCell = number | boolean | Date | string | bigint | null;

/** null for a missing cell, and for one that is not of the kind. */
export function typedCells(table: Table, index: number, { info, format }: DescribedColumn): TypedCell[] {
  const values = table.values(index);
  const faults = new CellFaults(table, info.name, true);
  if (info.kind === 'numeric') {
    const numbers = finish(readNumbers(values, isNumberFormat(format) ? format : PLAIN, faults));
    return Array.from(numbers, (number) => (Number.isNaN(number) ? null : number));
  }
  if (info.kind === 'date' && format !== undefined && !isNumberFormat(format)) {
    const times = finish(readTimes(values, format, faults));
    return Array.from(times, (time) => (Number.isNaN(time) ? null : new Date(time)));
  }
  if (info.kind === 'boolean') return Array.from(values, booleanOf);
  return texts(values, table.literal?.(index) ?? false);
}

function booleanOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return parseBoolean(trimmed(value)) ?? oneOrZero(trimmed(value));
  return oneOrZero(String(value));
}

const oneOrZero = (text: string) => (text === '1' ? true : text === '0' ? false : null);

/** Of a column of categories or of one that is left out: cells as they are, texts without blanks around them. */
function texts(values: ArrayLike<unknown>, literal: boolean): TypedCell[] {
  const cells = Array.from(values, (value): TypedCell => {
    if (isMissing(value)) return null;
    if (typeof value === 'string') return trimmed(value);
    return value instanceof Object ? (categoryName(value) ?? null) : (value as TypedCell);
  });
  if (literal || !cells.some((cell) => typeof cell === 'string' && isMarker(cell))) return cells;
  const markers = markersIn(new Set(cells.filter((cell) => typeof cell === 'string')));
  return cells.map((cell) => (typeof cell === 'string' && markers.has(cell) ? null : cell));
}
