/** A fitted regressor as an ONNX model. */

import { OnnxGraph, ROWS } from '../../formats/onnx/graph.js';
import { optional, optionsObject } from '../../options/checks.js';
import { conformalRadius, coverageNumber, maximalCoverage } from '../conformal.js';
import type { RegressorModel } from '../regressor-model.js';
import { centreOfQuantiles } from '../regressor-outputs.js';
import { addEnsemble } from './ensemble-outputs.js';

/** What to write of a regressor. */
export interface RegressorOnnxOptions {
  /**
   * Share of new rows whose target the intervals are to contain; above 0, below 1. Default 0.9, or no intervals if too
   * few rows were held out for that.
   */
  coverage?: number | undefined;
}

const DEFAULT_COVERAGE = 0.9;

/**
 * The outputs are 'prediction' (N); with loss 'quantile' also 'quantiles' (N, quantiles); the ends of intervals,
 * 'lower' and 'upper' (N), if enough rows were held out.
 *
 * @throws {@link ChainruleError} ERR_OPTION, also if too few rows were held out for a coverage that is given; ERR_BUSY
 * while the networks are trained
 */
export function regressorToOnnx(model: RegressorModel, options: RegressorOnnxOptions): Uint8Array {
  const given = optionsObject(options, ['coverage'], 'the options of toONNX');
  const coverage = optional(given.coverage, 'coverage', coverageNumber, DEFAULT_COVERAGE);
  const isPossible = given.coverage !== undefined || maximalCoverage(model.scores) >= coverage;
  const radius = isPossible ? conformalRadius(model.scores, coverage) : null;
  const graph = new OnnxGraph();
  const { mean, metadata } = addEnsemble(graph, model, (outputs) => outputs);
  const isConstant = model.ensemble.networks.length === 0;
  const targets = isConstant ? mean : addTargets(graph, mean, model);
  const { quantiles, shape } = model;
  const column = (place: number, name: string) =>
    graph.node('Gather', [targets, graph.place(`${name}.column`, place)], name, { axis: 1 });
  const prediction = column(quantiles === null ? 0 : centreOfQuantiles(quantiles), 'prediction');
  graph.output(prediction, 'double', [ROWS], 'predicted number');
  if (quantiles !== null) {
    const doc = `quantiles ${quantiles.join(', ')}`;
    const sorted = isConstant ? graph.node('Identity', [targets], 'quantiles') : targets;
    graph.output(sorted, 'double', [ROWS, quantiles.length], doc);
  }
  if (radius !== null) addInterval(graph, column, model.ensemble.outputs - 1, radius, coverage);
  return graph.finish('MLPRegressor', {
    task: 'regression',
    ...(shape.target !== null && { target: shape.target }),
    ...(quantiles !== null && { quantiles: JSON.stringify(quantiles) }),
    ...(radius !== null && { coverage: String(coverage) }),
    ...metadata,
  });
}

/** Outputs of the networks in the units of the target. */
function addTargets(graph: OnnxGraph, outputs: string, { scale, quantiles }: RegressorModel): string {
  const { mean, standardDeviation, minimum, maximum } = scale;
  const deviation = graph.numbers('target.standardDeviation', [standardDeviation]);
  const distances = graph.node('Mul', [outputs, deviation], 'target.distances');
  const targets = graph.node('Add', [distances, graph.numbers('target.mean', [mean])], 'targets');
  if (quantiles === null) {
    const range = [
      graph.numbers('target.minimum', [minimum], []),
      graph.numbers('target.maximum', [maximum], []),
    ];
    return graph.node('Clip', [targets, ...range], 'targets.bounded');
  }
  const count = graph.places('quantiles.count', [quantiles.length]);
  return graph.node('TopK', [targets, count], 'quantiles', { axis: 1, largest: 0, sorted: 1 }, [
    'quantiles.order',
  ]);
}

/** The outermost outputs, wider by the radius. A negative one can turn a narrow interval around. */
function addInterval(
  graph: OnnxGraph,
  column: (place: number, name: string) => string,
  last: number,
  radius: number,
  coverage: number,
): void {
  const width = graph.numbers('interval.radius', [radius], []);
  const low = graph.node('Sub', [column(0, 'interval.first'), width], 'interval.low');
  const high = graph.node('Add', [column(last, 'interval.last'), width], 'interval.high');
  const doc = `end of the interval for coverage ${coverage}`;
  graph.output(graph.node('Min', [low, high], 'lower'), 'double', [ROWS], doc);
  graph.output(graph.node('Max', [low, high], 'upper'), 'double', [ROWS], doc);
}
