/** Tries one case: reads, trains, predicts, and compares. */

import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import * as library from '../../dist/index.js';
import { Expected, fewest } from './expectation.mjs';
import { fileOf } from './generated.mjs';
import { faultsOfError } from './mentions.mjs';
import { faultsOfPrediction } from './prediction.mjs';
import { train } from './program.mjs';
import { faultsOfReading, faultsOfTypes, readFile } from './reading.mjs';
import { faultsOfTraining } from './training.mjs';

const CASE_KEYS = ['name', 'file', 'source', 'trouble', 'options', 'expect', 'accept', 'why'];
const OPTION_KEYS = ['target', 'header', 'predictFile', 'generate'];
const EXPECT_KEYS = [
  ...['error', 'rows', 'columns', 'columnsAnyOrder', 'columnCount', 'types', 'missing', 'task', 'classes'],
  ...[
    'classesIgnoreCase',
    'trainRows',
    'checks',
    'distinct',
    'lengths',
    'warnings',
    'seconds',
    'after',
    'predict',
  ],
];

/**
 * What is wrong, a sentence each; none if the case holds.
 *
 * @param places - the folder of the cases, a scratch folder, and the folder of generated files
 */
export async function faultsOfCase(each, places) {
  const unknown = unknownKeys(each);
  if (unknown.length > 0) return unknown.map((key) => `${key} is not known`);
  const { name, options, expect, accept = {} } = each;
  const scratch = path.join(places.scratch, name);
  mkdirSync(scratch, { recursive: true });
  const model = path.join(scratch, 'model.safetensors');
  const file = fileOf(each.file, places);
  if (!existsSync(file)) return [`there is no file ${each.file}`];
  const { header } = options;
  const reading = await readFile(library, file, header === undefined ? {} : { header });
  const trained = await train(file, options, model);
  const context = { ...places, name, options, scratch, model };
  const all = [];
  for (const base of [expect, ...(accept[''] ?? [])]) {
    all.push(await faultsOfBase(new Expected(base, accept), { reading, trained, context }));
  }
  return fewest(all);
}

/** The same of reading alone: what training comes to is not looked at. For cases that are not about an error. */
export async function faultsOfFile({ file, options: { header }, expect, accept = {} }, places) {
  const reading = await readFile(library, fileOf(file, places), header === undefined ? {} : { header });
  const bases = [expect, ...(accept[''] ?? [])].filter((base) => base.error === undefined);
  return fewest(bases.map((base) => faultsOfReading(new Expected(base, accept), reading)));
}

function unknownKeys({ options, expect, accept = {}, ...rest }) {
  const beyond = (object, known, where) =>
    Object.keys(object)
      .filter((key) => !known.includes(key))
      .map((key) => `${where}${key}`);
  return [
    ...beyond(rest, CASE_KEYS, ''),
    ...beyond(options, OPTION_KEYS, 'options.'),
    ...[expect, ...(accept[''] ?? [])].flatMap((base) => beyond(base, EXPECT_KEYS, 'expect.')),
  ];
}

async function faultsOfBase(expected, { reading, trained, context }) {
  if (expected.has('error')) {
    const faults = faultsOfError(expected.value.error, trained);
    return existsSync(context.model) ? [...faults, 'it wrote a model'] : faults;
  }
  const faults = [
    ...faultsOfReading(expected, reading),
    ...faultsOfTraining(expected, trained, context.model),
  ];
  const { report } = trained;
  if (report === null) return faults;
  faults.push(...faultsOfUse(expected, report));
  if (!expected.has('predict')) return faults;
  const classification = report.task === 'classification';
  const classes = (report.classes ?? []).map(({ label }) => String(label));
  return [
    ...faults,
    ...(await faultsOfPrediction(expected.at('predict'), { ...context, classification, classes })),
  ];
}

/** The types by which the model learnt must be right, too. */
function faultsOfUse(expected, { columns }) {
  const place = (name) => (/^#\d+$/.test(name) ? null : columns.findIndex((column) => column.name === name));
  const known = (name) => {
    const at = place(name);
    return at === null || at < 0 ? null : at;
  };
  return faultsOfTypes(expected, columns, known).map((fault) => `as a feature, ${fault}`);
}
