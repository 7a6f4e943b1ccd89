/** Which cells are missing, and which texts people write for a missing value. */

import { finish, type Steps } from '../turns.js';
import { isDate } from './realms.js';
import { eachText, type TextCounts } from './text-counts.js';

/** A text without the blanks around it. */
export function trimmed(text: string): string {
  const { length } = text;
  if (length === 0) return text;
  // Trimming every cell of a large file costs more than looking at its two ends.
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(length - 1);
  return first > 32 && first < 128 && last > 32 && last < 128 ? text : text.trim();
}

/** Whether a cell holds nothing: null, undefined, NaN, an invalid Date, or a text of blanks. */
export function isMissing(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isNaN(value);
    case 'string':
      return trimmed(value) === '';
    case 'undefined':
      return true;
    default:
      return value === null || (isDate(value) && Number.isNaN(value.getTime()));
  }
}

/** Words that mean a missing value in any column, in lower case. */
const WORDS = new Set(['null', 'nan', 'n/a', '#n/a', '<na>', '#n/d']);

/** Signs that mean one unless other signs are values of the column too, as in '+' and '-'. */
const SIGNS = new Set(['?', '-', '--', '.', '..', '...']);

/** Words that are values in a column of texts ("none", a category), but mean nothing among numbers or dates. */
const WORDS_AMONG_NUMBERS = new Set([
  'none',
  'nil',
  'unknown',
  'missing',
  'undefined',
  'n.a.',
  'nd',
  '#value!',
]);

/** Whether a trimmed text means a missing value in a column of true and false. */
export function isMarker(text: string): boolean {
  if (text.length > LONGEST_MARKER) return false;
  const word = text.toLowerCase();
  return word === 'na' || WORDS.has(word) || SIGNS.has(word);
}

/** All texts that `isMarker` is true of. */
export function markerSpellings(): string[] {
  return ['na', ...WORDS, ...SIGNS].flatMap(letterCases);
}

function letterCases(word: string): string[] {
  return Array.from(word).reduce(
    (starts: string[], letter) => {
      const cases = new Set([letter, letter.toUpperCase()]);
      return starts.flatMap((start) => Array.from(cases, (each) => start + each));
    },
    [''],
  );
}

/** Whether a trimmed text means a missing value in a column of numbers or dates. */
export function isMarkerAmongNumbers(text: string): boolean {
  return isMarker(text) || (text.length <= LONGEST_MARKER && WORDS_AMONG_NUMBERS.has(text.toLowerCase()));
}

const LONGEST_MARKER = 9;

/**
 * Which of the different texts of a column of texts mean a missing value. 'NA' does not among codes like it
 * (countries, states), '-' does not beside '+': there they are values like the others.
 */
export function* markersAmong(texts: TextCounts): Steps<Set<string>> {
  const candidates: string[] = [];
  let others = 0;
  let codes = 0;
  let signs = 0;
  yield* eachText(texts, (text) => {
    if (isMarker(text)) {
      candidates.push(text);
      return true;
    }
    others++;
    if (/^[A-Z]{2,3}$/.test(text)) codes++;
    if (/^[^\p{L}\p{N}]+$/u.test(text)) signs++;
    return true;
  });
  const amongCodes = codes > others / 2;
  return new Set(
    candidates.filter((text) => {
      if (text === 'NA') return !amongCodes;
      return !SIGNS.has(text) || signs === 0;
    }),
  );
}

/** The same of different texts whose cells nobody has counted. */
export function markersIn(texts: Iterable<string>): Set<string> {
  return finish(markersAmong(new Map(Array.from(texts, (text) => [text, { cells: 1 }]))));
}
