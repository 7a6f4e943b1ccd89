import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Backend, FitSpec, NetworkSpec, OptimizerSpec, Samples } from '../../src/engine/contract.js';
import { losses } from '../../src/engine/kinds.js';
import { loadNativeBackend } from '../../src/engine/native/native.js';
import { referenceBackend } from '../../src/engine/reference/index.js';
import { hiddenActivations, outputPairs } from '../conformance/arbitrary.js';
import {
  adam,
  createSamples,
  createWeights,
  fitSpec,
  layer,
  momentum,
  networkSpec,
  networkWith,
  parameterCount,
  sgd,
  uniform,
} from '../conformance/networks.js';

/** `npm run test:random -- TRIALS` asks for more. */
const trials = Number(process.env.CHAINRULE_TRIALS ?? 30);
const seed = Number(process.env.CHAINRULE_SEED ?? 1);
const timed = { timeout: 60_000 + trials * 2000 };

/**
 * How far the engines may part, relative to the largest number. Adam divides by the root of the second moment: where a
 * gradient nearly vanishes, its rounding counts as much as other gradients.
 */
const MOST = 0.02;
const USUAL = 2e-4;

interface Trial {
  spec: NetworkSpec;
  samples: Samples;
  fit: Partial<FitSpec>;
  seed: number;
}

const optimizers: OptimizerSpec[] = [
  { ...sgd, learningRate: 0.01 },
  { ...sgd, learningRate: 0.01, clipNorm: 0.5 },
  { ...momentum, learningRate: 0.002 },
  { ...adam, learningRate: 1e-3, epsilon: 1e-4 },
];

/** Networks with layers of up to `mostUnits` units, trained for two epochs on up to `mostRows` rows. */
function randomTrials(mostUnits: number, mostRows: number): fc.Arbitrary<Trial> {
  const hidden = fc.record({
    units: fc.integer({ min: 1, max: mostUnits }),
    activation: fc.constantFrom(...hiddenActivations),
    useBias: fc.boolean(),
    dropout: fc.constantFrom(0, 0, 0.3),
  });
  return fc
    .record({
      inputSize: fc.integer({ min: 1, max: mostUnits }),
      hidden: fc.array(hidden, { maxLength: 3 }),
      pair: fc.constantFrom(...outputPairs),
      outputs: fc.integer({ min: 2, max: 20 }),
      l2: fc.constantFrom(0, 1e-3),
      optimizer: fc.constantFrom(...optimizers),
      weighted: fc.boolean(),
      statistics: fc.boolean(),
      gradientTolerance: fc.constantFrom(0, 1e-12),
      rows: fc.integer({ min: 1, max: mostRows }),
      batchSize: fc.integer({ min: 1, max: mostRows }),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    })
    .map(({ inputSize, pair: [activation, loss], outputs, l2, optimizer, rows, seed, ...choice }) => {
      const layers = choice.hidden.map(({ units, activation, useBias, dropout }) => ({
        ...layer(units, activation, useBias),
        dropout,
      }));
      const last = layer(outputs, activation);
      const labelSmoothing = losses[loss].output === null ? 0 : 0.1;
      const spec = networkSpec(inputSize, [...layers, last], loss, { l2, optimizer, labelSmoothing, seed });
      const samples = createSamples(spec, rows, seed % 1_000_000);
      if (choice.weighted) samples.weights = createWeights(rows, seed % 1_000_000);
      const { statistics, gradientTolerance } = choice;
      const batchSize = Math.min(choice.batchSize, rows);
      return {
        spec,
        samples,
        seed,
        fit: { epochs: 2, sampling: 'shuffle' as const, batchSize, statistics, gradientTolerance },
      };
    });
}

/** Trains a network and gives all that it comes to. */
async function train(backend: Backend, { spec, samples, fit, seed }: Trial) {
  const count = parameterCount(spec);
  const scale = 1 / Math.sqrt(spec.inputSize);
  const network = networkWith(backend, spec, uniform(seed % 1_000_000, count, -scale, scale));
  const dataset = backend.createDataset(samples);
  const losses: number[] = [];
  const { stoppedBy } = await network.fit(dataset, fitSpec(fit), ({ loss }) => losses.push(loss)).done;
  const outputs = network.predict(samples.inputs, samples.rows);
  const parameters = network.getParameters();
  network.dispose();
  return { stoppedBy, losses, outputs, parameters };
}

const settings = { numRuns: trials, seed, endOnFailure: true };

test(`the bits of ${trials} random networks are the same on 1, 2, 3, 4 and 8 threads`, timed, async () => {
  const backend = loadNativeBackend();
  const hash = async (trial: Trial, threads: number) => {
    const { losses, outputs, parameters } = await train(backend, {
      ...trial,
      spec: { ...trial.spec, threads },
    });
    const bits = createHash('sha256').update(Float64Array.from(losses)).update(outputs).update(parameters);
    return bits.digest('hex');
  };
  await fc.assert(
    fc.asyncProperty(randomTrials(300, 400), async (trial) => {
      const alone = await hash(trial, 1);
      // Several at once compete for the same threads.
      expect(await Promise.all([2, 3, 4, 8].map((threads) => hash(trial, threads)))).toEqual(
        Array(4).fill(alone),
      );
    }),
    settings,
  );
});

test(`${trials} random networks come to the same on both engines`, timed, async () => {
  const native = loadNativeBackend();
  const distances: number[] = [];
  await fc.assert(
    fc.asyncProperty(randomTrials(24, 60), async (trial) => {
      const actual = await train(native, trial);
      const expected = await train(referenceBackend, trial);
      expect(actual.stoppedBy).toBe(expected.stoppedBy);
      distances.push(
        Math.max(
          distance(actual.losses, expected.losses),
          distance(actual.outputs, expected.outputs),
          distance(actual.parameters, expected.parameters),
        ),
      );
      expect(distances.at(-1)).toBeLessThan(MOST);
    }),
    settings,
  );
  distances.sort((a, b) => a - b);
  expect(distances[Math.floor(0.95 * distances.length)]).toBeLessThan(USUAL);
});

/** The largest difference, relative to the largest number. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let difference = 0;
  let largest = 1e-3;
  for (let i = 0; i < actual.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}
