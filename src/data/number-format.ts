/** Finds out how the numbers of a column are written. */

import type { Steps } from '../turns.js';
import { type NumberFormat, PLAIN, parseNumber } from './number-text.js';
import { amountOf, isSameUnit, partsOf } from './number-units.js';
import { cellsOf, eachText, type Share, shareOf, type TextCounts } from './text-counts.js';

/** Different texts by which the unit is found. */
const MOST_TEXTS = 1000;

/**
 * Whether digits are a code, not an amount: with a leading zero like '00501', or a whole number too long for a
 * double, of which two would become equal.
 */
function isCode(text: string): boolean {
  if (text.length < 2) return false;
  if (text.charCodeAt(0) === 48) return /^0\d+$/.test(text);
  return text.length > 15 && /^\d+$/.test(text) && !Number.isSafeInteger(Number(text));
}

/**
 * The format in which most of the texts are numbers, with the share of the cells that are; undefined if some of
 * the texts are codes. Texts that mean a missing value have to be left out before.
 *
 * @param most - with more cells that are none, their share does not matter
 * @param numbers - cells of the column that hold numbers, which have no unit: if most do, texts must not have one either
 */
export function* detectNumberFormat(
  texts: TextCounts,
  most = Number.POSITIVE_INFINITY,
  numbers = 0,
): Steps<DetectedNumbers | undefined> {
  let best = yield* readable(texts, { ...PLAIN, groups: true }, most);
  if (best.unread !== undefined) {
    const unit = numbers > cellsOf(texts) ? { unit: '', magnitudes: false } : commonUnit(texts);
    for (const decimal of ['.', ','] as const) {
      const candidate = yield* readable(texts, { decimal, groups: true, ...unit }, most);
      if (candidate.read > best.read) best = candidate;
    }
  }
  if (best.read === 0) return best;
  if (yield* hasCode(texts)) return undefined;
  return { ...best, format: { ...best.format, groups: yield* hasGroups(texts, best.format) } };
}

export interface DetectedNumbers extends Share {
  readonly format: NumberFormat;
}

function* hasCode(texts: TextCounts): Steps<boolean> {
  let found = false;
  yield* eachText(texts, (text) => {
    found = isCode(text);
    return !found;
  });
  return found;
}

function* readable(texts: TextCounts, format: NumberFormat, most: number): Steps<DetectedNumbers> {
  const share = yield* shareOf(texts, (text) => parseNumber(text, format) !== undefined, most);
  return { ...share, format };
}

function* hasGroups(texts: TextCounts, format: NumberFormat): Steps<boolean> {
  const separator = format.decimal === '.' ? ',' : '.';
  let found = false;
  yield* eachText(texts, (text) => {
    if (!text.includes(separator) || !partsOf(text)?.digits.includes(separator)) return true;
    found = parseNumber(text, format) !== undefined;
    return !found;
  });
  return found;
}

/** The unit of most texts with numbers, which may be none. */
function commonUnit(texts: TextCounts): Pick<NumberFormat, 'unit' | 'magnitudes'> {
  const plain = unitsOf(texts, false);
  const scaled = unitsOf(texts, true);
  // One unit for all is one, even if it is an M; several that differ by an M or a k are magnitudes.
  const magnitudes = plain.length > 1 && scaled.length < plain.length;
  return { unit: (magnitudes ? scaled : plain)[0]?.unit ?? '', magnitudes };
}

/** The units beside numbers, with the number of cells, the most frequent first. */
export function unitsOf(texts: TextCounts, magnitudes: boolean): { unit: string; cells: number }[] {
  const units: { unit: string; cells: number }[] = [];
  let seen = 0;
  for (const [text, { cells }] of texts) {
    if (++seen > MOST_TEXTS) break;
    const parts = partsOf(text);
    if (parts === undefined || !/\d/.test(parts.digits)) continue;
    const { unit } = amountOf(parts, magnitudes);
    const known = units.find((each) => isSameUnit(each.unit, unit));
    if (known !== undefined) known.cells += cells;
    else units.push({ unit, cells });
  }
  return units.sort((a, b) => b.cells - a.cells);
}
