/** `gradientCheck` for a network, with its options. */

import type { Dataset } from '../data/dataset.js';
import { checkData, dataArguments } from '../data/given.js';
import type { Inputs } from '../data/inputs.js';
import type { SampleOptions } from '../data/samples.js';
import type { Targets } from '../data/targets.js';
import { checkGradients, type GradientCheck } from '../inspect/gradient-check.js';
import { withMemoryErrors } from '../numbers/want-of-memory.js';
import { integer, optional, optionsObject, positive } from '../options/checks.js';
import { type Network, partsOf } from './network.js';

/** How to check gradients. */
export interface GradientCheckOptions extends SampleOptions {
  /**
   * How far a bias is moved in each direction, above 0. A weight is moved by this divided by its layer's
   * largest input, if that is above 1. Default 1e-5.
   */
  step?: number | undefined;
  /** The most elements of a tensor to check; of a larger tensor, drawn from the seed. Default 256. */
  checksPerTensor?: number | undefined;
}

const count = integer(1, 2 ** 31 - 1);

/**
 * Checks the gradients of a network on x and y, as in `lossAndGradients`, without dropout. Each checked
 * element takes two forward passes on the calling thread: use only a few rows.
 *
 * (f(p + h) - f(p - h)) / 2h differs from f'(p) by terms in h² and by the rounding of f. If an
 * activation like relu or a loss like |a - y| is on different sides of its kink, the difference means nothing, and
 * the element is skipped.
 *
 * @throws {@link ChainruleError} ERR_OPTION, ERR_SHAPE, ERR_DATA, ERR_DISPOSED, ERR_BUSY during a fit
 */
export function gradientCheck(
  net: Network,
  x: Inputs,
  y: Targets,
  options?: GradientCheckOptions,
): GradientCheck;
export function gradientCheck(
  net: Network,
  dataset: Dataset,
  options?: Omit<GradientCheckOptions, 'sampleWeight'>,
): GradientCheck;
export function gradientCheck(
  net: Network,
  x: unknown,
  yOrOptions?: unknown,
  lastOptions?: unknown,
): GradientCheck {
  const { spec, task, backend, engine } = partsOf(net, 'gradientCheck');
  const { given, options } = dataArguments(x, yOrOptions, lastOptions);
  const names = ['sampleWeight', 'step', 'checksPerTensor'];
  const fields = optionsObject(options, names, 'the options of gradientCheck');
  const step = optional(fields.step, 'step', positive, 1e-5);
  const checksPerTensor = optional(fields.checksPerTensor, 'checksPerTensor', count, 256);
  const { samples } = checkData(given, fields.sampleWeight, task, backend);
  return withMemoryErrors(() => checkGradients(spec, engine, samples, step, checksPerTensor))();
}
