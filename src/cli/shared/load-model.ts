/** Loads the model that a command is given. */

import { ChainruleError } from '../../error.js';
import type { MLPClassifier, MLPRegressor } from '../../index.js';
import { isForPeople } from './failure.js';
import { library } from './library.js';

/**
 * The estimator in a file.
 *
 * @param rows - the file of rows, if the command takes one: the two are easily swapped
 * @throws {@link ChainruleError} ERR_FILE
 */
export async function loadModel(path: string, rows?: string): Promise<MLPClassifier | MLPRegressor> {
  const { loadEstimator } = await library();
  try {
    return await loadEstimator(path);
  } catch (error) {
    const areSwapped = rows?.endsWith('.safetensors') && !path.endsWith('.safetensors');
    if (!isForPeople(error) || !areSwapped) throw error;
    throw new ChainruleError(
      'ERR_FILE',
      `${error.message}; the model comes first, then the rows: ${rows} ${path}`,
    );
  }
}
