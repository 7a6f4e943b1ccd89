/** What `train` learns from: the file, the target, and which columns are for what. */

import { ChainruleError, show } from '../../error.js';
import type { ColumnChoices, FileTable, ReadOptions, Table } from '../../index.js';
import { findKinds, findName, findNames, type KindChoice } from '../shared/columns.js';
import { UsageError } from '../shared/failure.js';
import { checkAmounts, labelledFile } from '../shared/labels.js';
import { FIRST_ROWS, isLargeFile, LabelledSource, labelsLike } from '../shared/large-file.js';
import type { Notes } from '../shared/notes.js';
import { knownChoices, openFile, readOptions } from '../shared/read.js';
import { count, counted } from '../shared/text-table.js';
import { countCopies } from './duplicates.js';
import type { TrainArguments } from './options.js';
import { type ChosenTask, chooseTask } from './task.js';

/** Columns by what they are for; the others are features. */
export interface Roles {
  target: string;
  weight: string | null;
  ids: readonly string[];
  ignored: readonly string[];
}

/** Everything that a fit needs. */
export interface TrainingData {
  file: FileTable;
  roles: Roles;
  task: ChosenTask;
  /** What columns are to be taken for. */
  choices: ColumnChoices;
  /** The rows with a label; of a large file in batches. */
  table: Table | LabelledSource;
  /** Of a large file those of its first rows. */
  labels: readonly unknown[];
  validation: Table | null;
}

/** Reads and checks. Throws ChainruleError and UsageError with what to mend. */
export async function readTrainingData(
  path: string,
  args: TrainArguments,
  notes: Notes,
): Promise<TrainingData> {
  const reading = readOptions(args);
  // The kinds of columns matter to the reader, too, but only it knows which there are.
  const { names } = await openFile(path, reading);
  const { roles, choices } = rolesOf(path, names, args, notes);
  const { target, weight } = roles;
  if (isLargeFile(path)) return readLargeFile(path, { reading, roles, choices }, args, notes);
  const labelled = await labelledFile(path, { ...reading, columns: choices }, { target, weight }, notes);
  const { file, table, labels } = labelled;
  const { kind } = file.columns[file.names.indexOf(target)];
  const task = chooseTask({ path, name: target, kind, values: labels }, args.task, args.metric);
  if (task.task === 'regression') checkAmounts(path, labels, target, table);
  warnOfCopies(path, table, notes);
  const classes = task.task === 'regression' ? null : [...new Set(labels)];
  const validation = await validationOf(args, { ...reading, columns: choices }, { target, classes }, notes);
  return { file, roles, task, choices, table, labels, validation };
}

/** The first rows say what the target is and what columns look like; the fit reads all of them. */
async function readLargeFile(
  path: string,
  { reading, roles, choices }: { reading: ReadOptions; roles: Roles; choices: Map<string, KindChoice> },
  args: TrainArguments,
  notes: Notes,
): Promise<TrainingData> {
  notes.note(
    `${path} is large: its first ${count(FIRST_ROWS)} rows say what ${show(roles.target)} is, and all of it is read in each epoch`,
  );
  const { target } = roles;
  const first = { ...reading, columns: choices, rows: FIRST_ROWS };
  const { file, labels } = await labelledFile(path, first, { target, weight: null }, notes);
  const { kind } = file.columns[file.names.indexOf(target)];
  const task = chooseTask({ path, name: target, kind, values: labels }, args.task, args.metric);
  const source = await openFile(path, reading);
  const table = new LabelledSource(source, target, labelsLike(file, target, labels));
  // Its labels may be classes that the first rows lack.
  const classes = task.task === 'regression' ? null : undefined;
  const validation = await validationOf(args, { ...reading, columns: choices }, { target, classes }, notes);
  return { file, roles, task, choices, table, labels, validation };
}

async function validationOf(
  { validation }: TrainArguments,
  reading: ReadOptions,
  answers: { target: string; classes: readonly unknown[] | null | undefined },
  notes: Notes,
): Promise<Table | null> {
  return validation === undefined ? null : readValidation(validation, reading, answers, notes);
}

function rolesOf(
  path: string,
  names: readonly string[],
  args: TrainArguments,
  notes: Notes,
): { roles: Roles; choices: Map<string, KindChoice> } {
  const columns = { path, names };
  const roles: Roles = {
    target: findName(args.target, '--target', columns, notes),
    weight: args.weight === undefined ? null : findName(args.weight, '--weight', columns, notes),
    ids: findNames(args.id, '--id', columns, notes),
    ignored: findNames(args.ignore, '--ignore', columns, notes),
  };
  const kinds = findKinds(args.columns, columns, notes);
  checkRoles(roles, kinds);
  for (const name of roles.ids) kinds.set(name, 'id');
  for (const name of roles.ignored) kinds.set(name, 'ignore');
  return { roles, choices: kinds };
}

/** Each column is for one thing. Throws UsageError. */
function checkRoles({ target, weight, ids, ignored }: Roles, kinds: ReadonlyMap<string, string>): void {
  const taken = new Map([[target, '--target']]);
  const take = (name: string, option: string) => {
    const other = taken.get(name);
    if (other !== undefined)
      throw new UsageError(`column ${show(name)} is given to ${other} and to ${option}`);
    taken.set(name, option);
  };
  if (weight !== null) take(weight, '--weight');
  for (const name of ids) take(name, '--id');
  for (const name of ignored) take(name, '--ignore');
  for (const name of kinds.keys()) if (ids.includes(name) || ignored.includes(name)) take(name, '--columns');
}

function warnOfCopies(path: string, table: Table, notes: Notes): void {
  const copies = countCopies(table);
  if (!copies) return;
  const have = copies === 1 ? 'is an exact copy' : 'are exact copies';
  notes.warn(
    `${path}: ${count(copies)} of ${counted(table.rowCount, 'row')} ${have} of others: ` +
      'where a copy is held out, the score is too good',
  );
}

async function readValidation(
  path: string,
  reading: ReadOptions,
  { target, classes }: { target: string; classes: readonly unknown[] | null | undefined },
  notes: Notes,
): Promise<Table> {
  const { columns, ...others } = reading;
  const { names } = await openFile(path, others);
  const own = findName(target, '--target', { path, names }, notes);
  if (own !== target)
    throw new ChainruleError('ERR_DATA', `${path} calls the target ${show(own)}, not ${show(target)}`);
  const options = { ...others, columns: knownChoices(columns, names) };
  const { table } = await labelledFile(path, options, { target, weight: null, classes }, notes);
  return table;
}
