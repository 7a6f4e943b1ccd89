/** A fitted regressor: from rows and numbers to networks with intervals. */

import type { NumberFormat } from '../data/number-text.js';
import { arrayOf } from '../numbers/allocate.js';
import { pause } from '../turns.js';
import { absoluteScores, quantileScores } from './conformal.js';
import { constantOutputs, type Ensemble } from './ensemble.js';
import type { FitInput } from './fit-input.js';
import { trainedRows } from './fit-members.js';
import type { FitControl } from './fit-options.js';
import { type FitRecord, fitNetworks, knownOf, problemOf, recordOf, splitsOf } from './fit-problem.js';
import { streamOf } from './fit-streamed.js';
import { targetLeaks } from './leak-warnings.js';
import { formatOf, toNumbers } from './number-values.js';
import type { HeldOutScore } from './provenance.js';
import type { Recipe, TargetLoss } from './recipe.js';
import { type TargetScale, toTargets } from './regressor-outputs.js';
import type { RegressorEvaluation } from './scoring.js';
import { type RegressorSettings, recipeOf } from './settings.js';

/** All that a fitted regressor needs. */
export interface RegressorModel extends FitRecord<Float64Array> {
  ensemble: Ensemble;
  /** How targets that are texts are written. */
  format: NumberFormat;
  scale: TargetScale;
  /** Quantiles of the outputs, ascending; null for one output that is the prediction. */
  quantiles: readonly number[] | null;
  /** Conformal scores of the rows held out, ascending. */
  scores: Float32Array;
  /** In a file, of the rows that its fit held out. */
  savedScore: HeldOutScore<RegressorEvaluation> | null;
}

/** Trains a regressor. */
export async function fitRegressor(
  input: FitInput,
  settings: RegressorSettings,
  control: FitControl,
): Promise<RegressorModel> {
  const format = formatOf(input.labels);
  const known = knownOf(input, (values, name, where) => toNumbers(values, name, format, where));
  const targets = known.all;
  await pause();
  const problem = problemOf(input, null, input.weights);
  const streamed = streamOf(input, (values, own) => ({
    targets: standardise(toNumbers(values, 'labels', format), scale, outputs),
    weights: own,
  }));
  const splits = splitsOf(problem, streamed, settings);
  await pause();
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
        validation: known.validation && standardise(known.validation, scale, outputs),
      };
  await pause();
  const fitted = await fitNetworks(
    problem,
    streamed,
    splits,
    networkTargets,
    (rows, heldOut) => recipeOf(settings, regressorTask(settings), rows, heldOut),
    settings,
    control,
  );
  const ensemble = {
    networks: fitted.networks,
    outputs,
    constant: constantOf(targets, trained, settings.loss),
  };
  const leaks = targetLeaks(input.table, fitted.encoder.columns, targets);
  const record = await recordOf(input, fitted, known, [], leaks);
  await pause();
  const model = { ...record, savedScore: null, ensemble, format, scale, quantiles };
  // Where there was nothing to learn, no row is held out.
  const scores =
    ensemble.networks.length === 0
      ? scoresOf(model, targets, constantOutputs(ensemble, targets.length))
      : scoresOf(model, record.heldOut.targets, toTargets(record.heldOut.outputs, model));
  return { ...model, scores };
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
