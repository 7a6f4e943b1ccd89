/** Finds out how the dates of a column are written. */

import type { Steps } from '../turns.js';
import { type DateFormat, dateEvidence } from './date-text.js';
import { eachText, type Share, type TextCounts } from './text-counts.js';

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

export interface DetectedDates extends Share {
  readonly format: DateFormat;
  readonly isAmbiguous: boolean;
}

/**
 * The format in which most of the texts are dates, with the share of the cells that are, and whether all of these
 * are dates whichever of day and month comes first.
 *
 * @param most - with more cells that are none, their share does not matter
 */
export function* detectDateFormat(texts: TextCounts, most = Number.POSITIVE_INFINITY): Steps<DetectedDates> {
  const tally: Tally = { iso: 0, words: 0, day: 0, month: 0, either: 0, separators: new Set() };
  let cells = 0;
  let others = 0;
  let unread: string | undefined;
  yield* eachText(texts, (text, own) => {
    cells += own;
    if (add(tally, text, own)) return true;
    unread ??= text;
    others += own;
    return others <= most;
  });
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
    unread:
      unread ?? (day > 0 && month > 0 ? yield* firstOf(texts, isMonthFirst ? 'day' : 'month') : undefined),
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

function* firstOf(texts: TextCounts, order: 'day' | 'month'): Steps<string | undefined> {
  let first: string | undefined;
  yield* eachText(texts, (text) => {
    const evidence = dateEvidence(text);
    if (typeof evidence === 'object' && evidence.order === order) first = text;
    return first === undefined;
  });
  return first;
}
