/** A classifier as a file: what it has besides that which both estimators have. */

import { LabelEncoder } from '../data/label-encoder.js';
import { boolean, nullable, number, optionsObject, unexpected } from '../options/checks.js';
import { finishInTurns } from '../turns.js';
import { readCalibration } from './calibration.js';
import type { ClassifierModel } from './classifier-model.js';
import { readEstimator, writeEstimator } from './estimator-file.js';
import { packFit, readFit } from './fit-file.js';
import { classifierScoreSteps } from './held-out-score.js';
import type { EstimatorLoadOptions } from './machine.js';
import type { MLPClassifierOptions } from './options.js';
import type { ClassifierEvaluation } from './scoring.js';
import type { ClassifierSettings } from './settings.js';

const KIND = 'MLPClassifier';
const METRICS = {
  required: ['accuracy', 'balancedAccuracy', 'logLoss', 'precision', 'recall', 'f1'],
  optional: ['rocAuc', 'confusionMatrix'],
};
const threshold = nullable(number('a number from 0 to 1', (value) => value >= 0 && value <= 1));

/** Writes a classifier. Throws ERR_FILE. */
export function saveClassifier(
  path: string,
  options: MLPClassifierOptions,
  model: ClassifierModel,
  isContinued: boolean,
): Promise<void> {
  const { encoder, shape, ensemble, labels, calibration, warnings } = model;
  const head = { labels: labels.toJSON(), calibration, threshold: model.threshold, isContinued };
  const fit = finishInTurns(classifierScoreSteps(model)).then((savedScore) =>
    packFit({ ...model, savedScore }),
  );
  // It is awaited later, if what comes before does not fail.
  fit.catch(() => {});
  const saved = { options, encoder, shape, ensemble, warnings, head, fit, scores: new Float32Array(0) };
  return writeEstimator(path, KIND, saved, isContinued);
}

/**
 * Reads a classifier.
 *
 * @param make - makes it of its options, with a function that gives its model
 * @throws {@link ChainruleError} ERR_FILE
 */
export function loadClassifier<T>(
  path: string,
  machine: EstimatorLoadOptions,
  make: (
    options: MLPClassifierOptions,
    makeModel: (settings: ClassifierSettings) => ClassifierModel,
    isContinued: boolean,
  ) => T,
): Promise<T> {
  return readEstimator(path, KIND, machine, (saved) => {
    const { options, encoder, shape, ensemble, warnings, head, fit } = saved;
    const fields = optionsObject(head, ['labels', 'calibration', 'threshold', 'isContinued'], 'head');
    const labels = LabelEncoder.fromJSON(fields.labels);
    if (labels.classes.length !== ensemble.outputs) {
      throw unexpected('constant', ensemble.constant, `${labels.classes.length} numbers, one for each class`);
    }
    const model: ClassifierModel = {
      encoder,
      shape,
      ensemble,
      labels,
      calibration: readCalibration(fields.calibration),
      threshold: threshold(fields.threshold, 'threshold'),
      ...readFit<ClassifierEvaluation>(fit, METRICS),
      warnings,
      heldOut: null,
    };
    return make({ ...options, ...machine }, () => model, boolean(fields.isContinued, 'isContinued'));
  });
}
