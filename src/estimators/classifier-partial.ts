/** A classifier that learns bit by bit. */

import { RowEncoder } from '../data/row-encoder.js';
import type { Table } from '../data/table.js';
import { finishInTurns } from '../turns.js';
import { VERSION } from '../version.js';
import { NO_CALIBRATION } from './calibration.js';
import {
  type ClassifierModel,
  checkThresholdSuits,
  classesOf,
  classifierTask,
  classWeights,
  shares,
} from './classifier-model.js';
import type { InputShape } from './fit-input.js';
import { nameWarnings } from './fit-warnings.js';
import { withoutRows } from './held-out.js';
import { untilCut } from './nothing-learnt.js';
import { continueTraining, networksOf, type ResolvedPartialFit, readPart } from './partial-fit.js';
import { choicesOf } from './rows.js';
import { type ClassifierSettings, recipeOf } from './settings.js';

/** The model after some more rows; without a model, one that begins with them. */
export async function continueClassifier(
  before: ClassifierModel | null,
  rows: unknown,
  labels: unknown,
  settings: ClassifierSettings,
  options: ResolvedPartialFit,
): Promise<ClassifierModel> {
  const part = await untilCut(options.control, (isOver) =>
    readPart(rows, labels, settings.columns, options.sampleWeight, before?.shape ?? null, isOver),
  );
  const start = before ?? (await newModel(part.table, part.labels, part.shape, settings, options.classes));
  const { encoder, labels: encoded } = start;
  const y = encoded.encode(part.labels);
  const weights = classWeights(settings, encoded, y, part.weights);
  const count = part.table.rowCount;
  const recipe = recipeOf(settings, classifierTask(settings, 0), count, 0);
  const networks = networksOf(start.ensemble, recipe, encoder.width, settings);
  const x = await finishInTurns(encoder.features(part.table).all());
  const data = { rows: count, x, y, weights };
  const members = await continueTraining(networks, data, recipe, options, settings.threads);
  return {
    ...start,
    heldOut: start.heldOut && withoutRows(start.heldOut),
    savedScore: null,
    ensemble: { ...start.ensemble, networks },
    history: members.length === 0 ? start.history : { ...members[0], members },
    provenance: { version: VERSION, rows: start.provenance.rows + count },
  };
}

async function newModel(
  table: Table,
  labels: ArrayLike<unknown>,
  shape: InputShape,
  settings: ClassifierSettings,
  classes: unknown,
): Promise<ClassifierModel> {
  const encoded = classesOf(labels, classes);
  const outputs = encoded.classes.length;
  checkThresholdSuits(settings, outputs);
  const columns = choicesOf(settings.columns, shape.dropped);
  return {
    encoder: await finishInTurns(RowEncoder.fitSteps(table, { columns })),
    labels: encoded,
    shape,
    ensemble: { networks: [], outputs, constant: shares(encoded.encode(labels), outputs, null) },
    calibration: NO_CALIBRATION,
    threshold: typeof settings.threshold === 'number' ? settings.threshold : null,
    history: { epochs: [], stoppedBy: 'epochs', members: [] },
    savedScore: null,
    provenance: { version: VERSION, rows: 0 },
    warnings: nameWarnings(table),
    heldOut: null,
  };
}
