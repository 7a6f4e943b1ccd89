/** Checks what is in a page before the package hyparquet reads it, which takes every length in it for true. */

import type { ColumnType } from './column-type.js';
import { PageBytes } from './page-bytes.js';
import { checkPlain, checkValues, type TextLimit } from './page-values.js';
import type { Page } from './pages.js';
import { passRuns } from './runs.js';

const bitsOf = (most: number) => 32 - Math.clz32(most);

/**
 * An older page, with its levels, or a dictionary.
 *
 * @param bytes - unpacked
 * @throws RangeError if a length in it is wrong
 */
export function checkPage(bytes: Uint8Array, page: Page, column: ColumnType, texts: TextLimit): void {
  const { count, encoding } = page;
  const reader = new PageBytes(bytes);
  if (page.isDictionary) {
    checkPlain(reader, count, column);
    return;
  }
  const { mostRepeated, mostDefined } = column;
  if (mostRepeated > 0) passRuns(reader, { bits: bitsOf(mostRepeated), count });
  const present =
    mostDefined === 0 ? count : passRuns(reader, { bits: bitsOf(mostDefined), count, wanted: mostDefined });
  checkValues(reader, present, { encoding, version: 1 }, column, texts);
}

/** The levels of a newer page. Throws as {@link checkPage}. */
export function checkLevels(bytes: Uint8Array, { count, levels }: Page, column: ColumnType): void {
  if (levels === null) return;
  const { repetitionBytes, definitionBytes } = levels;
  const { mostRepeated, mostDefined } = column;
  const repetition = new PageBytes(bytes.subarray(0, repetitionBytes + definitionBytes));
  if (mostRepeated > 0) passRuns(repetition, { bits: bitsOf(mostRepeated), count, length: repetitionBytes });
  const definition = new PageBytes(bytes.subarray(repetitionBytes, repetitionBytes + definitionBytes));
  if (mostDefined > 0) passRuns(definition, { bits: bitsOf(mostDefined), count, length: definitionBytes });
}

/** The unpacked values of a newer page. Throws as {@link checkPage}. */
export function checkNewerValues(bytes: Uint8Array, page: Page, column: ColumnType, texts: TextLimit): void {
  const present = page.count - (page.levels?.nulls ?? 0);
  checkValues(new PageBytes(bytes), present, { encoding: page.encoding, version: 2 }, column, texts);
}
