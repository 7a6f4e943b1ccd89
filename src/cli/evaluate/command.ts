import process from 'node:process';
import { Command } from 'commander';
import { ChainruleError } from '../../error.js';
import type {
  ClassifierEvaluation,
  MLPClassifier,
  MLPRegressor,
  ReadOptions,
  RegressorEvaluation,
} from '../../index.js';
import { VERSION } from '../../version.js';
import { type ReadingArguments, readingOptions } from '../shared/arguments.js';
import { findName } from '../shared/columns.js';
import { inFile, UsageError } from '../shared/failure.js';
import { toJSON } from '../shared/json.js';
import { labelledFile } from '../shared/labels.js';
import { loadModel } from '../shared/load-model.js';
import { createNotes, type Notes } from '../shared/notes.js';
import { checkFolder } from '../shared/output-file.js';
import { refuseNoHtml, refuseSameFile } from '../shared/overwriting.js';
import { inWords, knownChoices, openFile, readOptions, rowsPath } from '../shared/read.js';
import { writeReport } from '../shared/report.js';
import { paintFor, widthOf } from '../terminal.js';
import { evaluationText } from './text.js';

interface EvaluateArguments extends ReadingArguments {
  target?: string;
  report?: string;
  json?: true;
  quiet?: true;
}

const EXAMPLES = `
The rows must have the column that the model predicts. Metrics are those of scikit-learn; those of several classes are
means over the classes.

Examples:
  $ npx chainrule evaluate model.safetensors test.csv
  $ npx chainrule evaluate model.safetensors test.csv --json > metrics.json
  $ npx chainrule evaluate model.safetensors test.csv --report test.html`;

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('say how good a model is on rows whose answers are known')
    .argument('<model>', 'a file that train wrote')
    .argument('<file>', 'rows with their answers; - for standard input')
    .option('--target <column>', 'the column with the answers (default: that of the training)')
    .option('--report <file>', 'write an HTML page about the model and these rows')
    .option('--json', 'print one JSON document')
    .option('--quiet', 'print no notes; warnings remain');
  for (const option of readingOptions()) command.addOption(option);
  return command.addHelpText('after', EXAMPLES).action(evaluate);
}

async function checkReport(modelPath: string, path: string, report: string): Promise<void> {
  const inputs = [
    { name: 'MODEL', path: modelPath },
    { name: 'FILE', path },
  ];
  refuseSameFile(inputs, [{ name: '--report', path: report }]);
  await checkFolder(report, '--report');
  await refuseNoHtml(report, '--report');
}

/** So many rows as the model was trained on are probably those. */
function noteOfTrainedRows(model: MLPClassifier | MLPRegressor, rows: number, notes: Notes): void {
  if (model.provenance.rows !== rows) return;
  const better = model.heldOutScore === null ? '' : '; `inspect` has the score on rows held out';
  const text = `if these are the rows that the model was trained on, the scores flatter it${better}`;
  notes.note(text);
  notes.record(text);
}

async function evaluate(modelPath: string, file: string, args: EvaluateArguments): Promise<void> {
  const path = rowsPath(file);
  const notes = createNotes(args);
  if (args.report !== undefined) await checkReport(modelPath, path, args.report);
  const model = await loadModel(modelPath, path);
  const { target, table, labels, rows } = await readAnswers(model, path, args, notes);
  const metrics = await inFile(path, async () =>
    evaluateModel(model, table, labels, (text) => notes.warn(inWords(path, text))),
  );
  noteOfTrainedRows(model, labels.length, notes);
  if (args.report !== undefined) {
    const reported = { model, file: path, table, labels: labels as ArrayLike<unknown> };
    await writeReport(args.report, reported, { heldOut: false, readWarnings: notes.warnings });
    notes.note(`${args.report}: a report, to be opened in a browser`);
  }
  const classes = 'classes' in model ? model.classes : null;
  const { stdout } = process;
  if (args.json) {
    const result = {
      command: 'evaluate',
      chainrule: VERSION,
      model: modelPath,
      file: path,
      task: classes === null ? 'regression' : 'classification',
      target,
      rows,
      evaluatedRows: labels.length,
      classes,
      metrics,
      warnings: notes.warnings,
    };
    stdout.write(`${toJSON(result, 2)}\n`);
  } else {
    stdout.write(
      evaluationText(
        { metrics, metric: model.options.metric ?? null, classes, target, rows: labels.length },
        paintFor(stdout),
        widthOf(stdout),
      ),
    );
  }
}

async function readAnswers(
  model: MLPClassifier | MLPRegressor,
  path: string,
  args: EvaluateArguments,
  notes: Notes,
) {
  const asked = args.target ?? model.target;
  if (asked === null)
    throw new UsageError('the model does not know the name of its target: give it by --target');
  const options: ReadOptions = readOptions(args);
  const { names } = await openFile(path, options);
  const target = findName(asked, '--target', { path, names }, notes);
  const kinds = model.columns.filter(({ kind }) => kind === 'categorical');
  const columns = knownChoices(new Map(kinds.map(({ name, kind }) => [name, kind])), names);
  const classes = 'classes' in model ? model.classes : null;
  const labelled = await labelledFile(
    path,
    { ...options, columns },
    { target, classes, weight: null },
    notes,
  );
  if (labelled.labels.length > 0) return { target, rows: labelled.file.rowCount, ...labelled };
  throw new ChainruleError('ERR_DATA', `${path} has no row with a value of '${target}'`);
}

function evaluateModel(
  model: MLPClassifier | MLPRegressor,
  table: Parameters<MLPClassifier['evaluate']>[0],
  labels: readonly unknown[],
  onWarning: (text: string) => void,
): ClassifierEvaluation | RegressorEvaluation {
  return 'classes' in model
    ? model.evaluate(table, labels as never, { onWarning })
    : model.evaluate(table, labels as never, { onWarning });
}
