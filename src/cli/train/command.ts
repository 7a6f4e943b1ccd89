import { statSync } from 'node:fs';
import process from 'node:process';
import { Command } from 'commander';
import { UsageError } from '../shared/failure.js';
import { toJSON } from '../shared/json.js';
import { LabelledSource } from '../shared/large-file.js';
import { isAboutLeftOut } from '../shared/messages.js';
import { createNotes, type Notes } from '../shared/notes.js';
import { checkFolder, checkModelPath } from '../shared/output-file.js';
import { isSameFile, refuseNoHtml, refuseSameFile } from '../shared/overwriting.js';
import { inWords, rowsPath } from '../shared/read.js';
import { commandLine, writeReport } from '../shared/report.js';
import { paintFor, widthOf } from '../terminal.js';
import { findCheckpoints } from './checkpoints.js';
import { readTrainingData, type TrainingData } from './data.js';
import { earlyEnd, type FitResult, fitModel, NoModelError } from './fit.js';
import { Interrupt } from './interrupt.js';
import { addTrainOptions, type TrainArguments } from './options.js';
import { resultOf, type TrainResult } from './result.js';
import { summaryOf } from './summary.js';
import { otherTask } from './task.js';

const EXAMPLES = `
The kinds of columns are found out, missing cells are filled in, and what cannot be used is left out and named.
Rows are held out to say how good the model is on new ones. Ctrl-C ends the training and keeps the best so far.
The file may be CSV, TSV, JSON lines, JSON, Parquet or Arrow, also with .gz behind it.

Examples:
  $ npx chainrule train penguins.csv --target species
  $ npx chainrule train houses.parquet --target price --out prices.safetensors --report prices.html
  $ npx chainrule train customers.csv --target left --id customer --ignore notes,phone --columns zip=categorical
  $ npx chainrule train big.parquet --target load --checkpoint state --resume   # starts, or goes on after a crash`;

export function trainCommand(): Command {
  return addTrainOptions(
    new Command('train')
      .description('learn to predict a column of a file of rows')
      .argument('<file>', 'rows to learn from; - for standard input'),
  )
    .addHelpText('after', EXAMPLES)
    .action(train);
}

/** Whether all can be read and written as asked, before any work. */
async function checkFiles(path: string, { out, report, validation }: TrainArguments): Promise<void> {
  if (validation !== undefined && isSameFile(path, validation)) {
    throw new UsageError(
      `--validation is ${path} itself: a score on rows that were trained on says nothing of new ones; ` +
        'without --validation, parts of the rows are held out',
    );
  }
  refuseSameFile(
    [
      { name: 'FILE', path },
      { name: '--validation', path: validation },
    ],
    [
      { name: '--out', path: out },
      { name: '--report', path: report },
    ],
  );
  await checkModelPath(out, '--out');
  if (report === undefined) return;
  await checkFolder(report, '--report');
  await refuseNoHtml(report, '--report');
}

async function train(file: string, given: TrainArguments): Promise<void> {
  const path = rowsPath(file);
  const args = given.validation === undefined ? given : { ...given, validation: rowsPath(given.validation) };
  const notes = createNotes(args);
  await checkFiles(path, args);
  const checkpoints = await findCheckpoints(args, notes);
  const data = await readTrainingData(path, args, notes);
  if (data.task.reason !== null) {
    const other = otherTask(data.task, data.labels);
    notes.note(`task: ${data.task.task}, since ${data.task.reason}${other === null ? '' : `; ${other}`}`);
  }
  // Until the model is written: a signal that comes twice must not end the program in between.
  const interrupt = new Interrupt();
  try {
    const fitted = await fitModel(path, data, args, { notes, interrupt, checkpoints });
    tellWarnings(path, fitted, notes);
    await fitted.estimator.save(args.out);
    const ended = earlyEnd(fitted);
    if (ended !== null) {
      const more = checkpoints === null ? '' : ', and the same command with --resume goes on';
      notes.note(`${ended}; ${args.out} has the best so far${more}`);
    }
    if (args.report !== undefined) await report(args.report, path, data, fitted, notes);
    print(resultOf(data, fitted, { model: args.out, warnings: notes.warnings }), args);
  } catch (error) {
    if (!(error instanceof NoModelError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.status;
  } finally {
    interrupt.stop();
  }
}

/** About what the networks say of rows that they did not see. */
async function report(
  to: string,
  path: string,
  { table, validation, roles }: TrainingData,
  { estimator }: FitResult,
  notes: Notes,
): Promise<void> {
  const seed = process.argv.includes('--seed') ? '' : ` --seed ${estimator.options.seed}`;
  const isLarge = table instanceof LabelledSource;
  // Of a large file only the rows held out are worth having.
  const rows = () => (isLarge ? table.pick(estimator.heldOut()?.rows ?? new Uint32Array(0)) : table);
  const reported = {
    model: estimator,
    file: path,
    table: validation ?? (await rows()),
    labels: roles.target,
  };
  await writeReport(to, reported, {
    heldOut: validation === null && !isLarge,
    readWarnings: notes.warnings.filter(
      (warning) => !estimator.warnings.some((own) => warning.endsWith(own)),
    ),
    command: commandLine() + seed,
  });
  notes.note(`${to}: a report, to be opened in a browser`);
}

function tellWarnings(path: string, { estimator }: FitResult, notes: Notes): void {
  for (const warning of estimator.warnings) {
    // The summary lists these.
    if (isAboutLeftOut(warning)) notes.record(inWords(path, warning));
    else notes.warn(inWords(path, warning));
  }
}

function print(result: TrainResult, { json, quiet, out }: TrainArguments): void {
  const { stdout } = process;
  if (json) stdout.write(`${toJSON(result, 2)}\n`);
  else if (!quiet) stdout.write(summaryOf(result, statSync(out).size, paintFor(stdout), widthOf(stdout)));
}
