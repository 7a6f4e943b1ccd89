/** The option `columns` of the estimators: kinds that the caller chooses instead of the inferred ones. */

import { ChainruleError, show } from '../error.js';
import { oneOf, unexpected } from '../options/checks.js';
import { COLUMN_KINDS, type ColumnKind } from './column-kind.js';
import type { ColumnChoice } from './learn-column.js';
import { isMap } from './realms.js';
import { nameHint, type Table } from './table.js';

/**
 * What columns are to be taken for, by name: 'numeric', 'boolean', 'categorical' or 'date', or 'ignore' to leave
 * one out (as the other kinds do: 'text', 'id', 'constant', 'unsupported'). Nothing is learnt from free text: 'text'
 * leaves it out with a warning, and 'categorical' learns from which text a row has, if texts repeat. Columns without names are called '0',
 * '1', ... A Map serves for any name, an object for all but `__proto__`.
 */
export type ColumnChoices =
  | Readonly<Record<string, ColumnKind | 'ignore'>>
  | ReadonlyMap<string, ColumnKind | 'ignore'>;

const choice = oneOf([...COLUMN_KINDS, 'ignore'] as const);

/** The choice for each column that has one. Throws ERR_OPTION for an unknown column or kind. */
export function resolveColumnChoices(value: unknown, table: Table): Map<string, ColumnChoice> {
  const choices = new Map<string, ColumnChoice>();
  if (value === undefined) return choices;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw unexpected('columns', value, "an object such as { zip: 'categorical', id: 'ignore' }");
  }
  const known = new Set(table.names);
  for (const [name, kind] of isMap(value) ? value : Object.entries(value)) {
    if (typeof name !== 'string' || !known.has(name)) {
      const hint = nameHint(String(name), table.names);
      throw new ChainruleError(
        'ERR_OPTION',
        `columns names ${show(name)}, which the rows do not have${hint}`,
      );
    }
    choices.set(name, choice(kind, `columns[${show(name)}]`));
  }
  return choices;
}
