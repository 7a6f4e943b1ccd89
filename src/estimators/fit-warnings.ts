/** What a fit finds odd about its rows and labels: sentences that say what to do. */

import type { Label } from '../data/label-encoder.js';
import { misspeltNames } from '../data/misspelt-names.js';
import { listed, type Table, whereIs } from '../data/table.js';
import { show } from '../error.js';

/** Sentences that an estimator has at most. */
const MOST_WARNINGS = 20;

/** The first few of many warnings, and how many more there are. */
export function bounded(warnings: readonly string[]): string[] {
  if (warnings.length <= MOST_WARNINGS) return [...warnings];
  const more = warnings.length - MOST_WARNINGS + 1;
  return [...warnings.slice(0, MOST_WARNINGS - 1), `${more} more; columns has those of each column`];
}

/** A name that more of the rows have is no slip. */
const SLIPS = 0.1;
/** A name that fewer of the rows have is not what is meant. */
const USUAL = 0.5;
/** So many names are looked at. */
const MOST_NAMES = 200;

/** Fields of a few rows that are probably misspelt, since most others have one of nearly the same name. */
export function nameWarnings(table: Table): string[] {
  const seldom: string[] = [];
  const often: string[] = [];
  for (const [name, { rows }] of [...(table.gaps ?? [])].slice(0, MOST_NAMES)) {
    const given = table.rowCount - rows;
    if (given <= SLIPS * table.rowCount) seldom.push(name);
    else if (given >= USUAL * table.rowCount) often.push(name);
  }
  return misspeltNames(table, seldom, often).map(({ name, meant, row, rows }) => {
    const more = rows === 1 ? '' : `, as ${rows - 1} more ${rows === 2 ? 'does' : 'do'}`;
    return `${whereIs(table, row)} has ${show(name)} and lacks ${show(meant)}${more}: is it misspelt?`;
  });
}

/** With more classes, labels are probably ids or amounts. */
const MANY_CLASSES = 1000;
/** The same of numbers, if half of the rows have one of their own. */
const MANY_AMOUNTS = 50;

/** @param classes - (rows) indices of `labels` */
export function classWarnings(labels: readonly Label[], classes: Int32Array): string[] {
  if (labels.length === 1) {
    const only = `the labels have one class, ${show(labels[0])}, which is all that is predicted`;
    return [`${only}: rows of other classes are needed to learn from`];
  }
  const rows = new Uint32Array(labels.length);
  for (const index of classes) rows[index]++;
  const single = labels.filter((_, index) => rows[index] === 1);
  return [...manyClasses(labels, classes.length), ...singleRows(single)];
}

function manyClasses(labels: readonly Label[], rows: number): string[] {
  const areAmounts =
    typeof labels[0] === 'number' && labels.length > MANY_AMOUNTS && 2 * labels.length > rows;
  if (labels.length <= MANY_CLASSES && !areAmounts) return [];
  const what = typeof labels[0] === 'number' ? 'MLPRegressor predicts amounts' : 'are they ids or free text?';
  return [`the labels of ${rows} rows have ${labels.length} different values: ${what}`];
}

function singleRows(labels: readonly Label[]): string[] {
  if (labels.length === 0) return [];
  const subject =
    labels.length === 1 ? `the class ${show(labels[0])} has` : `the classes ${listed(labels)} have`;
  const rows = labels.length === 1 ? 'a single row' : 'a single row each';
  return [`${subject} ${rows}, on which nothing can be tested: add rows, or give rare classes one label`];
}
