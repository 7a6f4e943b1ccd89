/** Tells columns of texts apart: categories, ids, free text. */

import type { Steps } from '../turns.js';
import { markersAmong } from './missing-cells.js';
import { eachText, type TextCounts, without } from './text-counts.js';

/** Why a column is left out: */
export const NO_VALUE = 'no value in any row';
export const SAME_VALUE = 'the same value in every row';

export type TextKind = { kind: 'categorical' } | { kind: 'text' | 'id' | 'constant'; reason: string };

/** With fewer known cells than this, texts that are all different say nothing yet. */
const FEWEST_CELLS = 10;
/** From this number of known cells, a few repetitions do not make an id a category. */
const CELLS_FOR_NEARLY = 20;
const NEARLY_ALL = 0.9;
const MOSTLY = 0.5;
/** Mean length in characters, or in words, from which texts are sentences. */
const LONG_CHARACTERS = 30;
const LONG_WORDS = 3;

/**
 * @param texts - the different values of a column as texts
 * @param rows - number of all its cells
 * @param literal - whether texts that usually mean a missing value are values here
 */
export function* textKind(texts: TextCounts, rows: number, literal: boolean): Steps<TextKind> {
  const markers = literal ? new Set<string>() : yield* markersAmong(texts);
  const known = yield* without(texts, (text) => markers.has(text));
  let cells = 0;
  let characters = 0;
  let words = 0;
  yield* eachText(known, (text, own) => {
    cells += own;
    characters += own * text.length;
    words += own * wordCount(text);
    return true;
  });
  if (cells === 0) return { kind: 'constant', reason: NO_VALUE };
  if (known.size === 1 && cells === rows) return { kind: 'constant', reason: SAME_VALUE };
  if (cells < FEWEST_CELLS) return { kind: 'categorical' };

  const distinct = known.size / cells;
  const long = characters >= LONG_CHARACTERS * cells || words >= LONG_WORDS * cells;
  if (long && distinct > MOSTLY) return { kind: 'text', reason: 'free text: long and mostly different' };
  if (distinct === 1) return { kind: 'id', reason: 'a different text in every row' };
  if (distinct >= NEARLY_ALL && cells >= CELLS_FOR_NEARLY) {
    return { kind: 'id', reason: 'a different text in nearly every row' };
  }
  return { kind: 'categorical' };
}

/** Words between single blanks; only the first few count. */
function wordCount(text: string): number {
  let words = 1;
  for (let at = text.indexOf(' '); at >= 0 && words < LONG_WORDS * 4; at = text.indexOf(' ', at + 1)) words++;
  return words;
}
