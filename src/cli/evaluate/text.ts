/** How good a model is, for people. */

import type { ClassifierEvaluation, RegressorEvaluation } from '../../index.js';
import { metricRows } from '../shared/metrics-text.js';
import { count, counted, shortened, textTable, textWidth } from '../shared/text-table.js';
import type { Paint } from '../terminal.js';

export interface EvaluationToShow {
  metrics: ClassifierEvaluation | RegressorEvaluation;
  /** What the model was asked to be best at; null if nobody asked. */
  metric: string | null;
  classes: readonly unknown[] | null;
  target: string;
  rows: number;
}

const MOST_CLASSES = 20;
const LONGEST_LABEL = 16;

export function evaluationText(
  { metrics, metric, classes, target, rows }: EvaluationToShow,
  paint: Paint,
  width: number,
): string {
  const lines = [
    paint('bold', `${shortened(target, 40)} on ${counted(rows, 'row')}`),
    ...textTable(metricRows(metrics, metric), [1]).map((line) => `  ${line}`),
  ];
  if (classes !== null && 'confusionMatrix' in metrics && metrics.confusionMatrix !== undefined) {
    lines.push('', ...matrixLines(metrics.confusionMatrix, classes.map(String), paint, width));
  }
  return `${lines.join('\n')}\n`;
}

/** The matrix, or where it is if it does not fit. */
function matrixLines(
  matrix: readonly (readonly number[])[],
  classes: readonly string[],
  paint: Paint,
  width: number,
): string[] {
  const names = classes.map((name) => shortened(name, LONGEST_LABEL));
  const table = textTable(
    [['', ...names], ...matrix.map((row, c) => [names[c], ...row.map(count)])],
    names.map((_, c) => c + 1),
  );
  const fits = classes.length <= MOST_CLASSES && table.every((line) => textWidth(line) + 2 <= width);
  if (!fits) return [`The confusion matrix of ${classes.length} classes does not fit here: --json has it.`];
  return [
    paint('bold', 'Rows are what is true, columns what is predicted'),
    ...table.map((line) => `  ${line}`),
  ];
}
