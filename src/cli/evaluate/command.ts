import process from 'node:process';
import { Command } from 'commander';
import { show } from '../../error.js';
import type {
  ClassifierEvaluation,
  MLPClassifier,
  MLPRegressor,
  RegressorEvaluation,
  Table,
} from '../../index.js';
import { VERSION } from '../../version.js';
import { type ReadingArguments, readingOptions } from '../shared/arguments.js';
import { BatchWarnings } from '../shared/batch-warnings.js';
import { inFile } from '../shared/failure.js';
import { toJSON } from '../shared/json.js';
import { loadModel } from '../shared/load-model.js';
import { createNotes, type Notes } from '../shared/notes.js';
import { checkFolder } from '../shared/output-file.js';
import { refuseNoHtml, refuseSameFile } from '../shared/overwriting.js';
import { inWords, rowsPath } from '../shared/read.js';
import { writeReport } from '../shared/report.js';
import { counted } from '../shared/text-table.js';
import { paintFor, widthOf } from '../terminal.js';
import { type Answers, readAnswers } from './answers.js';
import { evaluateBatches } from './stream.js';
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
  const answers = await readAnswers(model, path, args, notes);
  const { target } = answers;
  const { metrics, rows, evaluatedRows } = await evaluateRows(model, path, answers, notes);
  noteOfTrainedRows(model, evaluatedRows, notes);
  if (args.report !== undefined) await report(args.report, model, path, answers, notes);
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
      evaluatedRows,
      classes,
      metrics,
      warnings: notes.warnings,
    };
    stdout.write(`${toJSON(result, 2)}\n`);
  } else {
    stdout.write(
      evaluationText(
        { metrics, metric: model.options.metric ?? null, classes, target, rows: evaluatedRows },
        paintFor(stdout),
        widthOf(stdout),
      ),
    );
  }
}

interface Evaluated {
  metrics: ClassifierEvaluation | RegressorEvaluation;
  rows: number;
  evaluatedRows: number;
}

async function evaluateRows(
  model: MLPClassifier | MLPRegressor,
  path: string,
  { source, target, table, labels, rows, dropped }: Answers,
  notes: Notes,
): Promise<Evaluated> {
  if (source === null) {
    const metrics = await inFile(path, async () =>
      evaluateTable(model, table, labels, (text) => notes.warn(inWords(path, text))),
    );
    return { metrics, rows, evaluatedRows: labels.length };
  }
  const warnings = new BatchWarnings();
  const metrics = await inFile(path, () =>
    evaluateBatches(model, source, target, path, (text) => warnings.add(text)),
  );
  for (const text of [...source.warnings, ...warnings.sentences()]) notes.warn(inWords(path, text));
  const { rows: all, labels: counts } = source.counts ?? { rows: 0, labels: new Map<unknown, number>() };
  let evaluatedRows = 0;
  for (const own of counts.values()) evaluatedRows += own;
  // The first rows have been told of.
  const without = all - evaluatedRows;
  if (without > dropped)
    notes.warn(`${path}: ${counted(without, 'row')} in all have no value of ${show(target)}`);
  return { metrics, rows: all, evaluatedRows };
}

function evaluateTable(
  model: MLPClassifier | MLPRegressor,
  table: Table,
  labels: readonly unknown[],
  onWarning: (text: string) => void,
): ClassifierEvaluation | RegressorEvaluation {
  return 'classes' in model
    ? model.evaluate(table, labels as never, { onWarning })
    : model.evaluate(table, labels as never, { onWarning });
}

/** Of a large file about its first rows. */
async function report(
  to: string,
  model: MLPClassifier | MLPRegressor,
  path: string,
  { source, table, labels }: Answers,
  notes: Notes,
): Promise<void> {
  const reported = { model, file: path, table, labels: labels as ArrayLike<unknown> };
  await writeReport(to, reported, { heldOut: false, readWarnings: notes.warnings });
  const which = source === null ? 'a report' : `a report on the first ${counted(labels.length, 'row')}`;
  notes.note(`${to}: ${which}, to be opened in a browser`);
}
