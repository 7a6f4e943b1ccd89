/** Tells fields that rows lack by mistake from those that rows lack because they have no value. */

import { ChainruleError, show } from '../error.js';
import type { ColumnInfo } from './column-kind.js';
import { misspeltNames } from './misspelt-names.js';
import { type Gaps, type Table, whereIs } from './table.js';

/**
 * Looks at rows to be encoded for fields that only some of them lack. A row may lack any: the cell is missing. But
 * if every training row had a value, there is a warning; and if the row has a field of nearly the same name
 * instead, which no training row had, an error.
 *
 * @param columns - of the training rows
 * @returns warnings, a sentence each
 * @throws {@link ChainruleError} ERR_DATA
 */
export function checkAbsentFields(table: Table, columns: readonly ColumnInfo[], what: string): string[] {
  const { gaps } = table;
  if (!gaps?.size) return [];
  const expected = columns.filter(({ name, used }) => used && gaps.has(name));
  const learnt = new Set(columns.map(({ name }) => name));
  const suspects = table.names.filter((name) => !learnt.has(name));
  const always = new Set(expected.flatMap(({ name, missing }) => (missing === 0 ? name : [])));
  const slips = misspeltNames(
    table,
    suspects,
    expected.map(({ name }) => name),
  );
  const warnings = slips.map(({ name, meant, row, rows }) => {
    const where = `${whereIs(table, row)} of ${what}`;
    const sentence = `${where} has ${show(name)} and lacks ${show(meant)}: is it misspelt?`;
    if (always.has(meant)) throw new ChainruleError('ERR_DATA', sentence);
    return sentence + moreRows(rows);
  });
  const explained = new Set(slips.map(({ meant }) => meant));
  return [
    ...warnings,
    ...[...always]
      .filter((name) => !explained.has(name))
      .map((name) => absence(table, name, gaps.get(name) as Gaps, what)),
  ];
}

/** The sentence about rows without a field that all training rows had. */
function absence(table: Table, name: string, { row, rows }: Gaps, what: string): string {
  const where = `${whereIs(table, row)} of ${what}`;
  return `${where} lacks ${show(name)}, which every training row had; it is taken as missing${moreRows(rows)}`;
}

function moreRows(rows: number): string {
  if (rows === 1) return '';
  return `; ${rows - 1} more such ${rows === 2 ? 'row' : 'rows'}`;
}
