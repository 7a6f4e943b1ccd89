/** The cells of a column whose rows come one after the other. */

import { newDoubles } from '../numbers/allocate.js';
import type { Gaps } from './table.js';

/** Fewer rows are not worth a typed array. */
const FEW_ROWS = 32;

/**
 * Doubles as long as every row has a number, since boxed ones cost most of the time that reading rows takes;
 * otherwise an array from the first row that has a cell. Rows without a cell hold undefined.
 */
export class GrowingColumn {
  readonly #rowCount: number;
  #numbers: Float64Array | null = null;
  #cells: unknown[] = [];
  /** The first row that has a cell. */
  readonly #start: number;
  /** The row after the last that has a cell. */
  #end: number;
  #given = 0;
  /** The first row after `#start` that has none, if one with a cell came after it. */
  #firstGap: number | undefined;

  /** @param rowCount - of the whole table; @param row - the first that has a cell */
  constructor(rowCount: number, row: number) {
    this.#rowCount = rowCount;
    this.#start = row;
    this.#end = row;
    if (row === 0 && rowCount > FEW_ROWS) this.#numbers = new Float64Array(FEW_ROWS);
  }

  /**
   * Adds the cell of a row after the last one.
   *
   * @returns the number of rows in between that have none
   */
  add(row: number, value: unknown): number {
    const gap = row - this.#end;
    this.#given++;
    if (this.#numbers !== null) {
      if (typeof value === 'number' && gap === 0) {
        if (row === this.#numbers.length) this.#numbers = this.#grown(this.#numbers);
        this.#numbers[row] = value;
        this.#end = row + 1;
        return 0;
      }
      this.#cells = Array.from(this.#numbers.subarray(0, this.#end));
      this.#numbers = null;
    }
    for (let r = this.#end; r < row; r++) this.#cells.push(undefined);
    if (gap > 0) this.#firstGap ??= this.#end;
    this.#cells.push(value);
    this.#end = row + 1;
    return gap;
  }

  #grown(numbers: Float64Array): Float64Array {
    const grown = newDoubles(Math.min(8 * numbers.length, this.#rowCount), 'the cells of a column');
    grown.set(numbers);
    return grown;
  }

  /** The rows that have no cell; one may hold undefined. */
  get gaps(): Gaps {
    const row = this.#start > 0 ? 0 : (this.#firstGap ?? this.#end);
    return { row, rows: this.#rowCount - this.#given };
  }

  /** A cell for each row of the table. */
  values(): ArrayLike<unknown> {
    const cells = this.#numbers ?? this.#cells;
    if (cells.length === this.#rowCount) return cells;
    const all = new Array<unknown>(this.#rowCount).fill(undefined);
    for (let row = this.#start; row < this.#end; row++) all[row] = cells[row - this.#start];
    return all;
  }
}
