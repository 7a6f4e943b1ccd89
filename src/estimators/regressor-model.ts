/** A fitted regressor: from rows and numbers to networks with intervals. */

import type { NumberFormat } from '../data/number-text.js';
import type { RowEncoder } from '../data/row-encoder.js';
import { wherein } from '../data/table.js';
import { arrayOf } from '../numbers/allocate.js';
import { finishInTurns } from '../turns.js';
import { VERSION } from '../version.js';
import { absoluteScores, quantileScores } from './conformal.js';
import { constantOutputs, type Ensemble } from './ensemble.js';
import { type FitInput, type InputShape, rowsOf } from './fit-input.js';
import { fitMembers, type Problem, planSplits, trainedRows } from './fit-members.js';
import type { EstimatorHistory, FitControl } from './fit-options.js';
import { fitStreamed, splitOfSample, streamOf } from './fit-streamed.js';
import { nameWarnings } from './fit-warnings.js';
import { type HeldOut, heldOutOf } from './held-out.js';
import { targetLeaks } from './leak-warnings.js';
import { formatOf, toNumbers } from './number-values.js';
import type { HeldOutScore, Provenance } from './provenance.js';
import type { Recipe, TargetLoss } from './recipe.js';
import { type TargetScale, toTargets } from './regressor-outputs.js';
import type { RegressorEvaluation } from './scoring.js';
import { type RegressorSettings, recipeOf } from './settings.js';

/** All that a fitted regressor needs. */
export interface RegressorModel {
  encoder: RowEncoder;
  shape: InputShape;
  ensemble: Ensemble;
  /** How targets that are texts are written. */
  format: NumberFormat;
  scale: TargetScale;
  /** Quantiles of the outputs, ascending; null for one output that is the prediction. */
  quantiles: readonly number[] | null;
  /** Conformal scores of the rows held out, ascending. */
  scores: Float32Array;
  history: EstimatorHistory;
  /** In a file, of the rows that its fit held out. */
  savedScore: HeldOutScore<RegressorEvaluation> | null;
  provenance: Provenance;
  /** What was odd about the rows of the fit, apart from cells by themselves. */
  warnings: readonly string[];
  /** The rows that the last fit held out; null without a fit, as from a file. */
  heldOut: HeldOut<Float64Array> | null;
}

/** Trains a regressor. */
export async function fitRegressor(
  input: FitInput,
  settings: RegressorSettings,
  control: FitControl,
): Promise<RegressorModel> {
  const format = formatOf(input.labels);
  const targets = toNumbers(input.labels, 'labels', format, wherein(input.table));
  const validation = input.validation && {
    table: input.validation.table,
    targets: toNumbers(
      input.validation.labels,
      'the labels of validation',
      format,
      wherein(input.validation.table),
    ),
  };
  const problem: Problem = {
    table: input.table,
    dropped: input.shape.dropped,
    classes: null,
    weights: input.weights,
    validation: validation?.table ?? null,
    groups: input.groups,
    times: input.times,
  };
  const streamed = streamOf(input, (values, own) => ({
    targets: standardise(toNumbers(values, 'labels', format), scale, outputs),
    weights: own,
  }));
  const splits =
    streamed === null ? planSplits(problem, settings) : [splitOfSample(streamed, targets.length)];
  const trained = trainedRows(splits, targets.length);
  const scale = scaleOf(targets, trained);
  const quantiles = settings.loss.kind === 'quantile' ? settings.loss.quantiles : null;
  const outputs = quantiles?.length ?? 1;
  const isConstant = scale.minimum === scale.maximum;
  const networkTargets = isConstant
    ? null
    : {
        outputs,
        training: standardise(targets, scale, outputs),
        validation: validation && standardise(validation.targets, scale, outputs),
      };
  const recipeFor = (rows: number, heldOut: number) =>
    recipeOf(settings, regressorTask(settings), rows, heldOut);
  const fitted =
    streamed === null
      ? await fitMembers(problem, splits, networkTargets, recipeFor, settings, control)
      : await fitStreamed(problem, streamed, splits[0], networkTargets, recipeFor, settings, control);
  const ensemble = {
    networks: fitted.networks,
    outputs,
    constant: constantOf(targets, trained, settings.loss),
  };
  const model = { encoder: fitted.encoder, shape: input.shape, ensemble, format, scale, quantiles };
  const known = validation?.targets ?? targets;
  const scores =
    ensemble.networks.length === 0
      ? scoresOf(model, targets, constantOutputs(ensemble, targets.length))
      : scoresOf(
          model,
          Float64Array.from(fitted.heldOut.rows, (row) => known[row]),
          toTargets(fitted.heldOut.outputs, model),
        );
  const warnings = [
    ...(input.stream?.warnings ?? []),
    ...nameWarnings(input.table),
    ...(await finishInTurns(targetLeaks(input.table, fitted.encoder.columns, targets))),
  ];
  const heldOut = heldOutOf(
    fitted.heldOut,
    validation ? 'validation' : 'rows',
    { targets: known, weights: validation ? null : input.weights },
    targets,
    input.stream === null || validation ? null : (input.table.rowNumbers ?? null),
  );
  return {
    ...model,
    scores,
    history: fitted.history,
    savedScore: null,
    provenance: { version: VERSION, rows: rowsOf(input) },
    warnings,
    heldOut,
  };
}

