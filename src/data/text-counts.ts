/** The different texts of a column, and which share of the cells can be read in some way. */

/** Each different text of a column, trimmed, with the number of cells that hold it. */
export type TextCounts = ReadonlyMap<string, { readonly cells: number }>;

/** Counts texts. To find an entry and change it takes half the time of finding its place twice. */
export class TextCounter {
  readonly #counts = new Map<string, { cells: number }>();

  add(text: string): void {
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

/** @param most - with more unread cells than these, the rest is not looked at */
export function shareOf(texts: TextCounts, reads: (text: string) => boolean, most: number): Share {
  let read = 0;
  let cells = 0;
  let unread: string | undefined;
  for (const [text, count] of texts) {
    cells += count.cells;
    if (reads(text)) {
      read += count.cells;
    } else {
      unread ??= text;
      if (cells - read > most) break;
    }
  }
  return { read, cells, unread };
}

/** The texts without those that `drop` accepts. */
export function without(texts: TextCounts, drop: (text: string) => boolean): TextCounts {
  let kept: Map<string, { readonly cells: number }> | undefined;
  for (const text of texts.keys()) {
    if (!drop(text)) continue;
    // Mostly there is nothing to drop, and nothing to copy.
    kept ??= new Map(texts);
    kept.delete(text);
  }
  return kept ?? texts;
}

/** How many cells hold one of the texts. */
export function cellsOf(texts: TextCounts): number {
  let sum = 0;
  for (const { cells } of texts.values()) sum += cells;
  return sum;
}
