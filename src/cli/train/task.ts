/** Classification or regression: by the column that is to be predicted. */

import type { ColumnKind } from '../../data/column-kind.js';
import { ChainruleError, show } from '../../error.js';

export type Task = 'classification' | 'regression';

/** A task, and why it is that one. */
export interface ChosenTask {
  task: Task;
  /** Of a task that nobody asked for, in words that follow 'since'; null if somebody did. */
  reason: string | null;
}

/** The column to predict. */
export interface TargetColumn {
  /** The file, for messages. */
  path: string;
  name: string;
  kind: ColumnKind;
  /** Its cells without the missing ones. */
  values: ArrayLike<unknown>;
}

/** Whole numbers are names of classes if there are no more of them, ... */
const MOST_NUMBER_CLASSES = 10;
/** ... and so many rows for each. */
const FEWEST_ROWS_OF_CLASS = 5;

/** What an estimator of each task can be best at. */
export const METRICS: Readonly<Record<Task, readonly string[]>> = {
  classification: ['accuracy', 'logLoss', 'auc'],
  regression: ['rmse', 'mae', 'r2'],
};

/**
 * The task that is asked for, else that of the metric, else by the values: numbers are amounts unless they have two
 * values, or few and whole ones.
 *
 * @throws {@link ChainruleError} ERR_DATA if the column cannot be predicted
 */
export function chooseTask(
  target: TargetColumn,
  asked: Task | 'auto',
  metric: string | undefined,
): ChosenTask {
  refuseUnpredictable(target);
  if (asked !== 'auto') return { task: asked, reason: null };
  const { name, kind, values } = target;
  if (metric !== undefined) {
    const task = METRICS.regression.includes(metric) ? 'regression' : 'classification';
    return { task, reason: `the metric is ${metric}` };
  }
  const is = (task: Task, what: string): ChosenTask => ({ task, reason: `${show(name)} holds ${what}` });
  if (!areNumbers(values)) {
    return is('classification', kind === 'boolean' ? 'two values' : 'texts');
  }
  const distinct = differentValues(values, MOST_NUMBER_CLASSES);
  if (distinct === null) return is('regression', 'numbers');
  if (distinct.size <= 2) return is('classification', 'two values');
  const areWhole = [...distinct].every((value) => typeof value === 'bigint' || Number.isInteger(value));
  if (areWhole && values.length >= FEWEST_ROWS_OF_CLASS * distinct.size) {
    return is('classification', `only ${distinct.size} different whole numbers`);
  }
  return is('regression', 'numbers');
}

/** How to choose the other task; null if the values allow no other. */
export function otherTask({ task }: ChosenTask, values: ArrayLike<unknown>): string | null {
  if (task === 'regression') return '--task classification takes each value as a class';
  return areNumbers(values) ? '--task regression predicts amounts' : null;
}

function areNumbers(values: ArrayLike<unknown>): boolean {
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value !== 'number' && typeof value !== 'bigint') return false;
  }
  return true;
}

/** null if there are more than `most`. */
function differentValues(values: ArrayLike<unknown>, most: number): Set<unknown> | null {
  const seen = new Set<unknown>();
  for (let row = 0; row < values.length; row++) {
    seen.add(values[row]);
    if (seen.size > most) return null;
  }
  return seen;
}

function refuseUnpredictable({ path, name, kind, values }: TargetColumn): void {
  const what = `column ${show(name)} of ${path}`;
  if (values.length === 0) {
    throw new ChainruleError('ERR_DATA', `${what} has no value in any row: there are no rows to learn from`);
  }
  if (kind === 'date') {
    throw new ChainruleError('ERR_DATA', `${what} holds dates, expected classes or numbers to predict`);
  }
  if (kind === 'unsupported') {
    throw new ChainruleError(
      'ERR_DATA',
      `${what} holds lists or objects, expected classes or numbers to predict`,
    );
  }
  if (values.length === 1) {
    throw new ChainruleError(
      'ERR_DATA',
      `there is 1 row with a value of ${what}, which is too few to learn from`,
    );
  }
  const distinct = differentValues(values, 1);
  if (distinct === null) return;
  throw new ChainruleError(
    'ERR_DATA',
    `${what} has one value in all rows, ${show([...distinct][0])}: with one class there is nothing to learn`,
  );
}
