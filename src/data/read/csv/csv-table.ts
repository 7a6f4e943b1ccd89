/** Reads CSV and TSV: as a whole, and in batches. */

import type { Table } from '../../table.js';
import { LineNumbers } from '../line-numbers.js';
import { batchRowsFor } from '../opened-file.js';
import type { TextSource } from '../text-source.js';
import { type CellRun, type ColumnCells, type GrowingCells, NumberCells, TextColumn } from './columns.js';
import type { Layout } from './layout.js';
import { firstCell, type RowRun, rowsOf } from './rows.js';
import { isTotals, withoutLast } from './totals.js';

/** Rows of a file, or some of them. */
type CsvTable = Table &
  Required<Pick<Table, 'unnamed' | 'written' | 'where'>> & { readonly cells: readonly ColumnCells[] };

function tableOf(
  rowCount: number,
  names: readonly string[],
  unnamed: boolean,
  cells: readonly ColumnCells[],
  written: Layout['written'],
  where: (row: number) => string,
): CsvTable {
  return {
    rowCount,
    names,
    unnamed,
    cells,
    values: (column) => cells[column].values,
    literal: (column) => cells[column].literal,
    written,
    where,
  };
}

/** Columns that grow side by side. */
class GrowingTable {
  rowCount = 0;
  readonly #layout: Layout;
  readonly #columns: readonly GrowingCells[];
  #lines = new LineNumbers();

  /** @param capacity - rows that are expected */
  constructor(layout: Layout, texts: ReadonlySet<string>, capacity: number) {
    this.#layout = layout;
    this.#columns = layout.columns.map(({ name, isText }) =>
      isText || texts.has(name) ? new TextColumn(layout.rules) : new NumberCells(layout.rules, capacity),
    );
  }

  /** Takes rows of a run: at most `most` of those after the first `skipped`. Returns how many. */
  add({ block, record, rows }: RowRun, skipped: number, most: number): number {
    const { width, columns } = this.#layout;
    const from = record + skipped;
    const count = Math.min(rows - skipped, most);
    const first = firstCell(block, from);
    columns.forEach(({ place }, i) => {
      const run: CellRun = { ...block, first: first + place, stride: width, rows: count };
      this.#columns[i].add(run);
    });
    const { recordLines } = block.cells;
    for (let r = 0; r < count; r++) this.#lines.add(this.rowCount + r, block.line + recordLines[from + r]);
    this.rowCount += count;
    return count;
  }

  /** The rows so far; afterwards there are none. */
  take(): CsvTable {
    const { rowCount } = this;
    const cells = this.#columns.map((column) => column.take());
    const lines = this.#lines;
    this.rowCount = 0;
    this.#lines = new LineNumbers();
    const { columns, unnamed, written } = this.#layout;
    const names = columns.map(({ name }) => name);
    return tableOf(rowCount, names, unnamed, cells, written, (row) => `line ${lines.of(row)}`);
  }
}

/**
 * All rows, or the first `most` of them. Columns of `texts` are read as texts, others as the first rows say: a column
 * of numbers has numbers, and texts in cells that are none.
 */
export async function readCsv(
  text: TextSource,
  layout: Layout,
  texts: ReadonlySet<string>,
  most: number,
  warn: (text: string) => void,
): Promise<CsvTable> {
  const expected = text.size === undefined ? 1024 : Math.ceil((1.02 * text.size) / layout.rowBytes) + 16;
  const table = new GrowingTable(layout, texts, Math.min(expected, most));
  for await (const run of rowsOf(text, layout, warn)) {
    table.add(run, 0, most - table.rowCount);
    if (table.rowCount === most) return table.take();
  }
  return withoutTotals(table.take(), 0, text.path, warn);
}

/** The last rows of a file without one that sums them up. @param before - rows that came before these */
function withoutTotals(
  table: CsvTable,
  before: number,
  path: string,
  warn: (text: string) => void,
): CsvTable {
  const { names, cells, unnamed, written, where } = table;
  const row = table.rowCount - 1;
  if (row < 0 || before + row === 0 || !isTotals(table, row)) return table;
  warn(`${where(row)} of ${path} sums up the rows above it and is left out`);
  return tableOf(row, names, unnamed, cells.map(withoutLast), written, where);
}

/** The rows in batches of at most `batchRows`, or by default of about as many cells each. */
export async function* csvBatches(
  text: TextSource,
  layout: Layout,
  batchRows: number | null,
  most: number,
  warn: (text: string) => void,
): AsyncGenerator<Table, void, undefined> {
  const size = batchRows ?? batchRowsFor(layout.columns.length);
  const table = new GrowingTable(layout, new Set(), Math.min(size, batchRowsFor(layout.columns.length)));
  let left = most;
  for await (const run of rowsOf(text, layout, warn)) {
    for (let taken = 0; taken < run.rows && left > 0; ) {
      // Not before there are more: the last row of all may be left out.
      if (table.rowCount === size) yield table.take();
      const count = table.add(run, taken, Math.min(size - table.rowCount, left));
      taken += count;
      left -= count;
    }
    if (left === 0) break;
  }
  const before = most - left - table.rowCount;
  const last = left === 0 ? table.take() : withoutTotals(table.take(), before, text.path, warn);
  if (last.rowCount > 0) yield last;
}
