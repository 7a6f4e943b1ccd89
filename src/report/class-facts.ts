/** What a classifier predicts for the tested rows, and how good that is. */

import { type ClassifierModel, shares } from '../estimators/classifier-model.js';
import { calibrationOf, chooseClasses } from '../estimators/classifier-outputs.js';
import { outputsOfAsync } from '../estimators/outputs.js';
import { evaluateClasses, scoreOf } from '../estimators/scoring.js';
import type { ClassifierSettings } from '../estimators/settings.js';
import { precisionRecallF1 } from '../metrics/classification.js';
import { areaUnderRoc } from '../metrics/probability.js';
import { columnImportance } from './column-importance.js';
import type { ClassFacts, ImportanceFacts } from './facts.js';
import type { TestedRows } from './tested-rows.js';

/** @param onWarning - hears what is odd about rows that are read anew */
export async function classFacts(
  model: ClassifierModel,
  tested: TestedRows<Int32Array>,
  onWarning: (message: string) => void,
): Promise<ClassFacts> {
  const { targets, weights } = tested;
  const probabilities = await probabilitiesOf(model, tested, onWarning);
  const predicted = chooseClasses(model, probabilities);
  const names = model.labels.classes.map(String);
  const classes = names.length;
  const evaluation = evaluateClasses(targets, predicted, probabilities, classes, weights);
  const { classes: scores } = precisionRecallF1(targets, predicted, { sampleWeight: weights, classes });
  return {
    names,
    targets,
    predicted,
    probabilities,
    weights,
    evaluation,
    baseline: baselineOf(model, targets, weights),
    perClass: scores.map((each, index) => ({ ...each, area: areaOf(tested, probabilities, classes, index) })),
    threshold: model.threshold,
  };
}

async function probabilitiesOf(
  model: ClassifierModel,
  { outputs, table }: TestedRows<Int32Array>,
  onWarning: (message: string) => void,
): Promise<Float64Array> {
  if (outputs !== null) return Float64Array.from(calibrationOf(model)(outputs));
  if (table === null) throw new TypeError('rows that are tested have cells or outputs');
  return outputsOfAsync(model, table, calibrationOf(model), onWarning);
}

/** The classes' shares in training for every row, as `heldOutScore` has it. */
function baselineOf(
  { heldOut, ensemble, labels }: ClassifierModel,
  targets: Int32Array,
  weights: Float32Array | null,
): ClassFacts['baseline'] {
  const { outputs: classes, constant } = ensemble;
  const parts = heldOut === null ? constant : shares(heldOut.fitTargets, classes, null);
  const most = parts.reduce((best, share, index) => (share > parts[best] ? index : best), 0);
  const rows = targets.length;
  const everywhere = Float64Array.from({ length: rows * classes }, (_, i) => parts[i % classes]);
  const always = new Int32Array(rows).fill(most);
  const { accuracy, logLoss } = evaluateClasses(targets, always, everywhere, classes, weights);
  return { name: String(labels.classes[most]), accuracy, logLoss };
}

/** Area under the ROC curve of a class against the rest; null if one of the two does not occur. */
function areaOf(
  { targets, weights }: TestedRows<Int32Array>,
  probabilities: Float64Array,
  classes: number,
  index: number,
): number | null {
  const scores = Float64Array.from(targets, (_, row) => probabilities[row * classes + index]);
  const area = areaUnderRoc(scores, (row) => targets[row] === index, weights);
  return Number.isNaN(area) ? null : area;
}

/** By the metric of the estimator. */
export function classImportance(
  model: ClassifierModel,
  tested: TestedRows<Int32Array>,
  { metric, seed }: ClassifierSettings,
): Promise<ImportanceFacts | null> {
  const { targets, weights } = tested;
  const classes = model.ensemble.outputs;
  return columnImportance(model, tested, {
    metric,
    seed,
    adjust: calibrationOf(model),
    score: (probabilities, chosen) => {
      const own = Int32Array.from(chosen, (row) => targets[row]);
      const ownWeights = weights && Float32Array.from(chosen, (row) => weights[row]);
      const predicted = chooseClasses(model, probabilities);
      return scoreOf(metric, evaluateClasses(own, predicted, probabilities, classes, ownWeights));
    },
  });
}
