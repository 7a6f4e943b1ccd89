/** Evaluates a model on the batches of a file: of each row only its answer and what the model says of it are kept. */

import { whereIs } from '../../data/table.js';
import { show } from '../../error.js';
import { evaluateClasses, evaluateNumbers } from '../../estimators/scoring.js';
import type {
  ClassifierEvaluation,
  MLPClassifier,
  MLPRegressor,
  RegressorEvaluation,
  Table,
} from '../../index.js';
import { predictClasses } from '../shared/class-predictions.js';
import { asClasses } from '../shared/labels.js';
import type { LabelledSource } from '../shared/large-file.js';
import { noAnswer } from './answers.js';

type Numbers = Int32Array | Float64Array;

/** @param onWarning - hears of each batch */
export function evaluateBatches(
  model: MLPClassifier | MLPRegressor,
  source: LabelledSource,
  target: string,
  path: string,
  onWarning: (text: string) => void,
): Promise<ClassifierEvaluation | RegressorEvaluation> {
  return 'classes' in model
    ? evaluateClassifier(model, source, target, path, onWarning)
    : evaluateRegressor(model, source, target, path, onWarning);
}

async function evaluateClassifier(
  model: MLPClassifier,
  source: LabelledSource,
  target: string,
  path: string,
  onWarning: (text: string) => void,
): Promise<ClassifierEvaluation> {
  const { classes } = model;
  const places = new Map<unknown, number>(classes.map((label, place) => [label, place]));
  const parts: { targets: Int32Array; predicted: Int32Array; probabilities: Float64Array }[] = [];
  for await (const batch of source) {
    const labels = answersOf(batch, target);
    const known = asClasses(labels, classes, (row) => `${path}, ${whereIs(batch, row)}: ${show(target)}`);
    const { places: predicted, probabilities } = await predictClasses(model, batch, onWarning);
    parts.push({
      targets: Int32Array.from(known, (label) => places.get(label) ?? 0),
      predicted,
      probabilities,
    });
  }
  if (parts.length === 0) throw noAnswer(path, target);
  return evaluateClasses(
    joined(
      parts.map(({ targets }) => targets),
      Int32Array,
    ),
    joined(
      parts.map(({ predicted }) => predicted),
      Int32Array,
    ),
    joined(
      parts.map(({ probabilities }) => probabilities),
      Float64Array,
    ),
    classes.length,
    null,
  );
}

async function evaluateRegressor(
  model: MLPRegressor,
  source: LabelledSource,
  target: string,
  path: string,
  onWarning: (text: string) => void,
): Promise<RegressorEvaluation> {
  const parts: { targets: Float64Array; predicted: Float64Array }[] = [];
  for await (const batch of source) {
    const targets = Float64Array.from(answersOf(batch, target), Number);
    parts.push({ targets, predicted: Float64Array.from(await model.predictAsync(batch, { onWarning })) });
  }
  if (parts.length === 0) throw noAnswer(path, target);
  return evaluateNumbers(
    joined(
      parts.map(({ targets }) => targets),
      Float64Array,
    ),
    joined(
      parts.map(({ predicted }) => predicted),
      Float64Array,
    ),
    null,
  );
}

function answersOf(batch: Table, target: string): unknown[] {
  return Array.from(batch.values(batch.names.indexOf(target)));
}

function joined<T extends Numbers>(parts: readonly T[], Type: new (length: number) => T): T {
  const all = new Type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