/** Conformal scores of rows with these targets and outputs. */
function scoresOf(
  { quantiles }: Pick<RegressorModel, 'quantiles'>,
  targets: Float64Array,
  outputs: Float64Array,
): Float32Array {
  return quantiles === null
    ? absoluteScores(targets, outputs)
    : quantileScores(targets, outputs, quantiles.length);
}

/** What differs between the recipes of regressors. */
export function regressorTask({
  loss,
}: RegressorSettings): Pick<Recipe, 'loss' | 'labelSmoothing' | 'monitor'> {
  return { loss, labelSmoothing: 0, monitor: 'validationLoss' };
}

/**
 * Mean, standard deviation (that of the population) and range of the rows that train. Not of those held out: what
 * is known of them would make their own errors, and so the intervals, too small.
 */
export function scaleOf(targets: Float64Array, trained: Uint32Array): TargetScale {
  let mean = 0;
  for (const row of trained) mean += targets[row] / trained.length;
  let variance = 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (const row of trained) {
    variance += (targets[row] - mean) ** 2 / trained.length;
    minimum = Math.min(minimum, targets[row]);
    maximum = Math.max(maximum, targets[row]);
  }
  const deviation = Math.sqrt(variance);
  // The square of a tiny number is 0.
  const standardDeviation = deviation > 0 && Number.isFinite(deviation) ? deviation : maximum - minimum || 1;
  return { mean, standardDeviation, minimum, maximum };
}

/** Standardised targets, (rows, outputs): each output has the same one. */
export function standardise(targets: Float64Array, scale: TargetScale, outputs: number): Float32Array {
  const { mean, standardDeviation } = scale;
  return arrayOf(Float32Array, targets.length * outputs, 'the targets', (i) => {
    return (targets[Math.floor(i / outputs)] - mean) / standardDeviation;
  });
}

/** What is predicted without features: that which minimises the loss on the targets. */
function constantOf(targets: Float64Array, trained: Uint32Array, loss: TargetLoss): number[] {
  const values = arrayOf(Float64Array, trained.length, 'the targets', (i) => targets[trained[i]]).sort();
  const at = (quantile: number) => {
    const place = quantile * (values.length - 1);
    const below = values[Math.floor(place)];
    return below + (place - Math.floor(place)) * (values[Math.ceil(place)] - below);
  };
  if (loss.kind === 'quantile') return loss.quantiles.map(at);
  if (loss.kind === 'absolute') return [at(0.5)];
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return [Math.min(Math.max(mean, values[0]), values[values.length - 1])];
}
