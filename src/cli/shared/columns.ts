/** Finds the columns that arguments name. */

import { COLUMN_KINDS, type ColumnKind } from '../../data/column-kind.js';
import { listed, nameHint } from '../../data/table.js';
import { ChainruleError, show } from '../../error.js';
import { oneOf } from '../../options/checks.js';
import { asUsage, UsageError } from './failure.js';
import type { Notes } from './notes.js';

/** A kind that is asked for, or 'ignore'. */
export type KindChoice = ColumnKind | 'ignore';

const kind = oneOf<KindChoice>([...COLUMN_KINDS, 'ignore']);

/** A file's columns, for messages. */
export interface NamedColumns {
  path: string;
  names: readonly string[];
}

/**
 * The column called `name`. Without one, the only column whose name differs in letter case or blanks alone is taken,
 * with a note.
 *
 * @param option - what messages call the argument, e.g. '--target'
 * @throws {@link ChainruleError} ERR_OPTION with the nearest name
 */
export function findName(name: string, option: string, { path, names }: NamedColumns, notes: Notes): string {
  if (names.includes(name)) return name;
  const plain = (text: string) => text.trim().toLowerCase();
  const alike = names.filter((own) => plain(own) === plain(name));
  if (alike.length === 1) {
    notes.note(`${option} ${show(name)}: taking column ${show(alike[0])}`);
    return alike[0];
  }
  const hint = alike.length > 1 ? `; its columns are ${listed(alike)}` : nameHint(name, names);
  throw new ChainruleError('ERR_OPTION', `${path} has no column ${show(name)} (${option})${hint}`);
}

/** The columns of arguments like 'a,b'. A column whose own name has a comma is taken whole. */
export function findNames(
  texts: readonly string[] | undefined,
  option: string,
  columns: NamedColumns,
  notes: Notes,
): string[] {
  const parts = (texts ?? []).flatMap((text) =>
    columns.names.includes(text) ? [text] : text.split(',').filter((part) => part.trim() !== ''),
  );
  return [...new Set(parts.map((part) => findName(part, option, columns, notes)))];
}

/** The kinds of arguments like 'zip=categorical,size=numeric'. Throws UsageError for an unknown kind. */
export function findKinds(
  texts: readonly string[] | undefined,
  columns: NamedColumns,
  notes: Notes,
): Map<string, KindChoice> {
  const kinds = new Map<string, KindChoice>();
  for (const part of (texts ?? []).flatMap(splitKinds)) {
    const at = part.lastIndexOf('=');
    if (at <= 0) {
      throw new UsageError(
        `--columns is ${show(part)}, expected a column and its kind, such as zip=categorical`,
      );
    }
    const name = findName(part.slice(0, at), '--columns', columns, notes);
    kinds.set(
      name,
      asUsage(() => kind(part.slice(at + 1).trim(), `--columns ${name}`)),
    );
  }
  return kinds;
}

/** Splits at commas that follow a kind: names may have commas. */
function splitKinds(text: string): string[] {
  return text.split(/(?<==\s*\w+\s*),/).filter((part) => part.trim() !== '');
}
