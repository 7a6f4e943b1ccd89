/** What a column holds: how many cells of each type, and the different texts. */

import type { Steps } from '../turns.js';
import { type Cells, readInSteps } from './column-writer.js';
import { trimmed } from './missing-cells.js';
import { isDate } from './realms.js';
import { TextCounter, type TextCounts } from './text-counts.js';

export interface ColumnFacts {
  readonly rows: number;
  /** Cells that hold null, undefined, NaN, an invalid Date or blanks. */
  readonly missing: number;
  readonly numbers: number;
  readonly bigints: number;
  /** Of the bigints those that a double cannot hold exactly. */
  readonly longBigints: number;
  readonly booleans: number;
  readonly dates: number;
  /** Cells of types that cannot be a feature, for instance objects and arrays. */
  readonly others: number;
  /** The first of `others`. */
  readonly other: { readonly row: number; readonly value: unknown } | undefined;
  /** Cells that hold text. */
  readonly textCells: number;
  readonly texts: TextCounts;
}

/** Looks at all cells of a column. */
export function* columnFacts(values: ArrayLike<unknown>): Steps<ColumnFacts> {
  const facts = new FactCounter();
  yield* readInSteps(values, (cells) => facts.count(cells));
  return facts.of(values.length);
}

class FactCounter {
  readonly #texts = new TextCounter();
  readonly #counts = { missing: 0, numbers: 0, bigints: 0, longBigints: 0, booleans: 0, dates: 0, others: 0 };
  #other: ColumnFacts['other'];

  count({ values, from, to }: Cells): void {
    if (values instanceof Float64Array) {
      this.#countNumbers(values, from, to);
      return;
    }
    let missing = 0;
    let numbers = 0;
    for (let row = from; row < to; row++) {
      const value = values[row];
      if (typeof value === 'number') {
        if (Number.isNaN(value)) missing++;
        else numbers++;
      } else if (typeof value === 'string') {
        const text = trimmed(value);
        if (text === '') missing++;
        else this.#texts.add(text);
      } else if (value === null || value === undefined) {
        missing++;
      } else {
        this.#countOther(row, value);
      }
    }
    this.#counts.missing += missing;
    this.#counts.numbers += numbers;
  }

  #countNumbers(values: Float64Array, from: number, to: number): void {
    let missing = 0;
    for (let row = from; row < to; row++) if (Number.isNaN(values[row])) missing++;
    this.#counts.missing += missing;
    this.#counts.numbers += to - from - missing;
  }

  #countOther(row: number, value: unknown): void {
    const type = typeOf(value);
    this.#counts[type]++;
    if (type === 'bigints' && !isExact(value as bigint)) this.#counts.longBigints++;
    if (type === 'others') this.#other ??= { row, value };
  }

  of(rows: number): ColumnFacts {
    const { counts: texts, cells: textCells } = this.#texts;
    return { rows, ...this.#counts, other: this.#other, textCells, texts };
  }
}

function typeOf(value: unknown): 'missing' | 'bigints' | 'booleans' | 'dates' | 'others' {
  if (typeof value === 'boolean') return 'booleans';
  if (typeof value === 'bigint') return 'bigints';
  if (isDate(value)) return Number.isNaN(value.getTime()) ? 'missing' : 'dates';
  return 'others';
}

const isExact = (value: bigint) => Number.isSafeInteger(Number(value));

/** The name of a category: a text without the blanks around it, or another value as text; undefined if missing. */
export function categoryName(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return trimmed(value) || undefined;
    case 'number':
      return Number.isNaN(value) ? undefined : String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return isDate(value) && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
  }
}

/** The different values of a column as texts, with the number of cells that hold each. */
export function* categoryCounts(values: ArrayLike<unknown>): Steps<TextCounts> {
  const counter = new TextCounter();
  yield* readInSteps(values, ({ from, to }) => {
    for (let row = from; row < to; row++) {
      const name = categoryName(values[row]);
      if (name !== undefined) counter.add(name);
    }
  });
  return counter.counts;
}
