/** Counts rows that are exact copies of others. */

import type { Table } from '../../data/table.js';

/** In larger files copies are not looked for: it takes about a second for each 5 million cells. */
const MOST_CELLS = 5_000_000;

/** How many rows are exact copies of one before them; null in tables that are too large to look. */
export function countCopies(table: Table): number | null {
  const { rowCount, names } = table;
  if (rowCount * names.length > MOST_CELLS) return null;
  const columns = names.map((_, column) => table.values(column));
  const firstOf = new Map<number, number[]>();
  let copies = 0;
  for (let row = 0; row < rowCount; row++) {
    const hash = hashOf(columns, row);
    const alike = firstOf.get(hash);
    if (alike === undefined) firstOf.set(hash, [row]);
    else if (alike.some((other) => columns.every((cells) => areSame(cells[row], cells[other])))) copies++;
    else alike.push(row);
  }
  return copies;
}

/** FNV-1a over the texts of the cells. */
function hashOf(columns: readonly ArrayLike<unknown>[], row: number): number {
  let hash = 0x811c9dc5;
  for (const cells of columns) {
    const text = String(cells[row]);
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0x1f, 0x01000193);
  }
  return hash;
}

function areSame(a: unknown, b: unknown): boolean {
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  return Object.is(a, b);
}
