import { describe, expect, it } from 'vitest';
import type { NetworkSpec, Samples } from '../../src/engine/contract.js';
import { Stream, threefry2x32 } from '../../src/numbers/random.js';
import { centralDifference, exact, expectClose, forwardPass, trajectory } from '../tolerance.js';
import { centralDifferences } from './gradients.js';
import type { BackendUnderTest } from './networks.js';
import {
  createNetwork,
  createSamples,
  createWeights,
  fitSpec,
  layer,
  momentum,
  networkSpec,
  takeRows,
} from './networks.js';

const SEED = 2 ** 31 + 77;
const unitStep = { kind: 'sgd', learningRate: 1, clipNorm: null } as const;

const spec = networkSpec(
  4,
  [{ ...layer(12, 'tanh'), dropout: 0.5 }, { ...layer(9, 'sigmoid'), dropout: 0.3 }, layer(3, 'softmax')],
  'crossEntropy',
  { seed: SEED, optimizer: momentum, l2: 0.01 },
);
const samples = { ...createSamples(spec, 23), weights: createWeights(23) };
const withoutDropout: NetworkSpec = {
  ...spec,
  layers: spec.layers.map((layer) => ({ ...layer, dropout: 0 })),
};

/** What dropout multiplies an activation by, as the seam defines it. */
function maskAt(rate: number, layer: number, step: number, units: number, row: number, unit: number): number {
  const words = new Uint32Array(2);
  threefry2x32(SEED, Stream.dropout + 256 * layer, row * units + unit, step >>> 0, words);
  return words[0] < Math.floor(rate * 2 ** 32) ? 0 : 1 / (1 - rate);
}

