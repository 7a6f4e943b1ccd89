/** From the outputs of networks to targets and intervals. It runs in browsers, too. */

import type { Table } from '../data/table.js';
import { finitePredictions } from '../network/finite-outputs.js';
import type { Network } from '../network/network.js';
import { arrayOf } from '../numbers/allocate.js';
import { conformalRadius, type Intervals } from './conformal.js';
import type { Predictor } from './ensemble.js';
import { type OnWarning, type OutputModel, outputsOf, outputsOfAsync } from './outputs.js';

/** How targets are standardised, and between what predictions are kept. */
export interface TargetScale {
  mean: number;
  standardDeviation: number;
  minimum: number;
  maximum: number;
}

/** What of a regressor makes targets of outputs. */
interface TargetModel {
  scale: TargetScale;
  /** Quantiles of the outputs, ascending; null for one output that is the prediction. */
  quantiles: readonly number[] | null;
}

/** Outputs for rows in the units of the target, (rows, outputs). Throws as `outputsOf`. */
export function targetOutputs(
  model: TargetModel & OutputModel<Predictor>,
  table: Table,
  onWarning: OnWarning,
): Float64Array {
  return ofNetworks(model, outputsOf(model, table, asTheyAre, onWarning));
}

/** The same off the event loop. */
export async function targetOutputsAsync(
  model: TargetModel & OutputModel<Network>,
  table: Table,
  onWarning: OnWarning,
): Promise<Float64Array> {
  return ofNetworks(model, await outputsOfAsync(model, table, asTheyAre, onWarning));
}

const asTheyAre = (outputs: Float32Array) => outputs;

/** The constant of a model without networks is in the units of the target already. */
function ofNetworks(model: TargetModel & OutputModel<unknown>, outputs: Float64Array): Float64Array {
  const { networks, outputs: width } = model.ensemble;
  return networks.length === 0 ? outputs : finitePredictions(toTargets(outputs, model), width);
}

/**
 * Outputs in the units of the target, (rows, outputs): one output stays between the least and the largest target
 * trained on, several are sorted in each row, so that no quantile is above the next.
 */
export function toTargets(outputs: ArrayLike<number>, { scale, quantiles }: TargetModel): Float64Array {
  const { mean, standardDeviation, minimum, maximum } = scale;
  const targets = arrayOf(
    Float64Array,
    outputs.length,
    'the predictions',
    (i) => mean + standardDeviation * outputs[i],
  );
  if (quantiles === null) return targets.map((target) => Math.min(Math.max(target, minimum), maximum));
  for (let start = 0; start < targets.length; start += quantiles.length) {
    targets.subarray(start, start + quantiles.length).sort();
  }
  return targets;
}

/** The prediction of each row, from its outputs: that of the quantile next to 1/2. */
export function centreOf({ quantiles }: Pick<TargetModel, 'quantiles'>, outputs: Float64Array): Float64Array {
  if (quantiles === null) return outputs;
  const centre = centreOfQuantiles(quantiles);
  const heads = quantiles.length;
  return arrayOf(
    Float64Array,
    outputs.length / heads,
    'the predictions',
    (row) => outputs[row * heads + centre],
  );
}

/** The place of the quantile next to 1/2. */
export function centreOfQuantiles(quantiles: readonly number[]): number {
  const distance = (index: number) => Math.abs(quantiles[index] - 0.5);
  return quantiles.reduce((best, _, index) => (distance(index) < distance(best) ? index : best), 0);
}

/** Intervals that cover a share `coverage` of new rows. Throws ERR_OPTION if too few rows were held out. */
export function intervalsOf(
  model: { scores: ArrayLike<number>; ensemble: { outputs: number } },
  outputs: Float64Array,
  coverage: number,
): Intervals {
  const radius = conformalRadius(model.scores, coverage);
  const heads = model.ensemble.outputs;
  const rows = outputs.length / heads;
  const low = Array.from({ length: rows }, (_, row) => outputs[row * heads] - radius);
  const high = Array.from({ length: rows }, (_, row) => outputs[(row + 1) * heads - 1] + radius);
  // A negative radius can turn a narrow interval around.
  return {
    lower: low.map((value, row) => Math.min(value, high[row])),
    upper: high.map((value, row) => Math.max(value, low[row])),
  };
}
