/** Columns that tell the label of every row: mostly they are not known yet when there is something to predict. */

import type { ColumnInfo } from '../data/column-kind.js';
import { isMissing } from '../data/missing-cells.js';
import { isDate } from '../data/realms.js';
import { listed, type Table } from '../data/table.js';
import { show } from '../error.js';
import type { Steps } from '../turns.js';

/** With fewer rows, or fewer for each class, a column may tell all labels by chance. */
const FEWEST_ROWS = 20;
const FEWEST_ROWS_OF_CLASS = 3;

/** Columns with one value for each class. @param classes - (rows) class indices, of `count` classes */
export function* classLeaks(
  table: Table,
  columns: readonly ColumnInfo[],
  classes: Int32Array,
  count: number,
): Steps<string[]> {
  if (count < 2 || classes.length < Math.max(FEWEST_ROWS, FEWEST_ROWS_OF_CLASS * count)) return [];
  return yield* leaks(table, columns, (cells) => tellsClasses(cells, classes));
}

/** Columns that are the targets themselves. @param targets - (rows) */
export function* targetLeaks(
  table: Table,
  columns: readonly ColumnInfo[],
  targets: Float64Array,
): Steps<string[]> {
  if (targets.length < FEWEST_ROWS) return [];
  return yield* leaks(table, columns, (cells) => areTargets(cells, targets));
}

function* leaks(
  table: Table,
  columns: readonly ColumnInfo[],
  tellsAll: (cells: ArrayLike<unknown>) => boolean,
): Steps<string[]> {
  const telling: string[] = [];
  for (const { name, used } of columns) {
    if (used && tellsAll(table.values(table.names.indexOf(name)))) telling.push(name);
    yield;
  }
  if (telling.length === 0) return [];
  const subject =
    telling.length === 1 ? `column ${show(telling[0])} tells` : `columns ${listed(telling)} tell`;
  const advice = `leave out what is not known beforehand: columns: { ${show(telling[0])}: 'ignore' }`;
  return [`${subject} the label of every row; ${advice}`];
}

/** Whether each class has one value, and each value one class. Mostly the first rows show that it is not so. */
function tellsClasses(cells: ArrayLike<unknown>, classes: Int32Array): boolean {
  const classOf = new Map<unknown, number>();
  const valueIn = new Map<number, unknown>();
  for (let row = 0; row < classes.length; row++) {
    const value = plain(cells[row]);
    if (!classOf.has(value)) classOf.set(value, classes[row]);
    if (!valueIn.has(classes[row])) valueIn.set(classes[row], value);
    if (classOf.get(value) !== classes[row] || valueIn.get(classes[row]) !== value) return false;
  }
  return valueIn.size > 1;
}

/** What is the same for equal cells. */
function plain(value: unknown): unknown {
  if (isMissing(value)) return undefined;
  return isDate(value) ? value.getTime() : value;
}

function areTargets(cells: ArrayLike<unknown>, targets: Float64Array): boolean {
  for (let row = 0; row < targets.length; row++) {
    const value = cells[row];
    if (isMissing(value) || typeof value === 'object' || Number(value) !== targets[row]) return false;
  }
  return true;
}
