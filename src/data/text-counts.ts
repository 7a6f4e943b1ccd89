/** The different texts of a column, and which share of the cells can be read in some way. */

/** Each different text of a column, trimmed, with the number of cells that hold it. */
export type TextCounts = ReadonlyMap<string, number>;

/** How many cells can be read in some way, and the first text that cannot. */
export interface Share {
  readonly read: number;
  readonly cells: number;
  readonly unread: string | undefined;
}

export function shareOf(texts: TextCounts, reads: (text: string) => boolean): Share {
  let read = 0;
  let cells = 0;
  let unread: string | undefined;
  for (const [text, count] of texts) {
    cells += count;
    if (reads(text)) read += count;
    else unread ??= text;
  }
  return { read, cells, unread };
}

/** The texts without those that `drop` accepts. */
export function without(texts: TextCounts, drop: (text: string) => boolean): TextCounts {
  const kept = new Map<string, number>();
  for (const [text, count] of texts) if (!drop(text)) kept.set(text, count);
  return kept;
}
