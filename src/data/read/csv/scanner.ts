/** Finds the records and cells of separated text in its bytes, without looking at what the cells hold. */

export const TAB = 9;
export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;
export const SPACE = 32;
export const QUOTE = 34;

/** How a cell is written: */
export const BARE = 0;
const QUOTED = 1;
/** In quotes, with quotes inside, which are written twice. */
export const DOUBLED = 2;

/** Why the bytes are no separated text. */
export interface ScanFault {
  readonly kind: 'open quote' | 'text after quote';
  /** Lines of the text, counted from those that were scanned before: of the opening quote, and of the fault. */
  readonly opened: number;
  readonly line: number;
}

/** How the text is separated: byte values. */
export interface Separators {
  readonly delimiter: number;
  /** A line feed, before which a carriage return is a blank; or a carriage return. */
  readonly lineEnd: number;
}

/**
 * Scans a block of bytes at a time. What it found lies in its fields until the next block: the cells of all
 * records one after the other, without the blanks and quotes around them. Lines without anything but blanks are no
 * records.
 */
export class Scanner {
  /** For each cell: its first byte, the byte after it, and how it is written. */
  starts = new Int32Array(1024);
  ends = new Int32Array(1024);
  forms = new Uint8Array(1024);
  /** For each record: the number of cells up to its end, the byte after it, and its line (0 for the first line). */
  recordEnds = new Int32Array(256);
  recordStops = new Int32Array(256);
  recordLines = new Int32Array(256);
  /** Number of whole records. */
  records = 0;
  /** Number of line ends up to the end of the last whole record. */
  lines = 0;
  /** What ended the scan too early, if something did. */
  fault: ScanFault | null = null;
  /** The line where a quote opens that is not closed within the block; -1 for none. */
  openQuote = -1;
  readonly #delimiter: number;
  readonly #lineEnd: number;
  /** 1 for each byte that is a blank beside a cell. */
  readonly #blank = new Uint8Array(256);
  #cells = 0;

  constructor({ delimiter, lineEnd }: Separators) {
    this.#delimiter = delimiter;
    this.#lineEnd = lineEnd;
    for (const blank of [TAB, CARRIAGE_RETURN, SPACE]) {
      if (blank !== delimiter && blank !== lineEnd) this.#blank[blank] = 1;
    }
  }

  /**
   * @param isLast - whether the text ends at `to`; otherwise a record that does not end before `to` is left out
   * @returns the byte after the last whole record
   */
  scan(bytes: Uint8Array, from: number, to: number, isLast: boolean): number {
    this.#cells = 0;
    this.records = 0;
    this.lines = 0;
    this.fault = null;
    this.openQuote = -1;
    let at = from;
    while (at < to) {
      const next = this.#record(bytes, at, to, isLast);
      if (next < 0) break;
      at = next;
    }
    return at;
  }

  /** Takes the record that starts at `start`. Returns the byte after it, or -1 if it is not whole. */
  #record(bytes: Uint8Array, start: number, to: number, isLast: boolean): number {
    const delimiter = this.#delimiter;
    const lineEnd = this.#lineEnd;
    const blank = this.#blank;
    const firstCell = this.#cells;
    const firstLine = this.lines;
    let { starts, ends, forms } = this;
    let cells = firstCell;
    let at = start;
    for (;;) {
      if (cells === starts.length) {
        this.#growCells();
        ({ starts, ends, forms } = this);
      }
      let first = at;
      // Mostly there is neither a blank nor a quote.
      while (first < to && bytes[first] <= SPACE && blank[bytes[first]] === 1) first++;
      let stop: number;
      if (first < to && bytes[first] === QUOTE) {
        stop = this.#quoted(bytes, first, to, isLast, cells);
        if (stop < 0) return this.#giveUp(firstCell, firstLine);
      } else {
        stop = first;
        for (; stop < to; stop++) {
          const byte = bytes[stop];
          if (byte === delimiter || byte === lineEnd) break;
        }
        let end = stop;
        while (end > first && bytes[end - 1] <= SPACE && blank[bytes[end - 1]] === 1) end--;
        starts[cells] = first;
        ends[cells] = end;
        forms[cells] = BARE;
      }
      cells++;
      at = stop + 1;
      if (stop < to && bytes[stop] === delimiter) continue;
      if (stop >= to && !isLast) return this.#giveUp(firstCell, firstLine);
      break;
    }
    const isBlank = cells === firstCell + 1 && starts[firstCell] === ends[firstCell];
    if (!isBlank || forms[firstCell] !== BARE) {
      this.#cells = cells;
      this.#addRecord(cells, Math.min(at, to), firstLine);
    }
    this.lines++;
    return Math.min(at, to);
  }

  /** Takes the cell whose quote opens at `open`. Returns where the next delimiter or line end is, or -1. */
  #quoted(bytes: Uint8Array, open: number, to: number, isLast: boolean, cell: number): number {
    const lineEnd = this.#lineEnd;
    const opened = this.lines;
    let form = QUOTED;
    let at = open + 1;
    for (;;) {
      while (at < to && bytes[at] !== QUOTE) if (bytes[at++] === lineEnd) this.lines++;
      if (at >= to || (at + 1 >= to && !isLast)) {
        this.openQuote = opened;
        if (isLast) this.fault = { kind: 'open quote', opened, line: this.lines };
        return -1;
      }
      if (at + 1 < to && bytes[at + 1] === QUOTE) {
        form = DOUBLED;
        at += 2;
        continue;
      }
      break;
    }
    this.starts[cell] = open + 1;
    this.ends[cell] = at;
    this.forms[cell] = form;
    do at++;
    while (at < to && this.#blank[bytes[at]] === 1);
    if (at >= to ? isLast : bytes[at] === this.#delimiter || bytes[at] === lineEnd) return at;
    if (at < to) this.fault = { kind: 'text after quote', opened, line: this.lines };
    return -1;
  }

  /** Forgets the record that has been begun. */
  #giveUp(cells: number, lines: number): -1 {
    this.#cells = cells;
    this.lines = lines;
    return -1;
  }

  #addRecord(cells: number, stop: number, line: number): void {
    if (this.records === this.recordEnds.length) {
      this.recordEnds = grown(this.recordEnds, Int32Array);
      this.recordStops = grown(this.recordStops, Int32Array);
      this.recordLines = grown(this.recordLines, Int32Array);
    }
    this.recordEnds[this.records] = cells;
    this.recordStops[this.records] = stop;
    this.recordLines[this.records] = line;
    this.records++;
  }

  #growCells(): void {
    this.starts = grown(this.starts, Int32Array);
    this.ends = grown(this.ends, Int32Array);
    this.forms = grown(this.forms, Uint8Array);
  }
}

function grown<T extends Int32Array | Uint8Array>(array: T, Type: new (length: number) => T): T {
  const larger = new Type(2 * array.length);
  larger.set(array);
  return larger;
}
