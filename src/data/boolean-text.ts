/** True and false written as text. */

import type { TextCounts } from './text-counts.js';

const PAIRS = [
  ['true', 'false'],
  ['yes', 'no'],
  ['y', 'n'],
  ['t', 'f'],
  ['on', 'off'],
];
const MEANING = new Map(PAIRS.flatMap(([yes, no]) => [[yes, true] as const, [no, false] as const]));
export const LONGEST_WORD = 5;

/** What a trimmed text means, in any of the spellings and in any letter case; undefined if neither. */
export function parseBoolean(text: string): boolean | undefined {
  return text.length > LONGEST_WORD ? undefined : MEANING.get(text.toLowerCase());
}

/** Whether all texts are the words of one pair, such as 'yes' and 'No'. */
export function areBooleans(texts: TextCounts): boolean {
  if (texts.size === 0) return false;
  const words = new Set<string>();
  for (const text of texts.keys()) {
    if (text.length > LONGEST_WORD) return false;
    words.add(text.toLowerCase());
    if (words.size > 2) return false;
  }
  return PAIRS.some((pair) => [...words].every((word) => pair.includes(word)));
}
