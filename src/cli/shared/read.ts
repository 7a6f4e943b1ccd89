/** Reads files of rows as arguments ask for. */

import type { ColumnChoices, FileTable, ReadOptions, TableSource } from '../../index.js';
import type { ReadingArguments } from './arguments.js';
import { library } from './library.js';
import type { Notes } from './notes.js';

/** The argument FILE as a path: `-` is standard input. */
export function rowsPath(file: string): string {
  return file === '-' ? '/dev/stdin' : file;
}

/** The arguments as options of the readers. */
export function readOptions({ format, delimiter, header, encoding }: ReadingArguments): ReadOptions {
  return { format, delimiter, header, encoding };
}

/** The whole of a file. Its warnings are printed. */
export async function readFile(path: string, options: ReadOptions, notes: Notes): Promise<FileTable> {
  const { readTable } = await library();
  const file = await readTable(path, options);
  for (const warning of file.warnings) notes.warn(inWords(path, warning));
  return file;
}

/** A file to be read in batches. */
export async function openFile(path: string, options: ReadOptions): Promise<TableSource> {
  const { openTable } = await library();
  return openTable(path, options);
}

/** A warning that names its file. */
export function inWords(path: string, warning: string): string {
  return warning.includes(path) ? warning : `${path}: ${warning}`;
}

/** The choices of columns that a file has. */
export function knownChoices(choices: ColumnChoices | undefined, names: readonly string[]): ColumnChoices {
  const entries = choices instanceof Map ? [...choices] : Object.entries(choices ?? {});
  return new Map(entries.filter(([name]) => names.includes(name)));
}
