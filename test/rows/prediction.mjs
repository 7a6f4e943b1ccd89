/** Compares predictions of a file by the command line with what a case expects. */

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { fileOf } from './generated.mjs';
import { faultsOfError, faultsOfWarnings, lacking } from './mentions.mjs';
import { predict, warningsOf } from './program.mjs';

const PLAIN_NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
/** Signs at whose sight a spreadsheet runs a cell. */
const FORMULA = /^[=+\-@\t\r]/;
const KNOWN = ['rows', 'sameAs', 'sameRowsAs', 'between', 'output', 'warnings', 'error'];

/**
 * @param expected - an `Expected` of `predict`
 * @param context - the case, its model and report, and where files are
 */
export async function faultsOfPrediction(expected, context) {
  const all = [];
  for (const way of expected.ways()) all.push(await faultsOfWay(way, context));
  return all.reduce((best, faults) => (faults.length < best.length ? faults : best));
}

async function faultsOfWay(way, context) {
  const unknown = Object.keys(way.value).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0) return unknown.map((key) => `predict.${key} is not known`);
  const { name, options, classification } = context;
  const given = await answersOf(options.predictFile, `${name}-predicted`, context, classification);
  if (way.has('error')) return faultsOfError(way.value.error, given);
  if (given.status !== 0) return [`predicting stopped with status ${given.status}: ${given.stderr.trim()}`];
  return [
    ...faultsOfAnswers(way, given, context),
    ...(await faultsOfComparison(way, given, context)),
    ...faultsOfWarnings(way.value.warnings ?? [], warningsOf(given)),
  ];
}

/** The rows of the answers to a file, read by another reader; texts as they are written. */
async function answersOf(file, name, context, withProbabilities) {
  const out = path.join(context.scratch, `${name}.csv`);
  const more = withProbabilities ? ['--probabilities'] : [];
  const result = await predict(context.model, fileOf(file, context), context.options, out, more);
  if (result.status !== 0 || !existsSync(out)) return { ...result, rows: [] };
  const [header, ...rows] = parse(readFileSync(out, 'utf8'));
  return { ...result, header, rows };
}

function faultsOfAnswers(way, { header, rows, stderr }, { classes, classification }) {
  const faults = [];
  if (rows.length !== way.value.rows) faults.push(`there are ${rows.length} answers, not ${way.value.rows}`);
  const place = header?.indexOf('prediction') ?? -1;
  if (place < 0) return [...faults, 'there is no column of predictions'];
  const answers = rows.map((row) => row[place]);
  if (rows.flat().some((cell) => cell.trim() === '' || /^nan$/i.test(cell)))
    faults.push('some answers are NaN or empty');
  if (!classification && !answers.every((cell) => PLAIN_NUMBER.test(cell)))
    faults.push('some answers are no numbers');
  if (classification && !answers.every((cell) => classes.includes(unguarded(cell))))
    faults.push('some answers are no classes');
  if (way.has('between')) {
    const [least, most] = way.value.between;
    const isWithin = (cell) => Number(cell) >= least && Number(cell) <= most;
    if (!answers.every(isWithin))
      faults.push(`some answers are not between ${least} and ${most}: ${answers}`);
  }
  if (way.has('output'))
    faults.push(...faultsOfOutput(way.at('output'), answers, [header, ...rows], stderr, classes));
  return faults;
}

const unguarded = (cell) => cell.replace(/^'/, '');

function faultsOfOutput(output, answers, cells, stderr, classes) {
  const { format, formulaCells } = output.value;
  if (format !== 'csv') return [`the output format ${format} is not known`];
  const faults = output.at('readsBackAs').faults(({ value }) => {
    const reads = {
      labels: (cell) => classes.includes(cell),
      'guarded-labels': (cell) => classes.includes(unguarded(cell)),
      numbers: (cell) => PLAIN_NUMBER.test(cell),
    }[value];
    if (reads === undefined) return [`readsBackAs ${value} is not known`];
    return answers.every(reads) ? [] : [`the answers do not read back as ${value}: ${answers}`];
  });
  if (formulaCells === undefined) return faults;
  if (formulaCells !== 'guarded-or-warned') return [...faults, `formulaCells ${formulaCells} is not known`];
  const runs = cells.flat().filter((cell) => FORMULA.test(cell) && !PLAIN_NUMBER.test(cell));
  const isSaid = runs.every((cell) => lacking(stderr, ['formula']).length === 0 && stderr.includes(cell));
  return isSaid ? faults : [...faults, `a spreadsheet would run ${JSON.stringify(runs)}`];
}

/** Compares with the answers to another file, cell by cell. */
async function faultsOfComparison(way, { rows }, context) {
  const { name, classification } = context;
  const { sameAs, sameRowsAs } = way.value;
  const faults = [];
  if (sameAs !== undefined) {
    const other = await answersOf(sameAs, `${name}-same`, context, classification);
    if (JSON.stringify(other.rows) !== JSON.stringify(rows))
      faults.push(`the answers differ from those to ${sameAs}`);
  }
  if (sameRowsAs !== undefined) {
    const { file, rows: theirs, asRows = theirs } = sameRowsAs;
    const other = await answersOf(file, `${name}-rows`, context, classification);
    const pick = (all, places) => JSON.stringify(places.map((place) => all[place]));
    if (pick(other.rows, theirs) !== pick(rows, asRows))
      faults.push(`some answers differ from those to ${file}`);
  }
  return faults;
}
