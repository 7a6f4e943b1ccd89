import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { EpochOutcome, Loss, NetworkSpec } from '../../src/engine/contract.js';
import { exact, expectClose, forwardPass } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import {
  createNetwork,
  createSamples,
  createWeights,
  fitSpec,
  layer,
  momentum,
  networkSpec,
  networkWith,
  takeRows,
} from './networks.js';

const spec = networkSpec(4, [layer(6, 'tanh'), layer(3, 'softmax')], 'crossEntropy', { optimizer: momentum });
const samples = createSamples(spec, 40);
const FOREVER = 1e9;

/** How a fit runs, reports and ends. */
export function fitting(backend: BackendUnderTest): void {
  const start = (changes = {}, onEpoch: (outcome: EpochOutcome) => void = () => {}) => {
    const network = createNetwork(backend(), spec);
    const dataset = backend().createDataset(samples);
    return { network, dataset, job: network.fit(dataset, fitSpec(changes), onEpoch) };
  };

  describe('fit', () => {
    it('returns before anything is reported, then reports each epoch in its turn', async () => {
      const outcomes: EpochOutcome[] = [];
      const { job } = start({ epochs: 5, batchSize: 16 }, (outcome) => outcomes.push(outcome));
      expect(outcomes).toEqual([]);
      expect(await job.done).toMatchObject({ stoppedBy: 'epochs' });
      expect(outcomes.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
      for (const outcome of outcomes) {
        expect(outcome.samples).toBe(40);
        expect(outcome.seconds).toBeGreaterThan(0);
        expect(outcome.seconds).toBeLessThan(60);
        expect(outcome.loss).toBeGreaterThan(0);
        expect(outcome).not.toHaveProperty('validationLoss');
        expect(outcome).not.toHaveProperty('validationAccuracy');
      }
      expect(outcomes[4].loss).toBeLessThan(outcomes[0].loss);
    });

    it('counts the chosen rows as the samples of an epoch', async () => {
      const outcomes: EpochOutcome[] = [];
      const trainingRows = Uint32Array.of(1, 5, 7);
      await start({ trainingRows }, (outcome) => outcomes.push(outcome)).job.done;
      expect(outcomes[0].samples).toBe(3);
    });

    it('continues from where an earlier fit ended', async () => {
      const { network, dataset, job } = start({ epochs: 2 });
      await job.done;
      expect(network.getOptimizerState().step).toBe(10);
      await network.fit(dataset, fitSpec({ epochs: 3 }), () => {}).done;
      expect(network.getOptimizerState().step).toBe(25);
      const { network: once, job: onceJob } = start({ epochs: 5 });
      await onceJob.done;
      expectClose(network.getParameters(), once.getParameters(), exact, 'parameters');
    });

    it('does not block the event loop', async () => {
      const { job } = start({ epochs: FOREVER });
      for (let turn = 0; turn < 10; turn++) await sleep(1);
      job.stop();
      expect((await job.done).stoppedBy).toBe('aborted');
    });

    it('runs beside the fits of other networks', async () => {
      const outcomes = await Promise.all([1, 2, 3].map(() => start({ epochs: 20 }).job.done));
      expect(outcomes).toMatchObject(Array(3).fill({ stoppedBy: 'epochs' }));
    });

    it('with no epochs ends at once', async () => {
      const { network, job } = start({ epochs: 0 });
      expect(await job.done).toMatchObject({ stoppedBy: 'epochs' });
      expect(network.getOptimizerState().step).toBe(0);
    });
  });

  describe('stop', () => {
    it('ends a fit before its first epoch is over', async () => {
      const { network, job } = start({ epochs: FOREVER });
      job.stop();
      expect(await job.done).toMatchObject({ stoppedBy: 'aborted' });
      network.trainBatch(samples);
    });

    it('ends a fit from onEpoch', async () => {
      const seen: number[] = [];
      const { network, job } = start({ epochs: FOREVER, batchSize: 40 }, ({ epoch }) => {
        seen.push(epoch);
        if (epoch === 3) job.stop();
      });
      expect(await job.done).toMatchObject({ stoppedBy: 'aborted' });
      expect(seen.slice(0, 3)).toEqual([1, 2, 3]);
      expect(network.getOptimizerState().step).toBeGreaterThanOrEqual(3);
    });

    it('does nothing to a fit that has ended', async () => {
      const { job } = start({ epochs: 1 });
      await job.done;
      job.stop();
      expect(await job.done).toMatchObject({ stoppedBy: 'epochs' });
    });
  });

  describe('validation', () => {
    const losses: [Loss, NetworkSpec][] = [
      ['crossEntropy', spec],
      ['bce', networkSpec(4, [layer(6, 'tanh'), layer(3, 'sigmoid')], 'bce', { l2: 0.1 })],
      ['mse', networkSpec(4, [layer(6, 'tanh'), layer(3, 'identity')], 'mse', { l2: 0.1 })],
    ];

    it.each(losses)('%s: measures the rows after the epoch, with their weights', async (loss, of) => {
      const all = { ...createSamples(of, 700), weights: createWeights(700) };
      const dataset = backend().createDataset(all);
      const rows = Uint32Array.from({ length: 300 }, (_, i) => (i * 7) % 700);
      for (const [chosen, measured] of [
        [rows, takeRows(all, rows)],
        [null, all],
      ] as const) {
        const network = createNetwork(backend(), of);
        const outcomes: EpochOutcome[] = [];
        const validation = { dataset, rows: chosen };
        await network.fit(dataset, fitSpec({ epochs: 3, validation }), (outcome) => outcomes.push(outcome))
          .done;

        const expected = network.evaluate(measured);
        expectClose(outcomes[2].validationLoss ?? Number.NaN, expected.loss, forwardPass, 'validationLoss');
        const { validationAccuracy } = outcomes[2];
        if (loss === 'crossEntropy') {
          const hits = [...measured.targets].filter(
            (target, row) => target === argmax(expected.outputs, row),
          );
          expect(validationAccuracy).toBeCloseTo(hits.length / measured.rows, 12);
        } else if (loss === 'bce') {
          const hits = [...measured.targets].filter(
            (target, i) => target > 0.5 === expected.outputs[i] > 0.5,
          );
          expect(validationAccuracy).toBeCloseTo(hits.length / (3 * measured.rows), 12);
        } else {
          expect(outcomes[2]).not.toHaveProperty('validationAccuracy');
        }
      }
    });

    it('counts the first of equal outputs, and of equal targets, as the class', async () => {
      // All weights zero: the outputs stay equal without a learning rate.
      const still = networkSpec(2, [layer(3, 'softmax')], 'crossEntropy', {
        optimizer: { kind: 'sgd', learningRate: 0, clipNorm: null },
      });
      const accuracyOf = async (targets: Float32Array | Int32Array) => {
        const data = { rows: 4, inputs: new Float32Array(8), targets, weights: null };
        const dataset = backend().createDataset(data);
        let accuracy: number | undefined;
        await networkWith(backend(), still, new Float32Array(9)).fit(
          dataset,
          fitSpec({ validation: { dataset, rows: null } }),
          (outcome) => {
            accuracy = outcome.validationAccuracy;
          },
        ).done;
        return accuracy;
      };
      expect(await accuracyOf(Int32Array.of(0, 1, 2, 0))).toBe(0.5);
      expect(await accuracyOf(Float32Array.of(0.5, 0.5, 0, 0, 0.5, 0.5, 0, 0, 1, 1, 0, 0))).toBe(0.5);
    });

    it('does not disturb the training', async () => {
      const { network: plain, job } = start({ epochs: 3 });
      await job.done;
      const network = createNetwork(backend(), spec);
      const dataset = backend().createDataset(samples);
      await network.fit(dataset, fitSpec({ epochs: 3, validation: { dataset, rows: null } }), () => {}).done;
      expectClose(network.getParameters(), plain.getParameters(), exact, 'parameters');
    });
  });

  describe('divergence', () => {
    // Row 10 lies in the second batch of 8.
    const poisoned = { ...samples, inputs: samples.inputs.slice() };
    poisoned.inputs[10 * 4] = Number.NaN;

    it('ends the fit before the weights change, and says where', async () => {
      const network = createNetwork(backend(), spec);
      const reported: number[] = [];
      const job = network.fit(backend().createDataset(poisoned), fitSpec({ epochs: 3 }), ({ epoch }) => {
        reported.push(epoch);
      });
      expect(await job.done).toMatchObject({ stoppedBy: 'diverged', divergedAt: { epoch: 1, step: 2 } });
      expect(reported).toEqual([]);

      const firstStep = createNetwork(backend(), spec);
      firstStep.trainBatch(takeRows(samples, Array(8).keys()));
      expectClose(network.getParameters(), firstStep.getParameters(), exact, 'parameters');
      expect(network.getOptimizerState()).toEqual(firstStep.getOptimizerState());
    });

    it('counts the steps of its own epoch', async () => {
      const of = networkSpec(1, [layer(1, 'identity', false)], 'mse', {
        optimizer: { kind: 'sgd', learningRate: 1e10, clipNorm: null },
      });
      // The first row has nothing to learn; the second makes the weight so large that the first then overflows.
      const data = {
        rows: 2,
        inputs: Float32Array.of(1e15, 1e8),
        targets: Float32Array.of(1e15, 0),
        weights: null,
      };
      const network = networkWith(backend(), of, Float32Array.of(1));
      const job = network.fit(backend().createDataset(data), fitSpec({ epochs: 3, batchSize: 1 }), () => {});
      expect(await job.done).toMatchObject({ stoppedBy: 'diverged', divergedAt: { epoch: 2, step: 1 } });
    });

    it("is found in what an epoch's last step would make of the weights", async () => {
      const of = networkSpec(1, [layer(1, 'identity', false)], 'mse', {
        optimizer: { kind: 'sgd', learningRate: 1e38, clipNorm: null },
      });
      // The gradient is 2 * 9: the step would overflow the weight, whose loss before it is 9.
      const data = { rows: 1, inputs: Float32Array.of(3), targets: Float32Array.of(0), weights: null };
      for (const validates of [false, true]) {
        const network = networkWith(backend(), of, Float32Array.of(1));
        const dataset = backend().createDataset(data);
        const validation = validates ? { dataset, rows: null } : null;
        const reported: EpochOutcome[] = [];
        const job = network.fit(dataset, fitSpec({ validation }), (outcome) => reported.push(outcome));
        expect(await job.done).toMatchObject({ stoppedBy: 'diverged', divergedAt: { epoch: 1, step: 1 } });
        expect(reported).toEqual([]);
        expect(network.getParameters()).toEqual(Float32Array.of(1));
      }
    });

    it('restores the best epoch if a later one overflows the weights', async () => {
      const of = networkSpec(1, [layer(1, 'identity', false)], 'halfMse');
      const data = { rows: 1, inputs: Float32Array.of(1), targets: Float32Array.of(0), weights: null };
      const network = networkWith(backend(), of, Float32Array.of(8));
      const fit = fitSpec({
        epochs: 5,
        learningRates: Float64Array.of(0.5, 0.5, 3e38, 0.5, 0.5),
        earlyStopping: { monitor: 'loss', patience: 5, minDelta: 0, restoreBest: true, lastOfTies: false },
      });
      const job = network.fit(backend().createDataset(data), fit, () => {});
      expect(await job.done).toMatchObject({
        stoppedBy: 'diverged',
        divergedAt: { epoch: 3, step: 1 },
        bestEpoch: 2,
      });
      expect(network.getParameters()).toEqual(Float32Array.of(2));
    });

    it('makes trainBatch throw, and changes nothing', () => {
      const network = createNetwork(backend(), spec);
      network.trainBatch(samples);
      const parameters = network.getParameters();
      const state = network.getOptimizerState();
      expect(() => network.trainBatch(poisoned)).toThrow(
        expect.objectContaining({ code: 'ERR_DIVERGED', message: expect.stringMatching(/NaN.* step 2\b/) }),
      );
      expectClose(network.getParameters(), parameters, exact, 'parameters');
      expect(network.getOptimizerState()).toEqual(state);
      network.trainBatch(samples);
    });
  });
}

/** Column of the first maximum in a row of three. */
function argmax(outputs: Float32Array, row: number): number {
  const three = outputs.subarray(3 * row, 3 * row + 3);
  return three.indexOf(Math.max(...three));
}
