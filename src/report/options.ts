/** The options of `makeReport`. */

import type { NumberLike } from '../estimators/number-values.js';
import { boolean, type Check, optional, optionsObject, unexpected } from '../options/checks.js';
import { shownMessage, shownName } from './file-names.js';

/** What a report is to say besides what it finds out itself. */
export interface ReportOptions {
  /** Its heading. Default: the target and `dataName`. */
  title?: string | undefined;
  /** Where the rows come from, such as the name of a file; of a path only the last part is shown. */
  dataName?: string | undefined;
  /** How much each row counts in the scores, or the name of a column with that. Default: as in the fit, or all the same. */
  sampleWeight?: ArrayLike<NumberLike> | string | undefined;
  /**
   * Whether the rows are those of the last fit: then only what each network says of the rows that it was not trained on
   * counts. Default: whether they are as many, with the same labels.
   */
  heldOut?: boolean | undefined;
  /** What the reader of the rows had to say of them. What the estimator says, too, is shown once. */
  readWarnings?: readonly string[] | undefined;
  /** The command line by which the model was made. */
  command?: string | undefined;
  /** Whether to measure the importance of columns, which takes the longest. Default true. */
  importance?: boolean | undefined;
}

/** `ReportOptions` checked, apart from the data in them. */
export interface ResolvedReport {
  title: string | null;
  dataName: string | null;
  sampleWeight: unknown;
  heldOut: boolean | null;
  readWarnings: readonly string[];
  command: string | null;
  importance: boolean;
}

const FIELDS = [
  'title',
  'dataName',
  'sampleWeight',
  'heldOut',
  'readWarnings',
  'command',
  'importance',
] as const satisfies (keyof ReportOptions)[];

const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw unexpected(name, value, 'a text');
  return value;
};

const texts: Check<readonly string[]> = (value, name) => {
  if (!Array.isArray(value)) throw unexpected(name, value, 'an array of texts');
  return value.map((each, i) => text(each, `${name}[${i}]`));
};

/** Checks the options of `makeReport`. Throws ERR_OPTION. */
export function resolveReport(value: unknown): ResolvedReport {
  const options = optionsObject(value, FIELDS, 'the options of makeReport');
  const dataName = optional(options.dataName, 'dataName', text, null);
  const readWarnings = optional(options.readWarnings, 'readWarnings', texts, []);
  return {
    title: optional(options.title, 'title', text, null),
    dataName: dataName && shownName(dataName),
    sampleWeight: options.sampleWeight,
    heldOut: optional(options.heldOut, 'heldOut', boolean, null),
    readWarnings: readWarnings.map((message) => shownMessage(message, dataName)),
    command: optional(options.command, 'command', text, null),
    importance: optional(options.importance, 'importance', boolean, true),
  };
}
