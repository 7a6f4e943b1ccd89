/** Gathers what a report says. */

import { ChainruleError, show } from '../error.js';
import { MLPClassifier, withClassifier } from '../estimators/classifier.js';
import { type ClassifierModel, classifierTask } from '../estimators/classifier-model.js';
import { toNumbers } from '../estimators/number-values.js';
import { MLPRegressor, withRegressor } from '../estimators/regressor.js';
import { type RegressorModel, regressorTask, standardise } from '../estimators/regressor-model.js';
import type { ClassifierSettings, RegressorSettings } from '../estimators/settings.js';
import { classFacts, classImportance } from './class-facts.js';
import { commonFacts, type Subject } from './common-facts.js';
import type { ReportFacts } from './facts.js';
import { layerFacts } from './layer-facts.js';
import { numberFacts, numberImportance } from './number-facts.js';
import type { ResolvedReport } from './options.js';
import { chooseRows, readGiven } from './tested-rows.js';
import { trainingFacts } from './training-facts.js';

/**
 * What a report of an estimator says about rows and labels.
 *
 * @throws {@link ChainruleError} as `makeReport`
 */
export async function gatherFacts(
  estimator: unknown,
  rows: unknown,
  labels: unknown,
  resolved: ResolvedReport,
): Promise<ReportFacts> {
  if (estimator instanceof MLPClassifier) {
    return withClassifier(estimator, 'makeReport', (model, settings) =>
      classifierFacts(estimator, model, settings, { rows, labels, resolved }),
    );
  }
  if (estimator instanceof MLPRegressor) {
    return withRegressor(estimator, 'makeReport', (model, settings) =>
      regressorFacts(estimator, model, settings, { rows, labels, resolved }),
    );
  }
  throw new ChainruleError(
    'ERR_OPTION',
    `estimator is ${show(estimator)}, expected an MLPClassifier or an MLPRegressor`,
  );
}

/** What is to be reported. */
interface Request {
  rows: unknown;
  labels: unknown;
  resolved: ResolvedReport;
}

async function classifierFacts(
  classifier: MLPClassifier,
  model: ClassifierModel,
  settings: ClassifierSettings,
  { rows, labels, resolved }: Request,
): Promise<ReportFacts> {
  const given = await readGiven(rows, labels, settings.columns, model.shape, resolved);
  const tested = await chooseRows(model, given, model.labels.encode(given.labels), resolved.heldOut);
  const heard: string[] = [];
  const classes = await classFacts(model, tested, (message) => heard.push(message));
  const { targets } = tested;
  const { metric, labelSmoothing, classWeight } = settings;
  const subject: Subject = {
    name: 'MLPClassifier',
    options: { ...classifier.options },
    settings,
    own: { metric, labelSmoothing, classWeight, threshold: model.threshold },
    model,
    warnings: classifier.warnings,
    taskOf: (heldOut) => classifierTask(settings, heldOut),
  };
  return {
    ...commonFacts(subject, tested, resolved, heard),
    classes,
    numbers: null,
    importance: resolved.importance ? await classImportance(model, tested, settings) : null,
    training: trainingFacts(model.history, {
      loss: 'cross-entropy',
      isDamped: settings.dropout > 0 || labelSmoothing > 0,
      targetDeviation: null,
    }),
    layers: await layerFacts(model, tested, (places) => Int32Array.from(places, (row) => targets[row])),
  };
}

async function regressorFacts(
  regressor: MLPRegressor,
  model: RegressorModel,
  settings: RegressorSettings,
  { rows, labels, resolved }: Request,
): Promise<ReportFacts> {
  const given = await readGiven(rows, labels, settings.columns, model.shape, resolved);
  const known = toNumbers(given.labels, 'labels', model.format);
  const tested = await chooseRows(model, given, known, resolved.heldOut);
  const heard: string[] = [];
  const numbers = await numberFacts(model, tested, (message) => heard.push(message));
  const { targets } = tested;
  const { scale, ensemble } = model;
  const { metric, loss } = settings;
  const subject: Subject = {
    name: 'MLPRegressor',
    options: { ...regressor.options },
    settings,
    own: { metric, loss },
    model,
    warnings: regressor.warnings,
    taskOf: () => regressorTask(settings),
  };
  return {
    ...commonFacts(subject, tested, resolved, heard),
    classes: null,
    numbers,
    importance: resolved.importance ? await numberImportance(model, tested, settings) : null,
    training: trainingFacts(model.history, {
      loss: loss.kind,
      isDamped: settings.dropout > 0,
      targetDeviation: scale.standardDeviation,
    }),
    layers: await layerFacts(model, tested, (places) =>
      standardise(
        Float64Array.from(places, (row) => targets[row]),
        scale,
        ensemble.outputs,
      ),
    ),
  };
}
