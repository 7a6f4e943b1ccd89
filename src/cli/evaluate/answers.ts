/** The rows to evaluate a model on, and their answers. */

import { ChainruleError } from '../../error.js';
import type { MLPClassifier, MLPRegressor, ReadOptions, Table } from '../../index.js';
import type { ReadingArguments } from '../shared/arguments.js';
import { findName } from '../shared/columns.js';
import { UsageError } from '../shared/failure.js';
import { labelledFile } from '../shared/labels.js';
import { LabelledSource, labelsLike } from '../shared/large-file.js';
import type { Notes } from '../shared/notes.js';
import { knownChoices, openFile, readOptions } from '../shared/read.js';

/** Cells that are read at once; of a file with more, batch after batch. */
const MOST_CELLS = 2 ** 21;
const FEWEST_ROWS = 1000;

export interface Answers {
  readonly target: string;
  /** Classes that the model knows; null for amounts. */
  readonly classes: readonly unknown[] | null;
  /** All rows of the file with an answer and their answers; or the first of them, of a file that has more. */
  readonly table: Table;
  readonly labels: readonly unknown[];
  /** Rows of the file, or of its part. */
  readonly rows: number;
  /** How many of those have no answer. */
  readonly dropped: number;
  /** All rows with an answer, if the file has more. */
  readonly source: LabelledSource | null;
}

export async function readAnswers(
  model: MLPClassifier | MLPRegressor,
  path: string,
  args: ReadingArguments & { target?: string },
  notes: Notes,
): Promise<Answers> {
  const asked = args.target ?? model.target;
  if (asked === null)
    throw new UsageError('the model does not know the name of its target: give it by --target');
  const { names } = await openFile(path, readOptions(args));
  const target = findName(asked, '--target', { path, names }, notes);
  const kinds = model.columns.filter(({ kind }) => kind === 'categorical');
  const columns = knownChoices(new Map(kinds.map(({ name, kind }) => [name, kind])), names);
  const options: ReadOptions = { ...readOptions(args), columns };
  const most = Math.max(FEWEST_ROWS, Math.floor(MOST_CELLS / names.length));
  const classes = 'classes' in model ? model.classes : null;
  const first = await labelledFile(
    path,
    { ...options, rows: most },
    { target, classes, weight: null },
    notes,
  );
  const { file, table, labels, dropped } = first;
  const isWhole = file.rowCount < most;
  if (isWhole && labels.length === 0) throw noAnswer(path, target);
  const read = labelsLike(file, target, classes ?? labels);
  const source = isWhole ? null : new LabelledSource(await openFile(path, options), target, read);
  return { target, classes, table, labels, rows: file.rowCount, dropped, source };
}

export function noAnswer(path: string, target: string): ChainruleError {
  return new ChainruleError('ERR_DATA', `${path} has no row with a value of '${target}'`);
}
