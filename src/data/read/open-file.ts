/** Opens a file of rows: finds its format, and how it is laid out. */

import type { ColumnChoices } from '../column-choices.js';
import { isMap } from '../realms.js';
import { openBytes } from './byte-source.js';
import { type Layout, layoutOf } from './csv/layout.js';
import type { ResolvedReadOptions } from './options.js';
import { formatOf } from './sniff.js';
import { headOf, openText, type TextSource } from './text-source.js';

export interface CsvFile {
  readonly path: string;
  readonly format: 'csv' | 'tsv';
  readonly text: TextSource;
  readonly layout: Layout;
  readonly columns: ColumnChoices | undefined;
}

/** @throws {@link ChainruleError} ERR_FILE, ERR_DATA */
export async function openFile(path: string, options: ResolvedReadOptions): Promise<CsvFile> {
  const source = await openBytes(path);
  const { head, isWhole } = await headOf(source.chunks());
  const format = options.format ?? formatOf(path, head);
  const text = await openText(source, head, isWhole, options.encoding);
  const layout = layoutOf(text, options, format === 'tsv', (name) => isText(options.columns, name));
  const own = layout.separators.delimiter === 9 ? 'tsv' : 'csv';
  return { path, format: own, text, layout, columns: options.columns };
}

/** Whether the kind asked for a column is of texts; undefined if none is asked for. */
function isText(columns: ColumnChoices | undefined, name: string): boolean | undefined {
  if (typeof columns !== 'object' || columns === null) return undefined;
  const kind = isMap(columns) ? columns.get(name) : own(columns, name);
  if (kind === undefined || kind === 'ignore') return undefined;
  return kind !== 'numeric';
}

const own = (columns: object, name: string) =>
  Object.hasOwn(columns, name) ? (columns as Record<string, string>)[name] : undefined;
