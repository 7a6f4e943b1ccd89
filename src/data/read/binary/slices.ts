/** Tables of columns that are in memory, cut into batches. */

import { newDoubles } from '../../../numbers/allocate.js';
import type { Table } from '../../table.js';

/** Columns side by side. */
export interface ColumnBlock {
  readonly rowCount: number;
  readonly columns: readonly ArrayLike<unknown>[];
}

/** Batches of at most `batchRows` rows; `before` is the number of rows in earlier blocks. */
export function* slicesOf(
  { rowCount, columns }: ColumnBlock,
  names: readonly string[],
  batchRows: number,
  before: number,
): Generator<Table, void, undefined> {
  for (let from = 0; from < rowCount; from += batchRows) {
    const to = Math.min(from + batchRows, rowCount);
    yield {
      rowCount: to - from,
      names,
      values: (column) => partOf(columns[column], from, to, rowCount),
      where: (row) => `row ${before + from + row} (from 0)`,
    };
  }
}

function partOf(cells: ArrayLike<unknown>, from: number, to: number, all: number): ArrayLike<unknown> {
  if (from === 0 && to === all) return cells;
  if (Array.isArray(cells)) return cells.slice(from, to);
  if (ArrayBuffer.isView(cells)) return (cells as unknown as Float64Array).subarray(from, to);
  return Array.from({ length: to - from }, (_, i) => cells[from + i]);
}

/** The first rows of a block. */
export function firstRows(block: ColumnBlock, most: number): ColumnBlock {
  return block.rowCount <= most
    ? block
    : {
        ...block,
        rowCount: most,
        columns: block.columns.map((cells) => partOf(cells, 0, most, block.rowCount)),
      };
}

/**
 * Cells that are numbers or missing as doubles, NaN for the missing ones: boxed numbers take three times the memory.
 * Other cells stay as they are. So do whole numbers of 64 bits if a double does not hold each of them exactly, since two
 * of them could become equal.
 */
export function plainNumbers(cells: ArrayLike<unknown>): ArrayLike<unknown> {
  if (cells instanceof Float64Array) return cells;
  const numbers = newDoubles(cells.length, 'the numbers of a column').fill(Number.NaN);
  let known = 0;
  for (let row = 0; row < numbers.length; row++) {
    const cell = cells[row];
    if (cell === null || cell === undefined) continue;
    if (typeof cell !== 'number' && typeof cell !== 'bigint') return cells;
    const number = Number(cell);
    if (typeof cell === 'bigint' && !Number.isSafeInteger(number)) return cells;
    numbers[row] = number;
    known++;
  }
  return known === 0 ? cells : numbers;
}
