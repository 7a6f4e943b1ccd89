/** What a network says of rows, and how good that is. */

import { checkData, checkInputs, dataArguments } from '../data/given.js';
import { type Evaluation, metricsOf, resolveTopK } from '../inspect/evaluate.js';
import { optionsObject } from '../options/checks.js';
import { finiteOutputs } from './finite-outputs.js';
import type { NetworkParts } from './parts.js';

/** The outputs for x, (rows, outputs). Throws ERR_SHAPE, ERR_DATA. */
export function outputsOf({ task, backend, engine }: NetworkParts, x: unknown): Float32Array {
  const { inputs, rows } = checkInputs(x, task.inputSize, backend);
  return finiteOutputs(engine.predict(inputs, rows), task.outputs, backend);
}

/** The same off the event loop. */
export async function outputsOfAsync(
  { task, backend, engine }: NetworkParts,
  x: unknown,
): Promise<Float32Array> {
  const { inputs, rows } = checkInputs(x, task.inputSize, backend);
  return finiteOutputs(await engine.predictAsync(inputs, rows), task.outputs, backend);
}

/** What `evaluate` of a network gives for its arguments. Throws ERR_OPTION, ERR_SHAPE, ERR_DATA. */
export function evaluationOf(
  { spec, task, backend, engine }: NetworkParts,
  x: unknown,
  yOrOptions: unknown,
  lastOptions: unknown,
): Evaluation {
  const { given, options } = dataArguments(x, yOrOptions, lastOptions);
  const fields = optionsObject(options, ['sampleWeight', 'topK'], 'the options of evaluate');
  const topK = resolveTopK(fields.topK, spec.loss, task.outputs);
  const { samples } = checkData(given, fields.sampleWeight, task, backend);
  const { loss, outputs } = engine.evaluate(samples);
  finiteOutputs(outputs, task.outputs, backend);
  return { loss, ...metricsOf(spec.loss, outputs, samples, topK) };
}
