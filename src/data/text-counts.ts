/** The different texts of a column, and which share of the cells can be read in some way. */

import type { Steps } from '../turns.js';

/** Each different text of a column, trimmed, with the number of cells that hold it. */
export type TextCounts = ReadonlyMap<string, { readonly cells: number }>;

/** Counts texts. To find an entry and change it takes half the time of finding its place twice. */
export class TextCounter {
  /** How many texts were counted. */
  cells = 0;
  readonly #counts = new Map<string, { cells: number }>();

  add(text: string): void {
    this.cells++;
    const count = this.#counts.get(text);
    if (count === undefined) this.#counts.set(text, { cells: 1 });
    else count.cells++;
  }

  get counts(): TextCounts {
    return this.#counts;
  }
}

/** How many cells can be read in some way, and the first text that cannot. */
export interface Share {
  readonly read: number;
  readonly cells: number;
  readonly unread: string | undefined;
}

/** Texts to look at between two pauses. */
const TEXTS_PER_STEP = 2048;

/** Texts one after the other, with pauses; ends when `visit` returns false. */
export function* eachText(
  texts: TextCounts,
  visit: (text: string, cells: number) => boolean | undefined,
): Steps<void> {
  let left = TEXTS_PER_STEP;
  for (const [text, { cells }] of texts) {
    if (visit(text, cells) === false) return;
    if (--left > 0) continue;
    left = TEXTS_PER_STEP;
    yield;
  }
}

/** @param most - with more unread cells than these, the rest is not looked at */
export function* shareOf(texts: TextCounts, reads: (text: string) => boolean, most: number): Steps<Share> {
  let read = 0;
  let cells = 0;
  let unread: string | undefined;
  yield* eachText(texts, (text, own) => {
    cells += own;
    if (reads(text)) {
      read += own;
      return true;
    }
    unread ??= text;
    return cells - read <= most;
  });
  return { read, cells, unread };
}

/** The texts without those that `drop` accepts. */
export function* without(texts: TextCounts, drop: (text: string) => boolean): Steps<TextCounts> {
  // Mostly there is nothing to drop, and nothing to copy.
  const dropped = new Set<string>();
  yield* eachText(texts, (text) => {
    if (drop(text)) dropped.add(text);
    return true;
  });
  if (dropped.size === 0) return texts;
  const kept = new Map<string, { readonly cells: number }>();
  yield* eachText(texts, (text, cells) => {
    if (!dropped.has(text)) kept.set(text, { cells });
    return true;
  });
  return kept;
}

/** How many cells hold one of the texts. */
export function cellsOf(texts: TextCounts): number {
  let sum = 0;
  for (const { cells } of texts.values()) sum += cells;
  return sum;
}
