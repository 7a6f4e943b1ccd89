import fc from 'fast-check';
import type { Activation, Backend, Loss, NetworkSpec, Samples } from '../../src/engine/contract.js';
import { activationNames, activations, losses } from '../../src/engine/kinds.js';
import { inDouble, kinkDistance } from './double.js';
import {
  createSamples,
  createWeights,
  layer,
  type NetworkUnderTest,
  networkSpec,
  networkWith,
  uniform,
} from './networks.js';

export const hiddenActivations = activationNames.filter((name) => !('rowWise' in activations[name]));

/** Every output activation with every loss that goes with it. */
export const outputPairs = (Object.keys(losses) as Loss[]).flatMap((loss): [Activation, Loss][] => {
  const { output } = losses[loss];
  return output === null ? activationNames.map((name) => [name, loss]) : [[output, loss]];
});

/** A network with data for it. */
export interface Trial {
  spec: NetworkSpec;
  parameters: Float32Array;
  samples: Samples;
}

/**
 * Random architectures with random samples, with and without everything that changes a gradient: biases,
 * penalty, label smoothing, soft targets, sample weights.
 */
export function trials(mostRows: number): fc.Arbitrary<Trial> {
  const hidden = fc.record({
    units: fc.integer({ min: 2, max: 20 }),
    activation: fc.constantFrom(...hiddenActivations),
    useBias: fc.boolean(),
  });
  return fc
    .record({
      inputSize: fc.integer({ min: 2, max: 12 }),
      hidden: fc.array(hidden, { maxLength: 3 }),
      pair: fc.constantFrom(...outputPairs),
      outputs: fc.integer({ min: 2, max: 7 }),
      outputBias: fc.boolean(),
      l2: fc.constantFrom(0, 0.05),
      smoothed: fc.boolean(),
      soft: fc.boolean(),
      weighted: fc.boolean(),
      rows: fc.integer({ min: 1, max: mostRows }),
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 - 10_000 }),
    })
    .map(({ inputSize, pair: [activation, loss], l2, rows, seed, ...choice }) => {
      const layers = [
        ...choice.hidden.map(({ units, activation, useBias }) => layer(units, activation, useBias)),
        layer(choice.outputs, activation, choice.outputBias),
      ];
      const fromLogits = losses[loss].output !== null;
      const labelSmoothing = choice.smoothed && fromLogits ? 0.1 : 0;
      const spec = networkSpec(inputSize, layers, loss, { l2, labelSmoothing });
      const samples = createSamples(spec, rows, seed);
      if (choice.soft && fromLogits) samples.targets = uniform(seed, rows * choice.outputs, 0, 1);
      if (choice.weighted) samples.weights = createWeights(rows, seed);
      return { spec, parameters: drawParameters(spec, seed), samples };
    });
}

/** More than float32's rounding of a logit: then both precisions are on the same side of every kink. */
const CLEAR_OF_KINKS = 1e-5;

/** Checks a property on random networks; one with a relu on its kink is drawn again. */
export function checkTrials(
  backend: Backend,
  mostRows: number,
  property: (trial: Trial, network: NetworkUnderTest) => void,
): void {
  fc.assert(
    fc.property(trials(mostRows), (trial) => {
      const { spec, parameters, samples } = trial;
      fc.pre(kinkDistance(inDouble(spec, parameters, samples)) > CLEAR_OF_KINKS);
      const network = networkWith(backend, spec, parameters);
      property(trial, network);
      network.dispose();
    }),
    { numRuns: 60 },
  );
}

/** Weights that preserve the activations' scale from layer to layer, and biases of a similar scale. */
function drawParameters({ inputSize, layers }: NetworkSpec, seed: number): Float32Array {
  const drawn: number[] = [];
  let inputs = inputSize;
  for (const [l, { units, useBias }] of layers.entries()) {
    const bound = Math.sqrt(3 / inputs);
    drawn.push(...uniform(seed + 2 * l, units * inputs, -bound, bound));
    if (useBias) drawn.push(...uniform(seed + 2 * l + 1, units, -0.5, 0.5));
    inputs = units;
  }
  return Float32Array.from(drawn);
}
