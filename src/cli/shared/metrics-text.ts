/** Metrics in words. */

import type { ClassifierEvaluation, RegressorEvaluation } from '../../index.js';
import { shortNumber } from './text-table.js';

type AnyEvaluation = ClassifierEvaluation | RegressorEvaluation;

const NAMES: readonly (readonly [field: string, name: string])[] = [
  ['accuracy', 'accuracy'],
  ['balancedAccuracy', 'balanced accuracy'],
  ['precision', 'precision'],
  ['recall', 'recall'],
  ['f1', 'F1'],
  ['logLoss', 'log loss'],
  ['rocAuc', 'ROC AUC'],
  ['rmse', 'RMSE'],
  ['mae', 'MAE'],
  ['r2', 'R²'],
];

/** What --metric calls otherwise than evaluations do. */
const FIELDS: Readonly<Record<string, string>> = { auc: 'rocAuc' };

/**
 * Each metric with its name, as lines of a table.
 *
 * @param asked - what --metric asked for: shown even where it is not defined
 */
export function metricRows(evaluation: AnyEvaluation, asked: string | null): [name: string, value: string][] {
  const values = evaluation as unknown as Readonly<Record<string, unknown>>;
  return NAMES.flatMap(([field, name]): [string, string][] => {
    const value = values[field];
    if (typeof value === 'number') return [[name, valueText(field, value)]];
    return field === fieldOf(asked) ? [[name, 'not defined']] : [];
  });
}

/** The metric that was asked for first, then the most important ones. */
export function metricsLine(evaluation: AnyEvaluation, asked: string | null): string {
  const first = NAMES.find(([field]) => field === fieldOf(asked))?.[1];
  const shown = [...new Set([first, 'accuracy', 'log loss', 'RMSE', 'R²'])];
  const rows = metricRows(evaluation, asked);
  return shown
    .flatMap((shownName) => rows.filter(([name]) => name === shownName))
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function fieldOf(metric: string | null): string | null {
  return metric === null ? null : (FIELDS[metric] ?? metric);
}

/** Shares have three decimals; amounts are in the units of the target. */
function valueText(field: string, value: number): string {
  return field === 'rmse' || field === 'mae'
    ? shortNumber(value)
    : value.toFixed(3).replace(/^-(0\.0+)$/, '$1');
}
