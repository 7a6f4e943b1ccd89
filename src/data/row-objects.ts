/** Turns objects, one for each row, into columns. */

import { ChainruleError, show } from '../error.js';
import type { Steps } from '../turns.js';
import { GrowingColumn } from './growing-column.js';
import { isDate, isMap, isSet } from './realms.js';
import type { Gaps, Table } from './table.js';

/** Cells to read between two pauses. */
const CELLS_PER_STEP = 8192;

/**
 * The columns are the own fields of all rows, in the order in which they first occur; a field that a row lacks is
 * a missing cell. Names of fields are data: they are never looked up on a prototype.
 */
export function* objectsTable(rows: readonly unknown[], what: string): Steps<Table> {
  const reader = new ObjectReader(rows, what);
  for (let start = 0; start < rows.length; ) {
    start = reader.read(start);
    yield;
  }
  return reader.table();
}

class ObjectReader {
  readonly #rows: readonly unknown[];
  readonly #what: string;
  readonly #names: string[] = [];
  readonly #columns: GrowingColumn[] = [];
  readonly #places = new Map<string, number>();
  /** Cells that rows have. */
  #given = 0;
  /** Cells that lie between those of a column. */
  #gaps = 0;

  constructor(rows: readonly unknown[], what: string) {
    this.#rows = rows;
    this.#what = what;
  }

  /** Reads the rows from `start` on that make about a step. Returns the row after them. */
  read(start: number): number {
    const rows = this.#rows;
    const names = this.#names;
    const columns = this.#columns;
    const end = this.#given + CELLS_PER_STEP;
    let given = this.#given;
    let r = start;
    for (; r < rows.length && given < end; r++) {
      const row = rows[r];
      if (!isRowObject(row)) throw notAnObject(row, r, this.#what);
      let k = 0;
      // Engines read fields fastest in this loop. It may come to inherited ones, too.
      for (const name in row) {
        if (!hasOwn.call(row, name)) continue;
        // Rows mostly have the same fields in the same order.
        const column = names[k] === name ? k : this.#placeOf(name, r);
        const gap = columns[column].add(r, row[name]);
        k++;
        if (gap > 0) this.#countGap(gap, given + k);
      }
      given += k + 1;
    }
    this.#given = given;
    return r;
  }

  #placeOf(name: string, row: number): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    this.#names.push(name);
    this.#columns.push(new GrowingColumn(this.#rows.length, row));
    this.#places.set(name, this.#names.length - 1);
    return this.#names.length - 1;
  }

  #countGap(gap: number, given: number): void {
    this.#gaps += gap;
    checkDensity(this.#gaps, given, this.#names, this.#what);
  }

  table(): Table {
    const rowCount = this.#rows.length;
    const names = this.#names;
    const columns = this.#columns;
    checkDensity(rowCount * names.length, this.#given, names, this.#what);
    const gaps = new Map<string, Gaps>();
    names.forEach((name, column) => {
      const own = columns[column].gaps;
      if (own.rows > 0) gaps.set(name, own);
    });
    return { rowCount, names, gaps, values: (column) => columns[column].values() };
  }
}

const hasOwn = Object.prototype.hasOwnProperty;

/** Cells that any table may have, and how many more for each cell that rows have. */
const FREE_CELLS = 2 ** 22;
const CELLS_PER_GIVEN = 64;

/**
 * Refuses rows that mostly have fields of their own, as if keys were values: a table of them takes the square of
 * the memory that they take.
 *
 * @param cells - of the table; @param given - those that rows have
 * @throws {@link ChainruleError} ERR_DATA
 */
export function checkDensity(cells: number, given: number, names: readonly string[], what: string): void {
  if (cells <= FREE_CELLS + CELLS_PER_GIVEN * given) return;
  throw new ChainruleError(
    'ERR_DATA',
    `${what} has ${names.length} different fields, of which most rows lack nearly all: expected the same ` +
      `fields in every row. Are names such as ${show(names[names.length - 1])} values?`,
  );
}

/** Whether a value is a row with named fields. A Date, a Map or an array is not. */
export function isRowObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  // What nearly all rows are, seen sooner than what they are not.
  if (Object.getPrototypeOf(value) === Object.prototype) return true;
  return !ArrayBuffer.isView(value) && !isDate(value) && !isMap(value) && !isSet(value);
}

function notAnObject(row: unknown, r: number, what: string): ChainruleError {
  return new ChainruleError(
    'ERR_DATA',
    `row ${r} (from 0) of ${what} is ${show(row)}, expected an object as in row 0`,
  );
}
