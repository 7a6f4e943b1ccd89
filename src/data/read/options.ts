/** The options of the readers of files. */

import { type Check, integer, oneOf, optional, optionsObject, unexpected } from '../../options/checks.js';
import type { ColumnChoices } from '../column-choices.js';
import { checkNames } from '../table.js';
import { FILE_FORMATS, type FileFormat } from './file-table.js';

/** How to read a file. */
export interface ReadOptions {
  /** Kind of the file. Default: by its first bytes, then by its name. */
  format?: FileFormat | undefined;
  /** Of CSV: the character between cells. Default: the one of , ; tab and | that fits the lines. */
  delimiter?: string | undefined;
  /**
   * Of CSV: whether a line with the names of the columns comes first; without it they are called '0', '1', ...
   * Default: yes, unless the first line holds numbers as the others do.
   */
  header?: boolean | undefined;
  /** Names of all columns, instead of those of the file. */
  names?: readonly string[] | undefined;
  /**
   * What columns are to be taken for, by name, as for the estimators. Cells of columns of texts ('categorical',
   * 'text', 'id') stay as they are written, also where they look like numbers.
   */
  columns?: ColumnChoices | undefined;
  /** To read only the first rows: how many. Default: all. */
  rows?: number | undefined;
  /** Of `openTable`: most rows of a batch. Default: such that it has about 250,000 cells, at most 65,536. */
  batchRows?: number | undefined;
  /** Of text files: 'utf-8', 'utf-16le', 'windows-1252', or another that TextDecoder knows. Default: by the bytes. */
  encoding?: string | undefined;
}

export interface ResolvedReadOptions {
  format: FileFormat | null;
  delimiter: string | null;
  header: boolean | null;
  names: readonly string[] | null;
  columns: ColumnChoices | undefined;
  /** Infinity for all. */
  rows: number;
  batchRows: number | null;
  encoding: string | null;
}

const KNOWN = ['format', 'delimiter', 'header', 'names', 'columns', 'rows', 'batchRows', 'encoding'];

const checkDelimiter: Check<string> = (value, name) => {
  if (typeof value === 'string' && /^[\t\x20-\x7e]$/.test(value) && value !== '"') return value;
  throw unexpected(name, value, "a character of ASCII other than a quote, such as ';' or '\\t'");
};

const checkHeader: Check<boolean> = (value, name) => {
  if (typeof value === 'boolean') return value;
  throw unexpected(name, value, 'true or false');
};

const checkNameList: Check<readonly string[]> = (value, name) => {
  if (!Array.isArray(value) || value.length === 0) throw unexpected(name, value, 'an array of names');
  value.forEach((each: unknown, i) => {
    if (typeof each !== 'string' || each === '')
      throw unexpected(`${name}[${i}]`, each, 'the name of a column');
  });
  checkNames(value, name);
  return [...value];
};

const checkEncoding: Check<string> = (value, name) => {
  try {
    if (typeof value === 'string') return new TextDecoder(value).encoding;
  } catch {
    // Not one that it knows.
  }
  throw unexpected(name, value, "an encoding such as 'utf-8', 'utf-16le' or 'windows-1252'");
};

/** @throws {@link ChainruleError} ERR_OPTION */
export function resolveReadOptions(value: unknown, where: string): ResolvedReadOptions {
  const options = optionsObject(value, KNOWN, where);
  return {
    format: optional(options.format, 'format', oneOf(FILE_FORMATS), null),
    delimiter: optional(options.delimiter, 'delimiter', checkDelimiter, null),
    header: optional(options.header, 'header', checkHeader, null),
    names: optional(options.names, 'names', checkNameList, null),
    columns: options.columns as ColumnChoices | undefined,
    rows: optional(options.rows, 'rows', integer(1, Number.MAX_SAFE_INTEGER), Number.POSITIVE_INFINITY),
    batchRows: optional(options.batchRows, 'batchRows', integer(1, 2 ** 30), null),
    encoding: optional(options.encoding, 'encoding', checkEncoding, null),
  };
}
