import { describe, expect, it } from 'vitest';
import type { EpochOutcome, FitSpec, Samples, Sampling } from '../../src/engine/contract.js';
import { boundedInteger, randomWord, Stream, shuffle } from '../../src/numbers/random.js';
import { exact, expectClose, forwardPass, trajectory, worstDifference } from '../tolerance.js';
import type { BackendUnderTest, NetworkUnderTest } from './networks.js';
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

// 23 rows in batches of 5 leave a last batch of 3.
const ROWS = 23;
const BATCH_SIZE = 5;

const spec = networkSpec(4, [layer(6, 'tanh'), layer(3, 'softmax')], 'crossEntropy', {
  optimizer: momentum,
  l2: 0.02,
});

/** The order of an epoch as the seam defines it, computed with random.ts. */
export function expectedOrder(sampling: Sampling, seed: number, epoch: number, from: number[]): number[] {
  const positions = Uint32Array.from(from.keys());
  if (sampling === 'shuffle') shuffle(positions, seed, Stream.order, epoch);
  if (sampling === 'replacement') {
    for (const i of positions.keys()) {
      positions[i] = boundedInteger(randomWord(seed, Stream.order, epoch, i), from.length);
    }
  }
  return Array.from(positions, (position) => from[position]);
}

/** Trains batch by batch in a given order of the rows; returns the mean loss weighted by sample. */
function trainInOrder(
  network: NetworkUnderTest,
  samples: Samples,
  order: number[],
  batchSize = BATCH_SIZE,
): number {
  let lossTotal = 0;
  let weightTotal = 0;
  for (let first = 0; first < order.length; first += batchSize) {
    const batch = takeRows(samples, order.slice(first, first + batchSize));
    const weight = batch.weights?.reduce((a, b) => a + b) ?? batch.rows;
    lossTotal += weight * network.trainBatch(batch);
    weightTotal += weight;
  }
  return lossTotal / weightTotal;
}

