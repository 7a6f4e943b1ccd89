/** Writes and reads the files of an estimator, of either kind, and tells who subscribes. */

import { traceLoad, traceSave } from '../network/diagnostics.js';
import { filePath } from '../options/file-path.js';
import type { FittedModel } from './fitted.js';
import type { EstimatorLoadOptions } from './machine.js';
import type { Trainee } from './run-fit.js';
import { machineOptions } from './settings.js';

/** Saves what an estimator has learnt. Rejects with ERR_UNFITTED, ERR_OPTION, and with what `write` does. */
export async function runSave<Model extends FittedModel>(
  { kind, model, fitted }: Trainee<Model>,
  path: unknown,
  write: (file: string, learnt: Model, isContinued: boolean) => Promise<void>,
): Promise<void> {
  const file = filePath(path, 'the path of save');
  const learnt = fitted.need('save');
  await traceSave(kind, model, file, () => write(file, learnt, fitted.isContinued));
}

/** Loads an estimator. Rejects with ERR_OPTION, and with what `read` does. */
export async function runLoad<Estimator extends object>(
  kind: Trainee<FittedModel>['kind'],
  path: unknown,
  options: unknown,
  read: (file: string, machine: EstimatorLoadOptions) => Promise<Estimator>,
): Promise<Estimator> {
  const machine = machineOptions(options, `the options of ${kind}.load`);
  const file = filePath(path, `the path of ${kind}.load`);
  return traceLoad(kind, file, () => read(file, machine));
}
