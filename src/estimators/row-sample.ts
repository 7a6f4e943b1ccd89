/** A random sample of rows that arrive in batches, when nobody knows how many there will be. */

import { copyTable, rowNumber, type Table, takeRows } from '../data/table.js';
import { joinTables } from '../data/to-table.js';
import { newArray } from '../numbers/allocate.js';
import { randomWord, Stream } from '../numbers/random.js';

/** Rows of a sample; with many columns fewer, by the number of cells. */
const MOST_ROWS = 2 ** 17;
const MOST_CELLS = 2 ** 22;
const FEWEST_ROWS = 2 ** 12;

const WORDS = 2 ** 32;

/**
 * Every row draws a lot, a word that depends on the seed and its number alone; the sample has the rows whose lots
 * are below a bound, which is halved whenever they are too many. So a lot tells later on which rows were in it.
 */
export class RowSample {
  readonly #seed: number;
  #kept: { table: Table; lots: Uint32Array }[] = [];
  #rows = 0;
  #bound = WORDS;
  #seen = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Rows added, in the sample or not. */
  get seen(): number {
    return this.#seen;
  }

  /** Lots below this are in the sample. */
  get bound(): number {
    return this.#bound;
  }

  /** Draws from the rows that follow those before. */
  add(table: Table): void {
    const lots = lotsOf(this.#seed, this.#seen, table.rowCount);
    this.#keep(table, lots, this.#seen);
    this.#seen += table.rowCount;
    const most = Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, Math.floor(MOST_CELLS / table.names.length)));
    while (this.#rows > most) this.#halve();
  }

  #keep(table: Table, lots: Uint32Array, firstRow: number | null): void {
    const rows = Uint32Array.from(lots.keys()).filter((row) => lots[row] < this.#bound);
    if (rows.length === 0) return;
    this.#kept.push({ table: copyRows(table, rows, firstRow), lots: rows.map((row) => lots[row]) });
    this.#rows += rows.length;
  }

  #halve(): void {
    this.#bound /= 2;
    const before = this.#kept;
    this.#kept = [];
    this.#rows = 0;
    for (const { table, lots } of before) this.#keep(table, lots, null);
  }

  /** The rows of the sample, in their order, and their lots. */
  take(what: string): { table: Table; lots: Uint32Array } {
    const lots = newArray(Uint32Array, this.#rows, 'the sample');
    const rowNumbers = newArray(Uint32Array, this.#rows, 'the sample');
    let row = 0;
    for (const part of this.#kept) {
      lots.set(part.lots, row);
      for (let r = 0; r < part.table.rowCount; r++) rowNumbers[row++] = rowNumber(part.table, r);
    }
    const tables = this.#kept.map(({ table }) => table);
    return { table: { ...joinTables(tables, what), rowNumbers }, lots };
  }
}

/** The lots of `count` rows from `firstRow` on. */
export function lotsOf(seed: number, firstRow: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => randomWord(seed, Stream.sample, 0, firstRow + row));
}

/** A copy of some rows. @param firstRow - number of the table's first row; null: the table has numbers */
function copyRows(table: Table, rows: Uint32Array, firstRow: number | null): Table {
  const copy = copyTable(takeRows(table, rows));
  return firstRow === null ? copy : { ...copy, rowNumbers: rows.map((row) => firstRow + row) };
}
