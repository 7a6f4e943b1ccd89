/** Loads the model that a command is given. */

import { ChainruleError } from '../../error.js';
import { isCheckpoint, readModelKind } from '../../formats/model-kind.js';
import type { MLPClassifier, MLPRegressor } from '../../index.js';
import { isForPeople } from './failure.js';
import { library } from './library.js';

/**
 * What a file holds: 'Network', or the name of an estimator's class.
 *
 * @throws {@link ChainruleError} ERR_FILE if there is no such file, or if it is no model
 */
export async function modelKind(path: string): Promise<string> {
  let kind: string | null = null;
  try {
    kind = await readModelKind(path);
  } catch (error) {
    const { code, syscall } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new ChainruleError('ERR_FILE', `there is no file ${path}`, { cause: error });
    // The system's reason says more, such as a permission that lacks.
    if (syscall !== undefined) throw error;
  }
  if (kind !== null) return kind;
  const what = (await isCheckpoint(path).catch(() => false))
    ? 'a checkpoint, not a model: the training that wrote it makes one in the end, and goes on with --resume'
    : 'no model of chainrule';
  throw new ChainruleError('ERR_FILE', `${path} is ${what}`);
}

/**
 * The estimator in a file.
 *
 * @param rows - the file of rows, if the command takes one: the two are easily swapped
 * @throws {@link ChainruleError} ERR_FILE
 */
export async function loadModel(path: string, rows?: string): Promise<MLPClassifier | MLPRegressor> {
  const { loadEstimator } = await library();
  try {
    await modelKind(path);
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
