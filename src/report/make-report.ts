/** The report of an estimator: one HTML file. */

import { ChainruleError, show } from '../error.js';
import { MLPClassifier, withClassifier } from '../estimators/classifier.js';
import { type ClassifierModel, classifierTask } from '../estimators/classifier-model.js';
import type { AnyEstimator } from '../estimators/cross-validate.js';
import { toNumbers } from '../estimators/number-values.js';
import { MLPRegressor, withRegressor } from '../estimators/regressor.js';
import { type RegressorModel, regressorTask, standardise } from '../estimators/regressor-model.js';
import type { FitRows } from '../estimators/rows.js';
import type { ClassifierSettings, RegressorSettings } from '../estimators/settings.js';
import { classFacts, classImportance } from './class-facts.js';
import { commonFacts, type Subject } from './common-facts.js';
import type { ReportFacts } from './facts.js';
import { layerFacts } from './layer-facts.js';
import { numberFacts, numberImportance } from './number-facts.js';
import { type ReportOptions, type ResolvedReport, resolveReport } from './options.js';
import { chooseRows, readGiven } from './tested-rows.js';
import { trainingFacts } from './training-facts.js';

/**
 * A report about an estimator as one HTML file that needs neither a network nor scripts: what the data was, how good
 * predictions are beside those that look at no column, how training went, what matters, and how to make the same model
 * again. Takes some seconds, mostly for the importance of columns; the event loop turns meanwhile.
 *
 * Rows that are new to the estimator tell most. Given the rows of the last fit of this process, the report is about
 * what each network says of the rows that it was not trained on (`heldOut`).
 *
 * ```ts
 * const classifier = await new MLPClassifier({ seed: 1 }).fit(rows, 'species');
 * await writeFile('report.html', await makeReport(classifier, rows, 'species', { dataName: 'penguins.csv' }));
 * ```
 *
 * @param rows - with the columns of the fit
 * @param labels - of the rows; may be omitted if those of `fit` were a column
 * @throws {@link ChainruleError} ERR_OPTION, ERR_SHAPE, ERR_DATA for invalid arguments; ERR_UNFITTED before `fit`;
 * ERR_BUSY during `partialFit`
 */
export async function makeReport(
  estimator: AnyEstimator,
  rows: FitRows,
  labels?: ArrayLike<unknown> | string,
  options: ReportOptions = {},
): Promise<string> {
  const resolved = resolveReport(options);
  const facts = await factsOf(estimator, rows, labels, resolved);
  // Charts are drawn by libraries that nobody should wait for who does not draw any.
  const { renderReport } = await import('./page/render.js');
  return renderReport(facts);
}

function factsOf(
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
