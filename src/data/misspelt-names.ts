/** Finds fields that some rows have in place of another one: most likely a misspelt name. */

import { nearestName } from '../options/checks.js';
import type { Table } from './table.js';

/** A field that is probably another one, which no row with it has. */
export interface MisspeltName {
  readonly name: string;
  readonly meant: string;
  /** The first row that has it. */
  readonly row: number;
  /** How many do. */
  readonly rows: number;
}

/** So many fields are looked at: to compare all of many names with each other would take long. */
const MOST_NAMES = 100;

/**
 * @param suspects - names of columns that may be misspelt
 * @param known - names that may be meant
 */
export function misspeltNames(
  table: Table,
  suspects: readonly string[],
  known: readonly string[],
): MisspeltName[] {
  const lacked = known.filter((name) => table.gaps?.has(name)).slice(0, MOST_NAMES);
  if (lacked.length === 0) return [];
  return suspects.slice(0, MOST_NAMES).flatMap((name) => {
    const others = lacked.filter((other) => other !== name && !areNumbered(name, other));
    const meant = nearestName(name, others);
    if (meant === undefined) return [];
    const found = rowsInstead(table, name, meant);
    return found === undefined ? [] : [{ name, meant, ...found }];
  });
}

/** Whether names differ only in their numbers, as those of a series do. */
function areNumbered(name: string, other: string): boolean {
  const plain = (text: string) => text.replace(/\d+/g, '#');
  return plain(name) === plain(other);
}

/** The rows that have a cell in the one column; undefined if any of them has one in the other, too. */
function rowsInstead(table: Table, name: string, meant: string): { row: number; rows: number } | undefined {
  const cells = table.values(table.names.indexOf(name));
  const others = table.values(table.names.indexOf(meant));
  let row = -1;
  let rows = 0;
  for (let r = 0; r < cells.length; r++) {
    if (cells[r] === undefined) continue;
    if (others[r] !== undefined) return undefined;
    if (row < 0) row = r;
    rows++;
  }
  return rows === 0 ? undefined : { row, rows };
}
