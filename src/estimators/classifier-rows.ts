/** What a fitted classifier says of rows as callers give them. */

import type { Label } from '../data/label-encoder.js';
import { type Table, wherein } from '../data/table.js';
import { finish, finishInTurns, type Steps } from '../turns.js';
import type { ClassifierModel } from './classifier-model.js';
import { calibrationOf, chooseClasses } from './classifier-outputs.js';
import { type ColumnImportance, importanceOf } from './importance.js';
import type { ClassifierMetric } from './options.js';
import { collect, type OnWarning, outputsOf, outputsOfAsync, rowSteps, rowsOf } from './outputs.js';
import { readEvaluation, readFeatures, resolvePredict } from './predict-input.js';
import { type ClassifierEvaluation, evaluateClasses } from './scoring.js';
import type { ClassifierSettings } from './settings.js';

const METRICS: readonly ClassifierMetric[] = ['accuracy', 'logLoss', 'auc'];

/** What a method is given. */
interface Given {
  method: string;
  rows: unknown;
  options: unknown;
}

/** Calibrated probabilities, (rows, classes). */
function probabilitiesOf(
  model: ClassifierModel,
  { columns }: ClassifierSettings,
  { method, rows, options }: Given,
): Float64Array {
  const { onWarning } = resolvePredict(options, method);
  const table = finish(readFeatures(rows, columns, model.shape));
  return outputsOf(model, table, calibrationOf(model), onWarning);
}

/** The same off the event loop. */
async function probabilitiesOfAsync(
  model: ClassifierModel,
  { columns }: ClassifierSettings,
  { method, rows, options }: Given,
): Promise<Float64Array> {
  const { onWarning } = resolvePredict(options, method);
  const table = await finishInTurns(readFeatures(rows, columns, model.shape));
  return outputsOfAsync(model, table, calibrationOf(model), onWarning);
}

/** Calibrated probabilities, (classes) for each row. */
export function probabilityRowsOf(
  model: ClassifierModel,
  settings: ClassifierSettings,
  given: Given,
): number[][] {
  return rowsOf(probabilitiesOf(model, settings, given), model.ensemble.outputs);
}

/** The same off the event loop. */
export async function probabilityRowsOfAsync(
  model: ClassifierModel,
  settings: ClassifierSettings,
  given: Given,
): Promise<number[][]> {
  const probabilities = await probabilitiesOfAsync(model, settings, given);
  return finishInTurns(rowSteps(probabilities, model.ensemble.outputs));
}

/** The label to predict for each row. */
export function labelsOf<L extends Label>(
  model: ClassifierModel,
  settings: ClassifierSettings,
  given: Given,
): L[] {
  return finish(labelSteps<L>(model, probabilitiesOf(model, settings, given)));
}

/** The same off the event loop. */
export async function labelsOfAsync<L extends Label>(
  model: ClassifierModel,
  settings: ClassifierSettings,
  given: Given,
): Promise<L[]> {
  return finishInTurns(labelSteps<L>(model, await probabilitiesOfAsync(model, settings, given)));
}

function labelSteps<L extends Label>(model: ClassifierModel, probabilities: Float64Array): Steps<L[]> {
  return collect(
    probabilities,
    model.ensemble.outputs,
    (some) => model.labels.decode(chooseClasses(model, some)) as L[],
  );
}

/** The metrics on rows and their labels. */
export function evaluationOf(
  model: ClassifierModel,
  { columns }: ClassifierSettings,
  rows: unknown,
  labels: unknown,
  options: unknown,
): ClassifierEvaluation {
  const { onWarning, sampleWeight } = resolvePredict(options, 'evaluate', ['sampleWeight']);
  const given = readEvaluation(rows, labels, sampleWeight, columns, model.shape);
  const targets = model.labels.encode(given.labels, 'labels', wherein(given.table));
  return evaluateTable(model, given.table, targets, given.weights, onWarning);
}

/** The importance of the columns of rows with their labels. */
export function columnImportance(
  model: ClassifierModel,
  settings: ClassifierSettings,
  rows: unknown,
  labels: unknown,
  options: unknown,
): ColumnImportance[] {
  return importanceOf(model, settings, METRICS, { rows, labels, options }, (given, table) => {
    const targets = model.labels.encode(given, 'labels', wherein(table));
    return (each) => evaluateTable(model, each, targets, null, null);
  });
}

function evaluateTable(
  model: ClassifierModel,
  table: Table,
  targets: Int32Array,
  weights: Float32Array | null,
  onWarning: OnWarning,
): ClassifierEvaluation {
  const probabilities = outputsOf(model, table, calibrationOf(model), onWarning);
  const predicted = chooseClasses(model, probabilities);
  return evaluateClasses(targets, predicted, probabilities, model.ensemble.outputs, weights);
}
