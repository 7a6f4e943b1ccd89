/** What a classifier says of rows: labels and probabilities of one pass over its networks. */

import { chooseClasses } from '../../estimators/classifier-outputs.js';
import type { MLPClassifier, Table } from '../../index.js';

export interface ClassPredictions {
  /** Place in `classes` of each row's label. */
  places: Int32Array;
  /** (rows, classes) */
  probabilities: Float64Array;
}

export async function predictClasses(
  model: MLPClassifier,
  batch: Table,
  onWarning: (message: string) => void,
): Promise<ClassPredictions> {
  const rows = await model.predictProbabilityAsync(batch, { onWarning });
  const probabilities = Float64Array.from(rows.flat());
  const { threshold, classes } = model;
  return {
    places: chooseClasses({ threshold, ensemble: { outputs: classes.length } }, probabilities),
    probabilities,
  };
}
