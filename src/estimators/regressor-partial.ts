/** A regressor that learns bit by bit. */

import { RowEncoder } from '../data/row-encoder.js';
import { finishInTurns } from '../turns.js';
import { VERSION } from '../version.js';
import { nameWarnings } from './fit-warnings.js';
import { withoutRows } from './held-out.js';
import { untilCut } from './nothing-learnt.js';
import { formatOf, toNumbers } from './number-values.js';
import { continueTraining, networksOf, type ResolvedPartialFit, readPart } from './partial-fit.js';
import { type RegressorModel, regressorTask, scaleOf, standardise } from './regressor-model.js';
import { choicesOf } from './rows.js';
import { type RegressorSettings, recipeOf } from './settings.js';

/**
 * The model after some more rows; without a model, one that begins with them. Their targets widen the range of
 * predictions, but do not change how targets are standardised.
 */
export async function continueRegressor(
  before: RegressorModel | null,
  rows: unknown,
  labels: unknown,
  settings: RegressorSettings,
  options: ResolvedPartialFit,
): Promise<RegressorModel> {
  const part = await untilCut(options.control, (isOver) =>
    readPart(rows, labels, settings.columns, options.sampleWeight, before?.shape ?? null, isOver),
  );
  const format = before?.format ?? formatOf(part.labels);
  const targets = toNumbers(part.labels, 'labels', format);
  const count = part.table.rowCount;
  const own = scaleOf(
    targets,
    Uint32Array.from({ length: count }, (_, row) => row),
  );
  const quantiles = settings.loss.kind === 'quantile' ? settings.loss.quantiles : null;
  const outputs = quantiles?.length ?? 1;
  const columns = choicesOf(settings.columns, part.shape.dropped);
  const start: RegressorModel = before ?? {
    encoder: await finishInTurns(RowEncoder.fitSteps(part.table, { columns })),
    shape: part.shape,
    ensemble: { networks: [], outputs, constant: new Array<number>(outputs).fill(own.mean) },
    format,
    scale: own,
    quantiles,
    scores: new Float32Array(0),
    history: { epochs: [], stoppedBy: 'epochs', members: [] },
    savedScore: null,
    provenance: { version: VERSION, rows: 0 },
    warnings: nameWarnings(part.table),
    heldOut: null,
  };
  const scale = {
    ...start.scale,
    minimum: Math.min(start.scale.minimum, own.minimum),
    maximum: Math.max(start.scale.maximum, own.maximum),
  };
  const recipe = recipeOf(settings, regressorTask(settings), count, 0);
  const networks = networksOf(start.ensemble, recipe, start.encoder.width, settings);
  const data = {
    rows: count,
    x: await finishInTurns(start.encoder.features(part.table).all()),
    y: standardise(targets, scale, outputs),
    weights: part.weights,
  };
  const members = await continueTraining(networks, data, recipe, options, settings.threads);
  return {
    ...start,
    heldOut: start.heldOut && withoutRows(start.heldOut),
    scale,
    ensemble: { ...start.ensemble, networks },
    // What a constant missed says nothing about networks.
    scores: start.ensemble.networks.length === 0 ? new Float32Array(0) : start.scores,
    history: members.length === 0 ? start.history : { ...members[0], members },
    provenance: { version: VERSION, rows: start.provenance.rows + count },
  };
}
