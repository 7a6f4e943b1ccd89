/** What the modules of estimators run: the encoder, the ensemble and the decoding that the estimators use. */

import { LearntColumns } from '../data/learnt-columns.js';
import type { Table } from '../data/table.js';
import { calibrationOf, chooseClasses } from '../estimators/classifier-outputs.js';
import type { Intervals } from '../estimators/conformal.js';
import type { Ensemble, Predictor } from '../estimators/ensemble.js';
import type { ClassifierState, EstimatorState, RegressorState } from '../estimators/module-state.js';
import { outputsOf, rowsOf } from '../estimators/outputs.js';
import { readFeatures, resolveInterval, resolvePredict } from '../estimators/predict-input.js';
import { centreOf, intervalsOf, targetOutputs } from '../estimators/regressor-outputs.js';
import { finish } from '../turns.js';
import { ForwardPass, floatsOf } from './forward-pass.js';

/** What both kinds compute outputs by. */
function modelOf({ columns, unnamed, networks, constant }: EstimatorState, members: readonly string[]) {
  const ensemble: Ensemble<Predictor> = {
    networks: networks.map((network, i) => new ForwardPass(network, members[i])),
    outputs: constant.length,
    constant,
  };
  return { encoder: new LearntColumns(columns, unnamed), ensemble };
}

function tableOf(rows: unknown, { columnNames, shape }: EstimatorState): Table {
  return finish(readFeatures(rows, columnNames, shape));
}

/**
 * @param labels - in the order of the probabilities
 * @param members - parameters of each network in base64
 */
export function classifier(state: ClassifierState, labels: readonly unknown[], members: readonly string[]) {
  const model = { ...modelOf(state, members), threshold: state.threshold };
  const adjust = calibrationOf({ ...model, calibration: state.calibration });
  const probabilities = (rows: unknown, options: unknown, method: string) => {
    const { onWarning } = resolvePredict(options, method);
    return outputsOf(model, tableOf(rows, state), adjust, onWarning);
  };
  return {
    predict: (rows: unknown, options: unknown = {}) =>
      Array.from(chooseClasses(model, probabilities(rows, options, 'predict')), (place) => labels[place]),
    predictProbability: (rows: unknown, options: unknown = {}) =>
      rowsOf(probabilities(rows, options, 'predictProbability'), labels.length),
  };
}

/**
 * @param members - parameters of each network in base64
 * @param scores - conformal scores in base64
 */
export function regressor(state: RegressorState, members: readonly string[], scores: string) {
  const { scale, quantiles } = state;
  const model = { ...modelOf(state, members), scale, quantiles, scores: floatsOf(scores) };
  const outputs = (rows: unknown, { onWarning }: ReturnType<typeof resolvePredict>) =>
    targetOutputs(model, tableOf(rows, state), onWarning);
  return {
    predict: (rows: unknown, options: unknown = {}): number[] =>
      Array.from(centreOf(model, outputs(rows, resolvePredict(options, 'predict')))),
    predictInterval: (rows: unknown, options: unknown = {}): Intervals => {
      const { coverage, ...given } = resolveInterval(options);
      return intervalsOf(model, outputs(rows, given), coverage);
    },
    predictQuantiles: (rows: unknown, options: unknown = {}): number[][] =>
      rowsOf(outputs(rows, resolvePredict(options, 'predictQuantiles')), model.ensemble.outputs),
  };
}
