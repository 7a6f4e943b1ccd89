/** A folder of tables with fixed splits: its manifest, its sets and the results that others reached on them. */

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cellValue, readCsv } from './csv.mjs';

/** Beside the repository. */
export const DEFAULT_FOLDER = fileURLToPath(new URL('../../../shared/tables', import.meta.url));

/**
 * @typedef {object} SetEntry a set as manifest.json has it
 * @property {string} name
 * @property {string} file
 * @property {string} splits
 * @property {'classification' | 'regression'} task
 * @property {string} target name of the column that is to be predicted
 * @property {number} rows
 * @property {number} missingCells
 * @property {Record<string, number>} [classes] rows of each class
 * @property {number} [targetStd]
 * @property {{ name: string, type: 'number' | 'text' }[]} columns
 */

/**
 * @typedef {object} TableSet
 * @property {Record<string, number | string | null>[]} rows without the target; null is missing
 * @property {(number | string)[]} labels
 * @property {Uint32Array[]} test for each repeat the numbers of the test rows
 */

/**
 * @param {string | null} folder null means the default
 * @returns {{ folder: string, sets: SetEntry[], recorded: { tools: object, sets: object } }}
 */
export function openFolder(folder) {
  const place = folder ?? DEFAULT_FOLDER;
  if (!existsSync(path.join(place, 'manifest.json'))) {
    const advice = folder === null ? '; give a folder with --tables FOLDER' : '';
    throw new Error(`there is no manifest.json in ${place}${advice}`);
  }
  const { sets } = readJson(place, 'manifest.json');
  const hasResults = existsSync(path.join(place, 'results.json'));
  const { tools = {}, sets: results = {} } = hasResults ? readJson(place, 'results.json') : {};
  return { folder: place, sets, recorded: { tools, sets: results } };
}

function readJson(folder, name) {
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
}

/**
 * @param {string} folder
 * @param {SetEntry} entry
 * @returns {TableSet}
 * @throws {Error} where the files are not what the manifest says
 */
export function readSet(folder, entry) {
  const { header, records } = readCsv(path.join(folder, entry.file));
  const types = typesOf(entry, header);
  const values = records.map((record, row) => record.map((cell, c) => read(cell, types[c], row, header[c])));
  const target = header.indexOf(entry.target);
  const features = header.map((_, c) => c).filter((c) => c !== target);
  const set = {
    rows: values.map((cells) => Object.fromEntries(features.map((c) => [header[c], cells[c]]))),
    labels: values.map((cells) => cells[target]),
    test: readJson(folder, entry.splits).test.map((rows) => Uint32Array.from(rows)),
  };
  check(entry, set);
  return set;
}

function typesOf({ columns, target }, header) {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  if (!header.includes(target)) throw new Error(`the file has no column '${target}'`);
  return header.map((name) => {
    const type = types.get(name);
    if (!type) throw new Error(`column '${name}' is not in the manifest`);
    return type;
  });
}

function read(cell, type, row, name) {
  try {
    return cellValue(cell, type);
  } catch (error) {
    throw new Error(`row ${row}, column '${name}': ${error.message}`);
  }
}

function check(entry, { rows, labels, test }) {
  if (rows.length !== entry.rows) {
    throw new Error(`the file has ${rows.length} rows, the manifest says ${entry.rows}`);
  }
  const missing = rows.reduce((sum, row) => sum + Object.values(row).filter((v) => v === null).length, 0);
  if (missing !== entry.missingCells) {
    throw new Error(`${missing} cells are missing, the manifest says ${entry.missingCells}`);
  }
  if (labels.includes(null)) throw new Error(`row ${labels.indexOf(null)} has no '${entry.target}'`);
  for (const [repeat, numbers] of test.entries()) {
    const isRow = (row) => row < rows.length;
    if (new Set(numbers).size !== numbers.length || !numbers.every(isRow)) {
      throw new Error(`the test rows of repeat ${repeat} are not different rows of the file`);
    }
  }
}

/** The two parts of a set in one repeat; training rows are all others, in the order of the file. */
export function splitOf({ rows, labels, test }, repeat) {
  const isTest = new Uint8Array(rows.length);
  for (const row of test[repeat]) isTest[row] = 1;
  const training = rows.map((_, row) => row).filter((row) => !isTest[row]);
  const part = (numbers) => ({
    rows: numbers.map((row) => rows[row]),
    labels: numbers.map((row) => labels[row]),
  });
  return { training: part(training), test: part([...test[repeat]]) };
}
