/** Reads CSV and TSV: as a whole, and in batches. */

import type { Table } from '../../table.js';
import { LineNumbers } from '../line-numbers.js';
import { batchRowsFor } from '../opened-file.js';
import type { TextSource } from '../text-source.js';
import { type CellRun, type ColumnCells, type GrowingCells, NumberCells, TextColumn } from './columns.js';
import type { Layout } from './layout.js';
import { firstCell, type RowRun, rowsOf } from './rows.js';

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
  take(): Table & { readonly cells: readonly ColumnCells[]; where: (row: number) => string } {
    const { rowCount } = this;
    const cells = this.#columns.map((column) => column.take());
    const lines = this.#lines;
    this.rowCount = 0;
    this.#lines = new LineNumbers();
    return {
      rowCount,
      names: this.#layout.columns.map(({ name }) => name),
      unnamed: this.#layout.unnamed,
      cells,
      values: (column) => cells[column].values,
      literal: (column) => cells[column].literal,
      written: this.#layout.written,
      where: (row) => `line ${lines.of(row)}`,
    };
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
): Promise<ReturnType<GrowingTable['take']>> {
  const expected = text.size === undefined ? 1024 : Math.ceil((1.02 * text.size) / layout.rowBytes) + 16;
  const table = new GrowingTable(layout, texts, Math.min(expected, most));
  for await (const run of rowsOf(text, layout)) {
    table.add(run, 0, most - table.rowCount);
    if (table.rowCount === most) break;
  }
  return table.take();
}

/** The rows in batches of at most `batchRows`, or by default of about as many cells each. */
export async function* csvBatches(
  text: TextSource,
  layout: Layout,
  batchRows: number | null,
  most: number,
): AsyncGenerator<Table, void, undefined> {
  const size = batchRows ?? batchRowsFor(layout.columns.length);
  const table = new GrowingTable(layout, new Set(), Math.min(size, batchRowsFor(layout.columns.length)));
  let left = most;
  for await (const run of rowsOf(text, layout)) {
    for (let taken = 0; taken < run.rows && left > 0; ) {
      const count = table.add(run, taken, Math.min(size - table.rowCount, left));
      taken += count;
      left -= count;
      if (table.rowCount === size) yield table.take();
    }
    if (left === 0) break;
  }
  if (table.rowCount > 0) yield table.take();
}
