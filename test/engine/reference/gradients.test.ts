import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FloatArray } from '../../../src/engine/reference/vector.js';

import { hiddenActivations, outputPairs, type Trial, trials } from '../../conformance/arbitrary.js';
import {
  type DoubleNetwork,
  doubleGradients,
  doubleLoss,
  inDouble,
  kinkDistance,
} from '../../conformance/double.js';
import { createSamples, layer, networkSpec, parameterCount, uniform } from '../../conformance/networks.js';
import { expectClose, type Tolerance } from '../../tolerance.js';

/** Half the distance between the points: truncation and rounding both stay below 1e-9 of the loss. */
const H = 1e-6;

/** More than a step of H in a parameter or an input can move any logit. */
const CLEAR_OF_KINKS = 1e-4;

const sevenDigits: Tolerance = { relative: 1e-7, floor: 1 };

/** The most components of a gradient to check. */
const COMPONENTS = 40;

/** The reference engine's own code in float64, where central differences are accurate to seven digits. */
describe('gradients in float64 are the central differences of the loss', () => {
  it('on random architectures and batches', () => {
    fc.assert(
      fc.property(trials(300), (trial) => checkDifferences(trial)),
      { numRuns: 100 },
    );
  });

  it.each(outputPairs)('%s, %s, over every hidden activation', (output, loss) => {
    const hidden = hiddenActivations.map((activation) => layer(4, activation));
    const spec = networkSpec(3, [...hidden, layer(3, output)], loss, { l2: 0.2 });
    const parameters = uniform(3, parameterCount(spec));
    checkDifferences({ spec, parameters, samples: createSamples(spec, 5) });
  });
});

function checkDifferences({ spec, parameters, samples }: Trial): void {
  const network = inDouble(spec, parameters, samples);
  fc.pre(kinkDistance(network) > CLEAR_OF_KINKS);
  const { gradients, inputGradients } = doubleGradients(network);
  expect(gradients).toBeInstanceOf(Float64Array);
  compare(network, network.model.parameters.flat, gradients, 'gradient');
  compare(network, network.batch.inputs, inputGradients, 'gradient of the inputs');
}

/** Compares evenly spread components of a gradient with the differences of the loss. */
function compare(network: DoubleNetwork, x: FloatArray, gradient: FloatArray, what: string): void {
  const stride = Math.ceil(x.length / COMPONENTS);
  const actual: number[] = [];
  const expected: number[] = [];
  for (let i = 0; i < x.length; i += stride) {
    const kept = x[i];
    x[i] = kept + H;
    const above = doubleLoss(network);
    x[i] = kept - H;
    const below = doubleLoss(network);
    x[i] = kept;
    actual.push(gradient[i]);
    expected.push((above - below) / (2 * H));
  }
  // A gradient may be small beside the loss, whose digits the difference consists of.
  const scale = doubleLoss(network);
  expectClose([...actual, scale], [...expected, scale], sevenDigits, what);
}
