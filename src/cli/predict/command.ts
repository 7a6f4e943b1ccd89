import { Command } from 'commander';
import { show } from '../../error.js';
import type { ColumnKind, MLPClassifier, MLPRegressor, TableSource } from '../../index.js';
import { VERSION } from '../../version.js';
import { collect, type ReadingArguments, readingOptions, share } from '../shared/arguments.js';
import { findNames } from '../shared/columns.js';
import { UsageError } from '../shared/failure.js';
import { loadModel } from '../shared/load-model.js';
import { createNotes, type Notes } from '../shared/notes.js';
import { checkFolder } from '../shared/output-file.js';
import { refuseModel, refuseSameFile } from '../shared/overwriting.js';
import { inWords, knownChoices, openFile, readOptions, rowsPath } from '../shared/read.js';
import { count } from '../shared/text-table.js';
import { predictorOf } from './predictor.js';
import { writeTexts } from './sink.js';
import { type Predicted, predictions } from './stream.js';
import { createWriter, formatOf } from './writers.js';

interface PredictArguments extends ReadingArguments {
  out?: string;
  probabilities?: true;
  interval?: number | true;
  id?: string[];
  json?: true;
  quiet?: true;
}

const DEFAULT_COVERAGE = 0.9;

const EXAMPLES = `
One line for each row, in the order of the file; a column of the target is ignored if there is one. The file is read
and predicted in batches: it may be larger than the memory. Texts that a spreadsheet would run as a formula get a '
in front in CSV and TSV. --out is written whole or not at all; its ending says the format: .csv, .tsv, .jsonl, .json;
without an ending it is CSV.

Examples:
  $ npx chainrule predict model.safetensors new.csv --out predictions.csv
  $ npx chainrule predict model.safetensors new.csv --probabilities --id customer
  $ npx chainrule predict prices.safetensors houses.csv --interval 0.9 --out prices.jsonl`;

export function predictCommand(): Command {
  const command = new Command('predict')
    .description('predict rows with a model')
    .argument('<model>', 'a file that train wrote')
    .argument('<file>', 'rows to predict; - for standard input')
    .option('--out <file>', 'where the predictions go; - for standard output, as CSV (default)')
    .option('--probabilities', 'add the probability of each class')
    .option(
      '--interval [share]',
      'add the ends of intervals that contain so many of new rows (default: 0.9)',
      share,
    )
    .option('--id <columns>', 'columns to copy (default: those of train --id)', collect)
    .option('--json', 'print one JSON document')
    .option('--quiet', 'print no notes; warnings remain');
  for (const option of readingOptions()) command.addOption(option);
  return command.addHelpText('after', EXAMPLES).action(predict);
}

/** @throws UsageError if the output cannot be written as asked, or must not be */
async function checkOutput(modelPath: string, path: string, out: string): Promise<void> {
  const inputs = [
    { name: 'MODEL', path: modelPath },
    { name: 'FILE', path },
  ];
  refuseSameFile(inputs, [{ name: '--out', path: out }]);
  await checkFolder(out, '--out');
  await refuseModel(out, '--out');
}

async function predict(modelPath: string, file: string, args: PredictArguments): Promise<void> {
  const path = rowsPath(file);
  const notes = createNotes(args);
  const { interval, probabilities = false } = args;
  const out = args.out === '-' ? undefined : args.out;
  if (out !== undefined && args.json)
    throw new UsageError('--json prints to stdout; for a file use --out FILE.json');
  const format = args.json ? 'json' : formatOf(out);
  if (out !== undefined) await checkOutput(modelPath, path, out);
  const model = await loadModel(modelPath, path);
  const coverage = interval === undefined ? null : interval === true ? DEFAULT_COVERAGE : interval;
  const predictor = predictorOf(model, { probabilities, interval: coverage });
  const { source, ids } = await openRows(path, model, args, notes);
  refuseTaken(ids, predictor.names);
  const writer = createWriter(format, {
    names: [...ids, ...predictor.names],
    facts: { command: 'predict', chainrule: VERSION, model: modelPath, file: path, target: model.target },
  });
  const facts = ({ rows, warnings }: Predicted) => {
    for (const warning of [...source.warnings, ...warnings]) notes.warn(inWords(path, warning));
    if (writer.guarded !== null) notes.warn(guardWarning(writer.guarded));
    return { rows, warnings: notes.warnings };
  };
  const { rows } = await writeTexts(predictions(source, ids, predictor, writer, facts), out);
  if (out !== undefined) notes.note(`${out}: predictions for ${count(rows)} rows`);
}

/** The file, with the kinds of columns that matter to the reader: texts of digits may be names. */
async function openRows(
  path: string,
  model: MLPClassifier | MLPRegressor,
  args: PredictArguments,
  notes: Notes,
): Promise<{ source: TableSource; ids: string[] }> {
  const options = readOptions(args);
  const { names } = await openFile(path, options);
  const ids = idsFor(model, path, names, args.id, notes);
  const categories = model.columns.filter(({ kind }) => kind === 'categorical');
  const columns = new Map<string, ColumnKind>(categories.map(({ name, kind }) => [name, kind]));
  for (const name of ids) columns.set(name, 'id');
  return { source: await openFile(path, { ...options, columns: knownChoices(columns, names) }), ids };
}

/** @throws UsageError if a column to copy is called like one of the predictions */
function refuseTaken(ids: readonly string[], taken: readonly string[]): void {
  const name = ids.find((id) => taken.includes(id));
  if (name !== undefined)
    throw new UsageError(`--id: ${show(name)} is the name of a column of the predictions, too`);
}

/** Columns to copy: those that are asked for, else those that training took for ids because it was told so. */
function idsFor(
  model: MLPClassifier | MLPRegressor,
  path: string,
  names: readonly string[],
  asked: readonly string[] | undefined,
  notes: Notes,
): string[] {
  if (asked !== undefined) return findNames(asked, '--id', { path, names }, notes);
  const own = model.columns
    .filter(({ kind, asked: isAsked }) => kind === 'id' && isAsked)
    .map(({ name }) => name);
  for (const name of own) {
    if (!names.includes(name)) notes.note(`${path} lacks the id ${show(name)}, which is not copied`);
  }
  return own.filter((name) => names.includes(name));
}

function guardWarning(cell: string): string {
  return `cells such as ${show(cell)} got a ' in front, since spreadsheets run them as formulas; .jsonl has them as they are`;
}
