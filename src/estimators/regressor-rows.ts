/** What a fitted regressor says of rows as callers give them. */

import { type Table, wherein } from '../data/table.js';
import { ChainruleError, show } from '../error.js';
import { finish, finishInTurns } from '../turns.js';
import type { Intervals } from './conformal.js';
import { type ColumnImportance, importanceOf } from './importance.js';
import { toNumbers } from './number-values.js';
import type { RegressorMetric } from './options.js';
import { collect, type OnWarning, rowsOf } from './outputs.js';
import { readEvaluation, readFeatures, resolveInterval, resolvePredict } from './predict-input.js';
import type { RegressorModel } from './regressor-model.js';
import { centreOf, intervalsOf, targetOutputs, targetOutputsAsync } from './regressor-outputs.js';
import { evaluateNumbers, type RegressorEvaluation } from './scoring.js';
import type { RegressorSettings } from './settings.js';

const METRICS: readonly RegressorMetric[] = ['rmse', 'mae', 'r2'];

/** The prediction for each row. */
export function predictionsOf(
  model: RegressorModel,
  settings: RegressorSettings,
  rows: unknown,
  options: unknown,
): number[] {
  const { onWarning } = resolvePredict(options, 'predict');
  return Array.from(centreOf(model, outputsFor(model, settings, rows, onWarning)));
}

/** The same off the event loop. */
export async function predictionsOfAsync(
  model: RegressorModel,
  { columns }: RegressorSettings,
  rows: unknown,
  options: unknown,
): Promise<number[]> {
  const { onWarning } = resolvePredict(options, 'predictAsync');
  const table = await finishInTurns(readFeatures(rows, columns, model.shape));
  const centre = centreOf(model, await targetOutputsAsync(model, table, onWarning));
  return finishInTurns(collect(centre, 1, (some) => Array.from(some)));
}

/** The ends of intervals. Throws ERR_OPTION if too few rows were held out for the coverage. */
export function intervalsFor(
  model: RegressorModel,
  settings: RegressorSettings,
  rows: unknown,
  options: unknown,
): Intervals {
  const { coverage, onWarning } = resolveInterval(options);
  return intervalsOf(model, outputsFor(model, settings, rows, onWarning), coverage);
}

/** The quantiles of each row. Throws ERR_OPTION unless the outputs are quantiles. */
export function quantilesOf(
  model: RegressorModel,
  settings: RegressorSettings,
  rows: unknown,
  options: unknown,
): number[][] {
  if (model.quantiles === null) {
    const came = show(settings.loss.kind);
    throw new ChainruleError('ERR_OPTION', `predictQuantiles needs the loss 'quantile', got ${came}`);
  }
  const { onWarning } = resolvePredict(options, 'predictQuantiles');
  return rowsOf(outputsFor(model, settings, rows, onWarning), model.ensemble.outputs);
}

/** The metrics on rows and their labels. */
export function evaluationOf(
  model: RegressorModel,
  { columns }: RegressorSettings,
  rows: unknown,
  labels: unknown,
  options: unknown,
): RegressorEvaluation {
  const { onWarning, sampleWeight } = resolvePredict(options, 'evaluate', ['sampleWeight']);
  const given = readEvaluation(rows, labels, sampleWeight, columns, model.shape);
  const targets = toNumbers(given.labels, 'labels', model.format, wherein(given.table));
  return evaluateTable(model, given.table, targets, given.weights, onWarning);
}

/** The importance of the columns of rows with their labels. */
export function columnImportance(
  model: RegressorModel,
  settings: RegressorSettings,
  rows: unknown,
  labels: unknown,
  options: unknown,
): ColumnImportance[] {
  return importanceOf(model, settings, METRICS, { rows, labels, options }, (given, table) => {
    const targets = toNumbers(given, 'labels', model.format, wherein(table));
    return (each) => evaluateTable(model, each, targets, null, null);
  });
}

function evaluateTable(
  model: RegressorModel,
  table: Table,
  targets: Float64Array,
  weights: Float32Array | null,
  onWarning: OnWarning,
): RegressorEvaluation {
  return evaluateNumbers(targets, centreOf(model, targetOutputs(model, table, onWarning)), weights);
}

/** Outputs in the units of the target, (rows, outputs). */
function outputsFor(
  model: RegressorModel,
  { columns }: RegressorSettings,
  rows: unknown,
  onWarning: OnWarning,
): Float64Array {
  const table = finish(readFeatures(rows, columns, model.shape));
  return targetOutputs(model, table, onWarning);
}
