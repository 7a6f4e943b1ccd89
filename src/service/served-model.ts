/** What can be served, from a file and ready to answer. */

import { MLPClassifier } from '../estimators/classifier.js';
import { loadEstimator } from '../estimators/load-estimator.js';
import { MLPRegressor } from '../estimators/regressor.js';
import { readModelKind } from '../formats/model-kind.js';
import { Network } from '../network/network.js';
import type { LoadOptions } from '../options/network.js';

// biome-ignore lint/suspicious/noExplicitAny: of rows and labels of every type
export type ServedModel = MLPClassifier<any, any> | MLPRegressor<any> | Network;

/** Reads a model of whichever kind the file holds. Throws ERR_FILE, ERR_BACKEND. */
export async function loadModel(path: string, options: LoadOptions): Promise<ServedModel> {
  return (await readModelKind(path)) === 'Network'
    ? Network.load(path, options)
    : loadEstimator(path, options);
}

export function isServedModel(value: unknown): value is ServedModel {
  return value instanceof MLPClassifier || value instanceof MLPRegressor || value instanceof Network;
}

export function kindOf(model: ServedModel): string {
  if (model instanceof Network) return 'Network';
  return model instanceof MLPClassifier ? 'MLPClassifier' : 'MLPRegressor';
}

/**
 * Predicts once in each way, so that the first request waits for nothing that is made on demand, and so that a model
 * which cannot predict throws here.
 */
export async function warmUp(model: ServedModel): Promise<void> {
  if (model instanceof Network) {
    const x = new Float32Array(model.inputSize);
    model.predict(x);
    await model.predictAsync(x);
    return;
  }
  const row = Object.fromEntries(model.columns.map(({ name }) => [name, null]));
  model.predict([row]);
  await model.predictAsync([row]);
}
