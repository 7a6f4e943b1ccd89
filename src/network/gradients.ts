/** What `lossAndGradients` takes and returns. */

import type { SampleOptions } from '../data/samples.js';
import type { LayerParameters } from './parameters.js';

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
