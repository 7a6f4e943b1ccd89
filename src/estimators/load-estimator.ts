/** Loads an estimator without being told which. */

import { ChainruleError } from '../error.js';
import { readModelKind } from '../formats/model-kind.js';
import { type FilePath, filePath } from '../options/file-path.js';
import { MLPClassifier } from './classifier.js';
import type { EstimatorLoadOptions } from './machine.js';
import { MLPRegressor } from './regressor.js';

/**
 * Reads an `MLPClassifier` or an `MLPRegressor`, whichever `save` wrote.
 *
 * ```ts
 * const estimator = await loadEstimator('model.safetensors');
 * if (estimator instanceof MLPClassifier) console.log(estimator.classes);
 * ```
 *
 * @throws {@link ChainruleError} ERR_FILE if the file is missing, malformed or of another kind
 */
export async function loadEstimator(
  path: FilePath,
  options: EstimatorLoadOptions = {},
): Promise<MLPClassifier | MLPRegressor> {
  const file = filePath(path, 'the path of loadEstimator');
  const kind = await readModelKind(file);
  if (kind === 'Network') {
    throw new ChainruleError(
      'ERR_FILE',
      `${file} holds a network, which Network.load reads; expected an estimator`,
    );
  }
  return kind === 'MLPRegressor' ? MLPRegressor.load(file, options) : MLPClassifier.load(file, options);
}
