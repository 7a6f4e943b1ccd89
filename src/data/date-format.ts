/** Finds out how the dates of a column are written. */

import { type DateFormat, dateEvidence } from './date-text.js';
import type { Share, TextCounts } from './text-counts.js';

/** Cells by what they say about how dates are written. */
interface Tally {
  iso: number;
  words: number;
  /** Dates in numbers that are one with the day first, with the month first, or with either. */
  day: number;
  month: number;
  either: number;
  separators: Set<string>;
}

/**
 * The format in which most of the texts are dates, with the share of the cells that are, and whether all of these
 * are dates whichever of day and month comes first.
 *
 * @param most - with more cells that are none, their share does not matter
 */
export function detectDateFormat(
  texts: TextCounts,
  most = Number.POSITIVE_INFINITY,
): Share & { format: DateFormat; isAmbiguous: boolean } {
  const tally: Tally = { iso: 0, words: 0, day: 0, month: 0, either: 0, separators: new Set() };
  let cells = 0;
  let others = 0;
  let unread: string | undefined;
  for (const [text, count] of texts) {
    cells += count.cells;
    if (add(tally, text, count.cells)) continue;
    unread ??= text;
    others += count.cells;
    if (others > most) break;
  }
  const { iso, words, day, month, either } = tally;
  const isMonthFirst = month > day;
  const read = cells - others - Math.min(day, month);
  const style =
    day + month + either > 0
      ? isMonthFirst
        ? 'monthDayYear'
        : 'dayMonthYear'
      : iso >= words
        ? 'iso'
        : 'words';
  const separators = [...tally.separators].sort().join('');
  return {
    read,
    cells,
    unread: unread ?? (day > 0 && month > 0 ? firstOf(texts, isMonthFirst ? 'day' : 'month') : undefined),
    format: { style, separators },
    // With dots between them, the day comes first wherever people write so.
    isAmbiguous: either > 0 && day === month && separators !== '.',
  };
}

/** Whether the text is a date. */
function add(tally: Tally, text: string, cells: number): boolean {
  const evidence = dateEvidence(text);
  if (evidence === undefined) return false;
  if (typeof evidence === 'string') {
    tally[evidence] += cells;
    return true;
  }
  tally[evidence.order] += cells;
  tally.separators.add(evidence.separator);
  return true;
}

function firstOf(texts: TextCounts, order: 'day' | 'month'): string | undefined {
  for (const text of texts.keys()) {
    const evidence = dateEvidence(text);
    if (typeof evidence === 'object' && evidence.order === order) return text;
  }
  return undefined;
}
