/** Estimators as the text of a module. */

import type { LearntColumn } from '../data/learn-column.js';
import type { RowEncoder } from '../data/row-encoder.js';
import { ESTIMATOR } from '../formats/module-runtime.js';
import {
  floatsLiteral,
  literal,
  type ModuleExport,
  moduleFunction,
  moduleText,
} from '../formats/module-text.js';
import { networkState } from '../network/module.js';
import { modelOf } from '../network/network.js';
import type { ClassifierModel } from './classifier-model.js';
import type { Ensemble } from './ensemble.js';
import type { InputShape } from './fit-input.js';
import type { ClassifierState, EstimatorState, RegressorState } from './module-state.js';
import { columnsExport, labelLiteral, labelType, rowTypes } from './module-types.js';
import type { RegressorModel } from './regressor-model.js';
import { type ColumnOverrides, namesOf } from './rows.js';

interface Model {
  encoder: RowEncoder;
  shape: InputShape;
  ensemble: Ensemble;
}

export function classifierModule(model: ClassifierModel, columns: ColumnOverrides | null): string {
  const { networks, state } = partsOf(model, columns);
  const own: ClassifierState = { ...state, calibration: model.calibration, threshold: model.threshold };
  const { classes } = model.labels;
  return moduleText({
    source: 'An MLPClassifier',
    runtime: ESTIMATOR,
    model: `runtime.classifier(${literal(own)}, classes, ${networks})`,
    types: [...rowTypes(model.encoder), labelType(classes)],
    exports: [
      {
        documentation: ['The labels in the order of the probabilities.', '', '@type {readonly Label[]}'],
        declaration: `const classes = [${classes.map((label) => labelLiteral(label)).join(', ')}];`,
      },
      columnsExport(model.encoder),
      rowFunction('predict', 'The label of each row.', '{Label[]}'),
      rowFunction('predictProbability', 'Calibrated probabilities.', '{number[][]} (rows, classes)'),
    ],
  });
}

export function regressorModule(model: RegressorModel, columns: ColumnOverrides | null): string {
  const { scale, quantiles, scores } = model;
  const { networks, state } = partsOf(model, columns);
  const own: RegressorState = { ...state, scale, quantiles };
  const exports = [
    columnsExport(model.encoder),
    rowFunction('predict', 'The prediction for each row.', '{number[]}'),
  ];
  // Without rows held out there are no intervals.
  if (scores.length > 0) {
    exports.push(
      rowFunction(
        'predictInterval',
        'Intervals that contain the targets of about a share `coverage` of new rows.',
        '{{ lower: number[], upper: number[] }}',
        'PredictOptions & { coverage?: number }',
      ),
    );
  }
  if (quantiles !== null) {
    const returns = `{number[][]} (rows, quantiles), those of ${quantiles.join(', ')}`;
    exports.push(rowFunction('predictQuantiles', 'The quantiles of each row.', returns));
  }
  return moduleText({
    source: 'An MLPRegressor',
    runtime: ESTIMATOR,
    model: `runtime.regressor(${literal(own)}, ${networks}, ${floatsLiteral(scores)})`,
    types: rowTypes(model.encoder),
    exports,
  });
}

/** What both kinds hold, and their parameters as a literal. */
function partsOf(
  { encoder, shape, ensemble }: Model,
  columns: ColumnOverrides | null,
): { state: EstimatorState; networks: string } {
  const models = ensemble.networks.map((network) => modelOf(network, 'toModule'));
  const state = {
    columns: encoder.toJSON().columns.map(withoutHistory),
    unnamed: encoder.unnamed,
    shape,
    columnNames: namesOf(columns) ?? null,
    constant: ensemble.constant,
    networks: models.map(({ spec }) => networkState(spec)),
  };
  return { state, networks: `[${models.map(({ parameters }) => floatsLiteral(parameters)).join(', ')}]` };
}

/** What was odd about the rows of the fit is of no use to those who predict. */
function withoutHistory({ info, state }: LearntColumn): LearntColumn {
  const { name, kind, used, asked, missing } = info;
  return { info: { name, kind, used, asked, missing, warnings: [] }, state };
}

function rowFunction(
  name: string,
  sentence: string,
  returns: string,
  options = 'PredictOptions',
): ModuleExport {
  return moduleFunction(name, 'rows, options', [
    sentence,
    '',
    '@param {Rows} rows',
    `@param {${options}} [options]`,
    `@returns ${returns}`,
  ]);
}
