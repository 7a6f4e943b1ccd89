/** Cells that mean something else than the others of their column: sums of other rows, numbers that stand for none. */

import { show } from '../error.js';
import type { Steps } from '../turns.js';
import { readInSteps } from './column-writer.js';
import { eachText, type TextCounts } from './text-counts.js';

/** In English, German, French, Spanish, Italian, Portuguese and Dutch. */
const TOTAL =
  /^(?:(?:grand[ -]|sub[ -]?)?totals?|total g[eé]n[eé]ral|sum|(?:gesamt|end|zwischen)?summe|(?:ins)?gesamt|somm[ae]|suma|soma|totale|totaux|totaal)\s*:?$/i;
const LONGEST_TOTAL = 20;

/** Whether a trimmed text is a word for a sum of other rows. */
export function meansTotal(text: string): boolean {
  return text.length <= LONGEST_TOTAL && TOTAL.test(text);
}

/** Warns of categories that are words for sums. */
export function* totalsWarnings(name: string, texts: TextCounts): Steps<string[]> {
  let found: { text: string; cells: number } | undefined;
  yield* eachText(texts, (text, cells) => {
    if (meansTotal(text)) found = { text, cells };
    return found === undefined;
  });
  if (found === undefined) return [];
  const rows = found.cells === 1 ? '1 row' : `${found.cells} rows`;
  return [
    `column ${show(name)} holds ${show(found.text)} in ${rows}: if they sum up other rows, leave them out`,
  ];
}

/** Numbers of nines, which people write where they have none. */
const NINES = /^-?9{2,6}$/;
/** Fewer of them may be a measurement. */
const FEWEST = 3;

/** Warns of a number of nines that is far from all others, as -999 is from temperatures. */
export function* placeholderWarnings(name: string, numbers: Float64Array): Steps<string[]> {
  const ends = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY };
  yield* readInSteps(numbers, ({ from, to }) => {
    for (let row = from; row < to; row++) {
      const number = numbers[row];
      if (number < ends.least) ends.least = number;
      if (number > ends.most) ends.most = number;
    }
  });
  for (const suspect of [ends.least, ends.most]) {
    if (!NINES.test(String(suspect))) continue;
    const cells = yield* countIfFar(numbers, suspect);
    if (cells < FEWEST) continue;
    return [
      `column ${show(name)} holds ${suspect} in ${cells} rows, far from all its other numbers: ` +
        'if it stands for a missing value, leave those cells empty',
    ];
  }
  return [];
}

/** How many cells hold a number; 0 unless it is farther from the others than they are from each other. */
function* countIfFar(numbers: Float64Array, suspect: number): Steps<number> {
  let cells = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  yield* readInSteps(numbers, ({ from, to }) => {
    for (let row = from; row < to; row++) {
      const number = numbers[row];
      if (number === suspect) cells++;
      else if (number < least) least = number;
      if (number !== suspect && number > most) most = number;
    }
  });
  const gap = Math.max(least - suspect, suspect - most);
  // Without others there is nothing to be far from.
  return least <= most && gap > most - least ? cells : 0;
}