/** Which activations a training step drops, and that nothing else drops any. */
export function dropout(backend: BackendUnderTest): void {
  /**
   * The product of all layers' masks in training step `step`, (rows, units). The hidden layers pass on ones,
   * the output's weight is 0 and its delta the identity matrix, so the step writes the masks into that weight.
   */
  const masks = (rates: number[], rows: number, units: number, step: number) => {
    const hidden = rates.map((rate) => ({ ...layer(units, 'identity', false), dropout: rate }));
    const of = networkSpec(1, [...hidden, layer(rows, 'identity', false)], 'halfMse', {
      seed: SEED,
      optimizer: unitStep,
    });
    const identity = Array.from({ length: units * units }, (_, i) => (i % (units + 1) === 0 ? 1 : 0));
    const parameters = [
      ...Array(units).fill(1),
      ...rates.slice(1).flatMap(() => identity),
      ...Array(rows * units).fill(0),
    ];
    const network = backend().createNetwork(of, Float32Array.from(parameters));
    network.setOptimizerState({ step: step - 1, moments: [] });
    network.trainBatch({
      rows,
      inputs: new Float32Array(rows).fill(1),
      targets: Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? rows : 0)),
      weights: null,
    });
    return network.getParameters().subarray(-rows * units);
  };

  describe('dropout', () => {
    it.each([
      ['the first layer', [0.5], 1],
      ['a later step', [0.5], 12345],
      ['a step beyond 32 bits', [0.5], 2 ** 32 + 6],
      ['the last step that a file can hold', [0.5], 2 ** 53 - 1],
      ['another rate', [0.123], 1],
      ['the second layer', [0, 0.3], 2],
      ['two layers', [0.4, 0.25], 3],
      ['the fourth layer', [0, 0, 0, 0.7], 4],
    ])('draws its masks as defined: %s', (_, rates, step) => {
      const [rows, units] = [5, 37];
      const expected = Array.from({ length: rows * units }, (_, i) =>
        rates.reduce(
          (product, rate, l) => product * maskAt(rate, l, step, units, Math.floor(i / units), i % units),
          1,
        ),
      );
      expectClose(masks(rates, rows, units, step), expected, forwardPass, 'mask');
    });

    it.each([0.1, 0.5, 0.9])('drops a fraction of %d, the same in every row and unit', (rate) => {
      const [rows, units] = [200, 200];
      const mask = masks([rate], rows, units, 1);
      // Five standard deviations of a fair draw.
      const within = (share: number, draws: number) =>
        expect(Math.abs(share - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / draws));
      const share = (values: Float32Array) => values.filter((value) => value === 0).length / values.length;
      within(share(mask), rows * units);
      for (let i = 0; i < units; i++) {
        within(share(mask.subarray(i * units, (i + 1) * units)), units);
        within(share(mask.filter((_, place) => place % units === i)), rows);
      }
    });

    it("the gradient of a step is that of the loss with the step's masks", () => {
      const of = { ...spec, optimizer: unitStep };
      const network = createNetwork(backend(), of);
      const parameters = network.getParameters();
      const lossOfStepSeven = (moved: Float32Array) => {
        network.setParameters(moved);
        network.setOptimizerState({ step: 6, moments: [] });
        return network.trainBatch(samples);
      };
      const expected = centralDifferences(parameters, lossOfStepSeven);
      lossOfStepSeven(parameters);
      const after = network.getParameters();
      const gradient = parameters.map((value, i) => value - after[i]);
      expectClose(gradient, expected, centralDifference, 'gradient');
      expect(gradient.some((value) => Math.abs(value) > 0.01)).toBe(true);
    });

    it('acts only in training steps', async () => {
      const network = createNetwork(backend(), spec);
      const plain = createNetwork(backend(), withoutDropout);
      const { loss, outputs } = plain.evaluate(samples);
      const expected = plain.lossAndGradients(samples, true);
      const actual = network.lossAndGradients(samples, true);
      expect(network.evaluate(samples).loss).toBe(loss);
      expect(actual.loss).toBe(expected.loss);
      expectClose(network.evaluate(samples).outputs, outputs, exact, 'evaluate');
      expectClose(actual.gradients, expected.gradients, exact, 'gradients');
      expectClose(actual.inputGradients!, expected.inputGradients!, exact, 'input gradients');
      expectClose(network.predict(samples.inputs, 23), plain.predict(samples.inputs, 23), exact, 'predict');
      const later = await network.predictAsync(samples.inputs, 23);
      expectClose(later, plain.predict(samples.inputs, 23), exact, 'predictAsync');
      expect(network.trainBatch(samples)).not.toBeCloseTo(loss, 4);
    });

    it('is off in the validation of a fit', async () => {
      const network = createNetwork(backend(), spec);
      const dataset = backend().createDataset(samples);
      let validationLoss = Number.NaN;
      await network.fit(dataset, fitSpec({ epochs: 2, validation: { dataset, rows: null } }), (outcome) => {
        validationLoss = outcome.validationLoss!;
      }).done;
      expectClose(validationLoss, network.evaluate(samples).loss, forwardPass, 'validationLoss');
    });

    it("fit draws by the step and by the row's place in its batch", async () => {
      const fitted = createNetwork(backend(), spec);
      const dataset = backend().createDataset(samples);
      await fitted.fit(dataset, fitSpec({ epochs: 3, batchSize: 5 }), () => {}).done;
      const stepped = createNetwork(backend(), spec);
      for (let epoch = 0; epoch < 3; epoch++) {
        for (let first = 0; first < 23; first += 5)
          stepped.trainBatch(batchOf(first, Math.min(first + 5, 23)));
      }
      expectClose(fitted.getParameters(), stepped.getParameters(), trajectory, 'parameters');
    });

    it('continues with the masks of the next step after a state is written back', () => {
      const original = createNetwork(backend(), spec);
      for (let step = 0; step < 3; step++) original.trainBatch(samples);
      const resumed = createNetwork(backend(), spec, 99);
      resumed.setParameters(original.getParameters());
      resumed.setOptimizerState(original.getOptimizerState());
      original.trainBatch(samples);
      resumed.trainBatch(samples);
      expectClose(resumed.getParameters(), original.getParameters(), exact, 'parameters');
    });

    it('gives the same bits for the same seed on any number of threads, others for another seed', async () => {
      const wide = {
        ...networkSpec(33, [{ ...layer(130, 'relu'), dropout: 0.4 }, layer(7, 'identity')], 'mse'),
      };
      const data = createSamples(wide, 150);
      const train = async (seed: number, threads: number) => {
        const network = createNetwork(backend(), { ...wide, seed, threads });
        const fit = fitSpec({ batchSize: 64, epochs: 3, sampling: 'shuffle' });
        await network.fit(backend().createDataset(data), fit, () => {}).done;
        return network.getParameters();
      };
      const expected = await train(1, 1);
      for (const threads of [1, 2, 3]) {
        expectClose(await train(1, threads), expected, exact, `parameters with ${threads} threads`);
      }
      expect(await train(2, 1)).not.toEqual(expected);
    });
  });
}

/** Rows first, ..., end - 1. */
function batchOf(first: number, end: number): Samples {
  return takeRows(
    samples,
    Array.from({ length: end - first }, (_, i) => first + i),
  );
}
