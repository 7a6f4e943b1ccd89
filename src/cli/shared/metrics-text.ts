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

/** Each metric with its name, as lines of a table. */
export function metricRows(evaluation: AnyEvaluation): [name: string, value: string][] {
  const values = evaluation as unknown as Readonly<Record<string, unknown>>;
  return NAMES.flatMap(([field, name]): [string, string][] => {
    const value = values[field];
    return typeof value === 'number' ? [[name, valueText(field, value)]] : [];
  });
}

/** The most important ones. */
export function metricsLine(evaluation: AnyEvaluation): string {
  const shown = ['accuracy', 'log loss', 'RMSE', 'R²'];
  return metricRows(evaluation)
    .filter(([name]) => shown.includes(name))
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** Shares have three decimals; amounts are in the units of the target. */
function valueText(field: string, value: number): string {
  return field === 'rmse' || field === 'mae'
    ? shortNumber(value)
    : value.toFixed(3).replace(/^-(0\.0+)$/, '$1');
}
