/** The features of the rows of a table, a block of rows at a time. */

import { newFloats } from '../numbers/allocate.js';
import type { Steps } from '../turns.js';
import { CellFaults } from './cell-faults.js';
import type { Cells, ColumnWriter } from './column-writer.js';
import type { Table } from './table.js';

/** The place of a column that the rows lack: all of its cells are missing. */
export const NOWHERE = -1;

/** A column of the encoder, with its place in the table. */
export interface EncodedColumn {
  readonly name: string;
  readonly writer: ColumnWriter;
  readonly place: number;
}

/** Features of a block, few enough to stay in a core's cache until the network reads them, or numbers computed of it. */
const NUMBERS_PER_BLOCK = 2 ** 17;
const FEWEST_ROWS = 64;

interface Column {
  readonly writer: ColumnWriter;
  readonly cells: (from: number, to: number) => Cells;
  readonly faults: CellFaults;
  /** Its first feature. */
  readonly start: number;
}

export class RowFeatures {
  readonly rowCount: number;
  /** Features of a row. */
  readonly width: number;
  readonly #columns: readonly Column[];
  /** What rows of missing cells have where that is not 0. */
  readonly #resting: readonly (readonly [feature: number, value: number])[];
  readonly #warnings: readonly string[];
  #block = new Float32Array(0);

  /** @param lenient - see `TransformOptions`; @param warnings - about the table as a whole */
  constructor(
    table: Table,
    columns: readonly EncodedColumn[],
    lenient: boolean,
    warnings: readonly string[],
  ) {
    this.#warnings = warnings;
    this.rowCount = table.rowCount;
    let width = 0;
    this.#columns = columns.map(({ name, writer, place }) => {
      const start = width;
      width += writer.resting.length;
      return { writer, cells: cellsOf(table, place), faults: new CellFaults(table, name, lenient), start };
    });
    this.width = width;
    this.#resting = columns
      .flatMap(({ writer }) => writer.resting)
      .flatMap((value, feature) => (value === 0 ? [] : [[feature, value] as const]));
  }

  /**
   * Blocks of rows that are best encoded at once: from the first row to before the second.
   *
   * @param computed - numbers that are computed of each row
   */
  *blocks(computed = 0): Generator<[from: number, to: number], void, undefined> {
    const byFeatures = Math.max(FEWEST_ROWS, Math.floor(NUMBERS_PER_BLOCK / this.width));
    const rows = Math.min(byFeatures, Math.ceil(NUMBERS_PER_BLOCK / computed));
    for (let from = 0; from < this.rowCount; from += rows) yield [from, Math.min(from + rows, this.rowCount)];
  }

  /** The features of a block, (rows, width), in memory that the next call overwrites. Throws ERR_DATA. */
  encode(from: number, to: number): Float32Array {
    const length = (to - from) * this.width;
    if (this.#block.length < length)
      this.#block = newFloats((to - from) * this.width, 'the features of the rows');
    return this.#write(this.#block.subarray(0, length).fill(0), from, to);
  }

  /** The features of all rows, (rows, width), in steps. */
  *all(): Steps<Float32Array> {
    const features = newFloats(this.rowCount * this.width, 'the features of the rows');
    for (const [from, to] of this.blocks()) {
      this.#write(features.subarray(from * this.width, to * this.width), from, to);
      yield;
    }
    return features;
  }

  /** `features` are zeros. */
  #write(features: Float32Array, from: number, to: number): Float32Array {
    const { width } = this;
    for (const [feature, value] of this.#resting) {
      for (let at = feature; at < features.length; at += width) features[at] = value;
    }
    for (const { writer, cells, faults, start } of this.#columns) {
      writer.write(cells(from, to), { features, width, start }, faults);
    }
    return features;
  }

  /** What was odd about the columns, and about their cells in the rows encoded so far; a sentence each. */
  warnings(): string[] {
    return [...this.#warnings, ...this.#columns.flatMap(({ faults }) => faults.warnings())];
  }
}

/** How to come by some cells of a column. */
function cellsOf(table: Table, place: number): Column['cells'] {
  const { values, part, rowCount } = table;
  if (place === NOWHERE) {
    const none = new Array<undefined>(rowCount).fill(undefined);
    return (from, to) => ({ values: none, from, to, firstRow: 0 });
  }
  const written = table.written?.(place);
  if (part) {
    return (from, to) => ({ values: part(place, from, to), from: 0, to: to - from, firstRow: from, written });
  }
  const all = values(place);
  return (from, to) => ({ values: all, from, to, firstRow: 0, written });
}
