/** What a column holds: how many cells of each type, and the different texts. */

import { trimmed } from './missing-cells.js';
import { isDate } from './realms.js';
import type { TextCounts } from './text-counts.js';

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

export function columnFacts(values: ArrayLike<unknown>): ColumnFacts {
  const rows = values.length;
  const texts = new Map<string, number>();
  const counts = { missing: 0, numbers: 0, bigints: 0, longBigints: 0, booleans: 0, dates: 0, others: 0 };
  let other: ColumnFacts['other'];
  let textCells = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row];
    if (typeof value === 'number') {
      if (Number.isNaN(value)) counts.missing++;
      else counts.numbers++;
    } else if (typeof value === 'string') {
      const text = trimmed(value);
      if (text === '') {
        counts.missing++;
      } else {
        texts.set(text, (texts.get(text) ?? 0) + 1);
        textCells++;
      }
    } else {
      const type = typeOf(value);
      counts[type]++;
      if (type === 'bigints' && !isExact(value as bigint)) counts.longBigints++;
      if (type === 'others') other ??= { row, value };
    }
  }
  return { rows, ...counts, other, textCells, texts };
}

function typeOf(value: unknown): 'missing' | 'bigints' | 'booleans' | 'dates' | 'others' {
  if (value === null || value === undefined) return 'missing';
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
export function categoryCounts(values: ArrayLike<unknown>): TextCounts {
  const counts = new Map<string, number>();
  for (let row = 0; row < values.length; row++) {
    const name = categoryName(values[row]);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
