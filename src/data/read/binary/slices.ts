/** Tables of columns that are in memory, cut into batches. */

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
 * Cells in the least memory: numbers as doubles, NaN where one is missing. Whole numbers of 64 bits are numbers, too, if
 * a double holds each of them exactly; otherwise they stay bigints, since two of them could become equal.
 */
export function compact(cells: ArrayLike<unknown>): ArrayLike<unknown> {
  const plain = plainIntegers(cells);
  return Array.isArray(plain) && areNumbers(plain) ? Float64Array.from(plain, numberOf) : plain;
}

const numberOf = (cell: number | null | undefined) => cell ?? Number.NaN;

function areNumbers(cells: readonly unknown[]): cells is readonly (number | null | undefined)[] {
  let numbers = 0;
  for (const cell of cells) {
    if (typeof cell === 'number') numbers++;
    else if (cell !== null && cell !== undefined) return false;
  }
  return numbers > 0;
}

function plainIntegers(cells: ArrayLike<unknown>): ArrayLike<unknown> {
  let bigints = 0;
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row];
    if (typeof cell !== 'bigint') continue;
    if (!Number.isSafeInteger(Number(cell))) return cells;
    bigints++;
  }
  if (bigints === 0) return cells;
  if (bigints === cells.length) return Float64Array.from(cells as ArrayLike<bigint>, Number);
  return Array.from(cells, (cell) => (typeof cell === 'bigint' ? Number(cell) : cell));
}
