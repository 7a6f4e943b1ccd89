/** The loss with its gradients, and a step along them: what `lossAndGradients` and `trainBatch` do. */

import { checkData, dataArguments } from '../data/given.js';
import type { SampleOptions } from '../data/samples.js';
import { boolean, optional, optionsObject } from '../options/checks.js';
import { type LayerParameters, splitParameters } from './parameters.js';
import type { NetworkParts } from './parts.js';

/** What to differentiate with respect to. */
export interface GradientOptions extends SampleOptions {
  /** Whether to compute the gradient with respect to the inputs, too. Default false. */
  inputGradients?: boolean | undefined;
}

/** What `lossAndGradients` returns. */
export interface LossAndGradients {
  loss: number;
  /** dLoss/dWeight (out, in) and dLoss/dBias (out) of each layer. */
  gradients: LayerParameters[];
  /** dLoss/dx, (rows, inputSize) row-major, if requested. */
  inputGradients?: Float32Array;
}

/** What `lossAndGradients` of a network gives for its arguments. Throws ERR_OPTION, ERR_SHAPE, ERR_DATA. */
export function gradientsOf(
  { spec, task, backend, engine }: NetworkParts,
  x: unknown,
  yOrOptions: unknown,
  lastOptions: unknown,
): LossAndGradients {
  const { given, options } = dataArguments(x, yOrOptions, lastOptions);
  const names = ['sampleWeight', 'inputGradients'];
  const fields = optionsObject(options, names, 'the options of lossAndGradients');
  const asked = optional(fields.inputGradients, 'inputGradients', boolean, false);
  const { samples } = checkData(given, fields.sampleWeight, task, backend);
  const { loss, gradients, inputGradients } = engine.lossAndGradients(samples, asked);
  return {
    loss,
    gradients: splitParameters(gradients, spec),
    ...(inputGradients === null ? {} : { inputGradients }),
  };
}

/** What `trainBatch` of a network does with its arguments. Throws ERR_OPTION, ERR_SHAPE, ERR_DATA, ERR_DIVERGED. */
export function trainBatchOf(
  { task, backend, engine }: NetworkParts,
  x: unknown,
  yOrOptions: unknown,
  lastOptions: unknown,
): number {
  const { given, options } = dataArguments(x, yOrOptions, lastOptions);
  const { sampleWeight } = optionsObject(options, ['sampleWeight'], 'the options of trainBatch');
  return engine.trainBatch(checkData(given, sampleWeight, task, backend).samples);
}
