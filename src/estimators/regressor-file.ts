/** A regressor as a file: what it has besides that which both estimators have. */

import type { NumberFormat } from '../data/number-text.js';
import { LONGEST_NUMBER } from '../data/number-units.js';
import { boolean, finite, oneOf, optionsObject, positive, unexpected } from '../options/checks.js';
import { readEstimator, writeEstimator } from './estimator-file.js';
import { packFit, readFit } from './fit-file.js';
import { regressorScore } from './held-out-score.js';
import type { EstimatorLoadOptions } from './machine.js';
import type { MLPRegressorOptions } from './options.js';
import type { RegressorModel } from './regressor-model.js';
import type { TargetScale } from './regressor-outputs.js';
import type { RegressorEvaluation } from './scoring.js';
import type { RegressorSettings } from './settings.js';

const KIND = 'MLPRegressor';
const METRICS = { required: ['rmse', 'mae', 'r2'], optional: [] };

/** Writes a regressor. Throws ERR_FILE. */
export function saveRegressor(
  path: string,
  options: MLPRegressorOptions,
  model: RegressorModel,
  isContinued: boolean,
): Promise<void> {
  const { encoder, shape, ensemble, format, scale, scores, warnings } = model;
  const head = { format, scale, isContinued };
  const saved = {
    options,
    encoder,
    shape,
    ensemble,
    warnings,
    head,
    fit: packFit({ ...model, savedScore: regressorScore(model) }),
    scores,
  };
  return writeEstimator(path, KIND, saved, isContinued);
}

/**
 * Reads a regressor.
 *
 * @param make - makes it of its options, with a function that gives the model for its settings
 * @throws {@link ChainruleError} ERR_FILE
 */
export function loadRegressor<T>(
  path: string,
  machine: EstimatorLoadOptions,
  make: (
    options: MLPRegressorOptions,
    makeModel: (settings: RegressorSettings) => RegressorModel,
    isContinued: boolean,
  ) => T,
): Promise<T> {
  return readEstimator(
    path,
    KIND,
    machine,
    ({ options, encoder, shape, ensemble, warnings, head, fit, scores }) => {
      const fields = optionsObject(head, ['format', 'scale', 'isContinued'], 'head');
      const format = readFormat(fields.format);
      const scale = readScale(fields.scale);
      const makeModel = ({ loss }: RegressorSettings): RegressorModel => {
        const quantiles = loss.kind === 'quantile' ? loss.quantiles : null;
        const outputs = quantiles?.length ?? 1;
        if (ensemble.outputs !== outputs) {
          throw unexpected('constant', ensemble.constant, `an array of length ${outputs}`);
        }
        const facts = readFit<RegressorEvaluation>(fit, METRICS);
        const heldOut = null;
        return { encoder, shape, ensemble, format, scale, quantiles, scores, warnings, heldOut, ...facts };
      };
      return make({ ...options, ...machine }, makeModel, boolean(fields.isContinued, 'isContinued'));
    },
  );
}

function readFormat(value: unknown): NumberFormat {
  const names = ['decimal', 'unit', 'groups', 'magnitudes'];
  const { decimal, unit, groups = true, magnitudes = false } = optionsObject(value, names, 'format');
  if (typeof unit !== 'string' || unit.length > LONGEST_NUMBER)
    throw unexpected('format.unit', unit, 'a unit');
  return {
    decimal: decimalSign(decimal, 'format.decimal'),
    unit,
    groups: boolean(groups, 'format.groups'),
    magnitudes: boolean(magnitudes, 'format.magnitudes'),
  };
}

const decimalSign = oneOf(['.', ','] as const);

function readScale(value: unknown): TargetScale {
  const names = ['mean', 'standardDeviation', 'minimum', 'maximum'];
  const fields = optionsObject(value, names, 'scale');
  return {
    mean: finite(fields.mean, 'scale.mean'),
    standardDeviation: positive(fields.standardDeviation, 'scale.standardDeviation'),
    minimum: finite(fields.minimum, 'scale.minimum'),
    maximum: finite(fields.maximum, 'scale.maximum'),
  };
}
