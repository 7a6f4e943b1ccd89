/** What a regressor predicts for the tested rows, and how good that is. */

import { ChainruleError } from '../error.js';
import type { RegressorModel } from '../estimators/regressor-model.js';
import { centreOf, intervalsOf, targetOutputsAsync, toTargets } from '../estimators/regressor-outputs.js';
import { evaluateNumbers, scoreOf } from '../estimators/scoring.js';
import type { RegressorSettings } from '../estimators/settings.js';
import { columnImportance } from './column-importance.js';
import type { ImportanceFacts, IntervalFacts, NumberFacts } from './facts.js';
import type { TestedRows } from './tested-rows.js';

const COVERAGES = [0.5, 0.8, 0.9, 0.95];

/** @param onWarning - hears what is odd about rows that are read anew */
export async function numberFacts(
  model: RegressorModel,
  tested: TestedRows<Float64Array>,
  onWarning: (message: string) => void,
): Promise<NumberFacts> {
  const { targets, weights } = tested;
  const outputs = await outputsOf(model, tested, onWarning);
  const predicted = centreOf(model, outputs);
  return {
    targets,
    predicted,
    weights,
    evaluation: evaluateNumbers(targets, predicted, weights),
    baseline: baselineOf(model, targets, weights),
    intervals: COVERAGES.flatMap(
      (coverage) => intervalFacts(model, outputs, targets, weights, coverage) ?? [],
    ),
  };
}

async function outputsOf(
  model: RegressorModel,
  { outputs, table }: TestedRows<Float64Array>,
  onWarning: (message: string) => void,
): Promise<Float64Array> {
  if (outputs !== null) return toTargets(outputs, model);
  if (table === null) throw new TypeError('rows that are tested have cells or outputs');
  return targetOutputsAsync(model, table, onWarning);
}

/** The constant that training would predict without features, for every row, as `heldOutScore` has it. */
function baselineOf(
  model: RegressorModel,
  targets: Float64Array,
  weights: Float32Array | null,
): NumberFacts['baseline'] {
  const [constant] = centreOf(model, Float64Array.from(model.ensemble.constant));
  const { rmse, mae } = evaluateNumbers(targets, new Float64Array(targets.length).fill(constant), weights);
  return { rmse, mae };
}

/** null if too few rows were held out for this coverage. */
function intervalFacts(
  model: RegressorModel,
  outputs: Float64Array,
  targets: Float64Array,
  weights: Float32Array | null,
  coverage: number,
): IntervalFacts | null {
  try {
    const { lower, upper } = intervalsOf(model, outputs, coverage);
    let [inside, width, total] = [0, 0, 0];
    targets.forEach((target, row) => {
      const weight = weights === null ? 1 : weights[row];
      if (target >= lower[row] && target <= upper[row]) inside += weight;
      width += weight * (upper[row] - lower[row]);
      total += weight;
    });
    return { coverage, covered: inside / total, width: width / total };
  } catch (error) {
    if (error instanceof ChainruleError && error.code === 'ERR_OPTION') return null;
    throw error;
  }
}

/** By the metric of the estimator. */
export function numberImportance(
  model: RegressorModel,
  tested: TestedRows<Float64Array>,
  { metric, seed }: RegressorSettings,
): Promise<ImportanceFacts | null> {
  const { targets, weights } = tested;
  return columnImportance(model, tested, {
    metric,
    seed,
    adjust: (outputs) => outputs,
    score: (outputs, chosen) => {
      const own = Float64Array.from(chosen, (row) => targets[row]);
      const ownWeights = weights && Float32Array.from(chosen, (row) => weights[row]);
      const predicted = centreOf(model, toTargets(outputs, model));
      return scoreOf(metric, evaluateNumbers(own, predicted, ownWeights));
    },
  });
}
