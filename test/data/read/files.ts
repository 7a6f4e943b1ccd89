/** Files that tests write, in a folder of their own. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Table } from '../../../src/data/table.js';

const folder = mkdtempSync(join(tmpdir(), 'chainrule-read-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;

/** Writes a file and returns its path. */
export function fileWith(content: string | Uint8Array, ending = '.csv'): string {
  files++;
  const path = join(folder, `${files}${ending}`);
  writeFileSync(path, content);
  return path;
}

/** The cells of a table by name. */
export const cellsOf = (table: Table) =>
  Object.fromEntries(table.names.map((name, column) => [name, Array.from(table.values(column))]));

/** The rows of batches one below the other. */
export async function cellsOfBatches(batches: AsyncIterable<Table>): Promise<Record<string, unknown[]>> {
  const cells: Record<string, unknown[]> = {};
  for await (const batch of batches) {
    for (const [name, values] of Object.entries(cellsOf(batch))) {
      cells[name] ??= [];
      cells[name].push(...values);
    }
  }
  return cells;
}
