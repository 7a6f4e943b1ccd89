/** The first records of separated text, from which its layout is found. */

import { numberCell } from './number-cell.js';
import { BARE, CARRIAGE_RETURN, LINE_FEED, QUOTE, Scanner, type Separators } from './scanner.js';
import { TextCells } from './text-cells.js';

/** The records that lie in the first bytes of a text. */
export class Sample {
  readonly separators: Separators;
  readonly #bytes: Buffer;
  readonly #scanner: Scanner;
  readonly #texts = new TextCells();

  constructor(bytes: Buffer, from: number, isWhole: boolean, separators: Separators) {
    this.separators = separators;
    this.#bytes = bytes;
    this.#scanner = new Scanner(separators);
    this.#scanner.scan(bytes, from, bytes.length, isWhole);
  }

  /** Number of records. */
  get records(): number {
    return this.#scanner.records;
  }

  /** Whether it is separated in another way, or damaged. */
  get isFaulty(): boolean {
    return this.#scanner.fault !== null;
  }

  /** Number of cells of a record. */
  width(record: number): number {
    return this.#scanner.recordEnds[record] - this.#first(record);
  }

  /** Line of a record; 0 for the first one that was scanned. */
  line(record: number): number {
    return this.#scanner.recordLines[record];
  }

  /** The byte after a record, and the line there. */
  after(record: number): { byte: number; line: number } {
    const { recordStops, recordLines, records, lines } = this.#scanner;
    const byte = recordStops[record];
    if (record + 1 === records) return { byte, line: lines };
    // Blank lines may follow.
    let line = recordLines[record + 1];
    for (let at = byte; at < this.#stopBefore(record + 1); at++) {
      if (this.#bytes[at] === this.separators.lineEnd) line--;
    }
    return { byte, line };
  }

  /** Where the first cell of a record starts, blanks and quote aside. */
  #stopBefore(record: number): number {
    return this.#scanner.starts[this.#first(record)];
  }

  #first(record: number): number {
    return record === 0 ? 0 : this.#scanner.recordEnds[record - 1];
  }

  text(record: number, column: number): string {
    const { starts, ends, forms } = this.#scanner;
    const cell = this.#first(record) + column;
    return this.#texts.text(this.#bytes, starts[cell], ends[cell], forms[cell]);
  }

  /** NaN for a cell that holds none. */
  number(record: number, column: number): number {
    const { starts, ends } = this.#scanner;
    const cell = this.#first(record) + column;
    return numberCell(this.#bytes, starts[cell], ends[cell]);
  }

  isBare(record: number, column: number): boolean {
    return this.#scanner.forms[this.#first(record) + column] === BARE;
  }

  isBlank(record: number, column: number): boolean {
    const { starts, ends } = this.#scanner;
    const cell = this.#first(record) + column;
    return starts[cell] === ends[cell];
  }

  /** Bytes from the start of a record to the end of the last one. */
  bytesFrom(record: number): number {
    const { recordStops, records } = this.#scanner;
    return records === 0 ? 0 : recordStops[records - 1] - (record === 0 ? 0 : recordStops[record - 1]);
  }
}

/** The byte that ends lines: a line feed, or in files of old Macs a carriage return. */
export function lineEndOf(bytes: Buffer): number {
  let returns = 0;
  let isQuoted = false;
  for (const byte of bytes) {
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (byte === LINE_FEED) return LINE_FEED;
    else if (byte === CARRIAGE_RETURN) returns++;
  }
  return returns > 0 && !bytes.includes(LINE_FEED) ? CARRIAGE_RETURN : LINE_FEED;
}