/** The resulting weights show in which order `fit` used its batches. */
export function batches(backend: BackendUnderTest): void {
  const train = async (samples: Samples, changes: Partial<FitSpec>) => {
    const network = createNetwork(backend(), spec);
    const outcomes: EpochOutcome[] = [];
    const fitted = fitSpec({ batchSize: BATCH_SIZE, ...changes });
    await network.fit(backend().createDataset(samples), fitted, (outcome) => outcomes.push(outcome)).done;
    return {
      parameters: network.getParameters(),
      losses: outcomes.map(({ loss }) => loss),
      samples: outcomes.map(({ samples }) => samples),
    };
  };

  describe('batches', () => {
    const plain = createSamples(spec, ROWS);
    const weighted = { ...plain, weights: createWeights(ROWS) };
    const soft = {
      ...plain,
      targets: Float32Array.from({ length: ROWS * 3 }, (_, i) => (i % 3 === 0 ? 0.6 : 0.2)),
    };
    const all = [...Array(ROWS).keys()];
    const some = [20, 3, 11, 4, 0, 22, 7, 8, 15, 16, 2];

    describe.each<Sampling>(['sequential', 'shuffle', 'replacement'])('%s', (sampling) => {
      it.each<[string, Samples, number[] | null]>([
        ['all rows', plain, null],
        ['rows with weights', weighted, null],
        ['rows with soft targets', soft, null],
        ['some rows', plain, some],
        ['some rows with weights', weighted, some],
      ])('%s in the order of seed and epoch, the last batch short', async (_, samples, rows) => {
        const seed = 5;
        const trainingRows = rows && Uint32Array.from(rows);
        const actual = await train(samples, { sampling, seed, trainingRows, epochs: 3 });

        const network = createNetwork(backend(), spec);
        const losses = [1, 2, 3].map((epoch) =>
          trainInOrder(network, samples, expectedOrder(sampling, seed, epoch, rows ?? all)),
        );
        expectClose(actual.losses, losses, forwardPass, 'losses');
        expectClose(actual.parameters, network.getParameters(), trajectory, 'parameters');
      });
    });

    it('a different order would give different weights', async () => {
      const { parameters } = await train(plain, { sampling: 'shuffle', seed: 5 });
      const network = createNetwork(backend(), spec);
      trainInOrder(network, plain, expectedOrder('shuffle', 5, 2, all));
      expect(worstDifference(parameters, network.getParameters(), trajectory)).not.toBeNull();
    });

    it('the same seed gives the same bits, another seed others', async () => {
      const one = await train(plain, { sampling: 'shuffle', seed: 1, epochs: 4 });
      const again = await train(plain, { sampling: 'shuffle', seed: 1, epochs: 4 });
      const other = await train(plain, { sampling: 'shuffle', seed: 2, epochs: 4 });
      expectClose(again.parameters, one.parameters, exact, 'parameters');
      expectClose(again.losses, one.losses, exact, 'losses');
      expect(worstDifference(other.parameters, one.parameters, trajectory)).not.toBeNull();
    });

    it.each([
      ['stochastic: one sample a step', 1],
      ['full batch: one step an epoch', ROWS],
    ])('%s', async (_, batchSize) => {
      const { parameters, losses } = await train(weighted, { batchSize, epochs: 2 });
      const network = createNetwork(backend(), spec);
      const expected = [1, 2].map(() => trainInOrder(network, weighted, all, batchSize));
      expectClose(losses, expected, forwardPass, 'losses');
      expectClose(parameters, network.getParameters(), trajectory, 'parameters');
    });

    it('a batch larger than the data contains all of it', async () => {
      const whole = await train(plain, { batchSize: ROWS, epochs: 3 });
      const larger = await train(plain, { batchSize: 10 * ROWS, epochs: 3 });
      expectClose(larger.parameters, whole.parameters, exact, 'parameters');
    });

    describe('in a given order', () => {
      const orders = [
        [3, 1, 20, 7, 7, 0, 12],
        [22, 5, 5, 5, 9, 10, 11],
        [0, 1, 2, 3, 4, 5, 6],
      ];

      it.each<[string, number[][]]>([
        ['the same every epoch', [orders[0]]],
        ['one for each epoch', orders],
      ])('%s, whatever the sampling and the training rows', async (_, given) => {
        const order = { rows: Uint32Array.from(given.flat()), rowsPerEpoch: 7 };
        const trainingRows = Uint32Array.of(8, 9);
        const changes = { order, trainingRows, sampling: 'replacement', epochs: 3 } as const;
        const actual = await train(weighted, changes);

        const network = createNetwork(backend(), spec);
        const losses = [0, 1, 2].map((e) => trainInOrder(network, weighted, given[e % given.length]));
        expectClose(actual.losses, losses, forwardPass, 'losses');
        expectClose(actual.parameters, network.getParameters(), trajectory, 'parameters');
        expect(actual.samples).toEqual([7, 7, 7]);
      });
    });

    it('the loss of an epoch ignores steps without weight', async () => {
      const weights = new Float32Array(ROWS).fill(1).fill(0, BATCH_SIZE, 2 * BATCH_SIZE);
      const { losses } = await train({ ...plain, weights }, {});
      const network = createNetwork(backend(), spec);
      expectClose(losses, [trainInOrder(network, { ...plain, weights }, all)], forwardPass, 'loss');
    });

    it('a denormal weight is 0, also where all of a batch are', async () => {
      const weightsOf = (small: number) =>
        Float32Array.from({ length: ROWS }, (_, row) => (row % 3 === 0 || row < BATCH_SIZE ? small : 0.5));
      const trained = async (small: number) => {
        const samples = { ...plain, weights: weightsOf(small) };
        const { parameters, losses } = await train(samples, { epochs: 2 });
        return { parameters, losses, evaluated: createNetwork(backend(), spec).evaluate(samples).loss };
      };
      const [none, denormal, normal] = [await trained(0), await trained(1e-38), await trained(1.2e-38)];
      expect(denormal).toEqual(none);
      // The batch that has nothing else trains by these.
      expect(worstDifference(normal.parameters, none.parameters, trajectory)).not.toBeNull();
    });
  });

  describe('threads', () => {
    it('do not change a single bit of the result', async () => {
      const wide = networkSpec(
        33,
        [layer(70, 'relu'), layer(40, 'tanh'), layer(7, 'softmax')],
        'crossEntropy',
        {
          optimizer: momentum,
          l2: 0.01,
        },
      );
      const samples = createSamples(wide, 150);
      const trainOn = async (threads: number) => {
        const network = createNetwork(backend(), { ...wide, threads });
        const dataset = backend().createDataset(samples);
        await network.fit(dataset, fitSpec({ batchSize: 64, epochs: 3, sampling: 'shuffle' }), () => {}).done;
        return network.getParameters();
      };
      const expected = await trainOn(1);
      for (const threads of [2, 3, 4]) {
        expectClose(await trainOn(threads), expected, exact, `parameters with ${threads} threads`);
      }
    });
  });
}
