/** The epochs of a fit as numbers in a few arrays, since a long fit of a small network has millions. */

import type { EpochOutcome } from '../engine/contract.js';
import {
  EPOCH_COLUMNS,
  type EpochColumn,
  type EpochFormat,
  epochRowWidth,
  fromEpochRow,
} from '../engine/epoch-rows.js';
import { newDoubles } from '../numbers/allocate.js';

const FIRST_ROWS = 64;
/** Rows of an array that is full: a table that grew by copying all of itself would hold the event loop. */
const CHUNK_ROWS = 4096;

/**
 * Epochs as the engine reports them, one row each. With a limit, the table keeps at most so many: whenever it is full it
 * drops every second one and keeps only one of twice as many from then on, so that what it has covers the whole fit evenly.
 * The last epoch is always there.
 */
export class EpochTable {
  readonly #format: EpochFormat;
  readonly #width: number;
  readonly #limit: number;
  /** All but the last are full. */
  readonly #chunks: Float64Array[] = [];
  #length = 0;
  /** Of so many epochs, one is kept. */
  #every = 1;
  /** Whether the last row is there only because it is the last. */
  #lastIsExtra = false;

  /** @param limit - the most epochs to keep, at least 2 */
  constructor(format: EpochFormat, limit: number) {
    this.#format = format;
    this.#width = epochRowWidth(format);
    this.#limit = limit;
  }

  /** A table that goes on from the rows of another with the same limit. */
  static from(rows: Float64Array, format: EpochFormat, limit: number): EpochTable {
    const table = new EpochTable(format, limit);
    const distance = rows.length > table.#width ? rows[table.#width] - rows[0] : 1;
    // The second row may be the last, which comes before its turn.
    table.#every = 2 ** Math.ceil(Math.log2(distance));
    table.append(rows);
    return table;
  }

  get length(): number {
    return this.#length;
  }

  /** @throws {@link ChainruleError} ERR_MEMORY */
  append(rows: Float64Array): void {
    let start = 0;
    if (this.#every === 1) {
      const room = (this.#limit - this.#length) * this.#width;
      start = Math.min(room, rows.length);
      this.#addAll(rows.subarray(0, start));
    }
    for (; start < rows.length; start += this.#width) {
      this.#add(rows.subarray(start, start + this.#width));
    }
  }

  /** Adds rows that are all kept. */
  #addAll(rows: Float64Array): void {
    for (let start = 0; start < rows.length; ) {
      const chunk = this.#makeRoom();
      const at = (this.#length % CHUNK_ROWS) * this.#width;
      const part = rows.subarray(start, start + chunk.length - at);
      chunk.set(part, at);
      this.#length += part.length / this.#width;
      start += part.length;
    }
  }

  #add(row: Float64Array): void {
    if (this.#lastIsExtra) this.#length--;
    if (this.#length >= this.#limit) this.#halve();
    const [epoch] = row;
    this.#lastIsExtra = (epoch - 1) % this.#every !== 0;
    this.#makeRoom();
    this.#row(this.#length++).set(row);
  }

  #halve(): void {
    this.#length = Math.ceil(this.#length / 2);
    for (let i = 1; i < this.#length; i++) this.#row(i).set(this.#row(2 * i));
    this.#every *= 2;
  }

  /** Makes room for one more row, at least. Returns the chunk that has it. */
  #makeRoom(): Float64Array {
    const chunk = Math.floor(this.#length / CHUNK_ROWS);
    const last = this.#chunks[chunk];
    const row = this.#length % CHUNK_ROWS;
    if (last !== undefined && row * this.#width < last.length) return last;
    const isFirst = chunk === 0;
    const capacity = isFirst ? Math.min(Math.max(2 * row, FIRST_ROWS), CHUNK_ROWS) : CHUNK_ROWS;
    const grown = newDoubles(capacity * this.#width, 'the history of a fit');
    if (last !== undefined) grown.set(last);
    this.#chunks[chunk] = grown;
    return grown;
  }

  #row(i: number): Float64Array {
    const start = (i % CHUNK_ROWS) * this.#width;
    return this.#chunks[Math.floor(i / CHUNK_ROWS)].subarray(start, start + this.#width);
  }

  /** The epoch in row `i`. */
  at(i: number): EpochOutcome {
    return fromEpochRow(this.#row(i), 0, this.#format);
  }

  /** One number of every epoch; NaN where it is absent. */
  column(name: EpochColumn): Float64Array {
    const column = newDoubles(this.#length, 'a column of the history');
    const offset = EPOCH_COLUMNS.indexOf(name);
    for (let i = 0; i < column.length; i++) column[i] = this.#row(i)[offset];
    return column;
  }

  /** All rows, one after another. */
  rows(): Float64Array {
    const rows = newDoubles(this.#length * this.#width, 'the history of a fit');
    for (let start = 0, chunk = 0; start < rows.length; chunk++) {
      const part = this.#chunks[chunk].subarray(0, rows.length - start);
      rows.set(part, start);
      start += part.length;
    }
    return rows;
  }
}
