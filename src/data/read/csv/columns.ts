/** Columns that grow by the cells of a block of records. */

import { newDoubles } from '../../../numbers/allocate.js';
import { requireHeap } from '../../../numbers/heap-limit.js';
import { isMarker, isMarkerAmongNumbers } from '../../missing-cells.js';
import { numberCell } from './number-cell.js';
import { BARE, type Scanner } from './scanner.js';
import { TextCells } from './text-cells.js';

/** Some cells of one column: every `stride`-th of those of a scanner, from `first` on. */
export interface CellRun {
  readonly bytes: Buffer;
  readonly cells: Scanner;
  readonly first: number;
  readonly stride: number;
  readonly rows: number;
}

/** How the cells of a file have to be read. */
export interface CellRules {
  /** Whether '1.234' may mean 1234, so that it has to stay a text until the whole column is known. */
  readonly pointsMayGroup: boolean;
  /** Whether some cells are in quotes and some are not, so that quotes tell texts from missing cells. */
  readonly quotesTell: boolean;
}

/** The cells of a column once all are there. */
export interface ColumnCells {
  readonly values: ArrayLike<unknown>;
  /** Whether texts such as 'NA' are values. */
  readonly literal: boolean;
}

export interface GrowingCells {
  add(run: CellRun): void;
  /** The cells so far; afterwards there are none. */
  take(): ColumnCells;
}

const POINT = 46;
const ZERO = 48;

/** Whether a number is one to three digits, the first not 0, a point and three digits. */
function mayBeGrouped(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[end - 4] !== POINT) return false;
  const first = bytes[start] < ZERO ? start + 1 : start;
  const digits = end - 4 - first;
  return digits >= 1 && digits <= 3 && bytes[first] !== ZERO;
}

/** Numbers, with texts where a cell is not one. */
export class NumberCells implements GrowingCells {
  readonly #rules: CellRules;
  readonly #decoder = new TextCells();
  readonly #capacity: number;
  #numbers = new Float64Array(0);
  #length = 0;
  /** By row. */
  #texts = new Map<number, string>();

  /** @param capacity - rows that are expected */
  constructor(rules: CellRules, capacity: number) {
    this.#rules = rules;
    this.#capacity = capacity;
  }

  add({ bytes, cells: { starts, ends, forms }, first, stride, rows }: CellRun): void {
    this.#reserve(rows);
    const { pointsMayGroup } = this.#rules;
    const numbers = this.#numbers;
    let row = this.#length;
    for (let r = 0, cell = first; r < rows; r++, cell += stride, row++) {
      const start = starts[cell];
      const end = ends[cell];
      const number = numberCell(bytes, start, end);
      numbers[row] = number;
      if (Number.isNaN(number) ? start === end : !pointsMayGroup || !mayBeGrouped(bytes, start, end))
        continue;
      const text = this.#decoder.text(bytes, start, end, forms[cell]);
      if (text !== '') this.#texts.set(row, text);
    }
    this.#length = row;
  }

  #reserve(rows: number): void {
    const needed = this.#length + rows;
    if (needed <= this.#numbers.length) return;
    const grown = newDoubles(
      Math.max(needed, this.#capacity, Math.ceil(1.5 * this.#numbers.length)),
      'the numbers of a column',
    );
    grown.set(this.#numbers.subarray(0, this.#length));
    this.#numbers = grown;
  }

  take(): ColumnCells {
    const numbers = this.#numbers.subarray(0, this.#length);
    const texts = this.#texts;
    this.#numbers = new Float64Array(0);
    this.#length = 0;
    this.#texts = new Map();
    for (const [row, text] of texts) {
      // It can mean nothing else among numbers; where there are other texts, too, the column is read as texts.
      if (!isMarkerAmongNumbers(text)) return { values: mixed(numbers, texts), literal: false };
      numbers[row] = Number.NaN;
    }
    return { values: numbers, literal: false };
  }
}

function mixed(numbers: Float64Array, texts: ReadonlyMap<number, string>): unknown[] {
  const values: unknown[] = Array.from(numbers);
  for (const [row, text] of texts) values[row] = text;
  return values;
}

/** V8 makes a longer list of one that is full, and copies it. */
const GROWTH = 1.5;
const BYTES_PER_CELL = 8;

/** With what texts for missing values start: looked at before the whole text. */
const MARKER_STARTS = new Set([...'nN#<?-.'].map((sign) => sign.charCodeAt(0)));

/** Texts as they are written, null for empty cells. */
export class TextColumn implements GrowingCells {
  readonly #rules: CellRules;
  readonly #decoder = new TextCells();
  #cells: (string | null)[] = [];
  /** How many cells the heap has had room for. */
  #room = 0;
  #literal = false;

  constructor(rules: CellRules) {
    this.#rules = rules;
  }

  add({ bytes, cells: { starts, ends, forms }, first, stride, rows }: CellRun): void {
    const cells = this.#cells;
    if (cells.length + rows > this.#room) {
      this.#room = GROWTH * (cells.length + rows);
      requireHeap(GROWTH * BYTES_PER_CELL * this.#room, 'the texts of a column');
    }
    const { quotesTell } = this.#rules;
    for (let r = 0, cell = first; r < rows; r++, cell += stride) {
      const text = this.#decoder.text(bytes, starts[cell], ends[cell], forms[cell]);
      cells.push(text === '' ? null : text);
      if (quotesTell && MARKER_STARTS.has(bytes[starts[cell]]) && isMarker(text)) {
        this.#countMarker(cells, forms[cell]);
      }
    }
  }

  /** The last of the cells is a text that means a missing value, unless it is in quotes while others are not. */
  #countMarker(cells: (string | null)[], form: number): void {
    if (form === BARE) {
      if (this.#literal) cells[cells.length - 1] = null;
      return;
    }
    if (this.#literal) return;
    this.#literal = true;
    // All markers before this one were without quotes.
    for (let row = 0; row < cells.length - 1; row++) {
      const text = cells[row];
      if (text !== null && isMarker(text)) cells[row] = null;
    }
  }

  take(): ColumnCells {
    const values = this.#cells;
    this.#cells = [];
    return { values, literal: this.#literal };
  }
}
