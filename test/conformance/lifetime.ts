import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BackendDataset, EpochOutcome } from '../../src/engine/contract.js';
import { exact, expectClose } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import { createNetwork, createSamples, fitSpec, layer, momentum, networkSpec, takeRows } from './networks.js';

const spec = networkSpec(4, [layer(6, 'tanh'), layer(3, 'softmax')], 'crossEntropy', { optimizer: momentum });
const samples = createSamples(spec, 40);
const FOREVER = 1e9;

/** Who may use a network when, and what it owns: during a fit, after `dispose`, and copies of callers' arrays. */
export function lifetime(backend: BackendUnderTest): void {
  const start = (changes = {}, onEpoch: (outcome: EpochOutcome) => void = () => {}) => {
    const network = createNetwork(backend(), spec);
    const dataset = backend().createDataset(samples);
    return { network, dataset, job: network.fit(dataset, fitSpec(changes), onEpoch) };
  };

  describe('during a fit', () => {
    it('reading is allowed and writing is refused', async () => {
      const { network, dataset, job } = start({ epochs: FOREVER });
      await sleep(5);
      expect(network.predict(samples.inputs, 40).every(Number.isFinite)).toBe(true);
      expect((await network.predictAsync(samples.inputs, 40)).every(Number.isFinite)).toBe(true);
      expect(network.evaluate(samples).loss).toBeGreaterThan(0);
      expect(network.lossAndGradients(samples, false).gradients.every(Number.isFinite)).toBe(true);
      const parameters = network.getParameters();
      const state = network.getOptimizerState();
      expect(parameters.every(Number.isFinite)).toBe(true);

      for (const write of [
        () => network.trainBatch(samples),
        () => network.setParameters(parameters),
        () => network.setOptimizerState(state),
        () => network.fit(dataset, fitSpec(), () => {}),
      ]) {
        expect(write).toThrow(expect.objectContaining({ code: 'ERR_BUSY' }));
      }
      job.stop();
      await job.done;
      network.setParameters(parameters);
      network.trainBatch(samples);
    });

    it('reading does not change the result of the fit', async () => {
      const { network: alone, job: aloneJob } = start({ epochs: 30 });
      await aloneJob.done;
      const { network, job } = start({ epochs: 30 }, () => {
        network.predict(samples.inputs, 40);
        network.lossAndGradients(samples, false);
      });
      await job.done;
      expectClose(network.getParameters(), alone.getParameters(), exact, 'parameters');
    });

    it('the weights are those of a step boundary', async () => {
      // Moves both weights equally: a torn read would show two different numbers.
      const of = networkSpec(2, [layer(1, 'identity', false)], 'mse', {
        optimizer: { kind: 'sgd', learningRate: 1e-7, clipNorm: null },
      });
      const network = backend().createNetwork(of, Float32Array.of(0, 0));
      const data = { rows: 1, inputs: Float32Array.of(1, 1), targets: Float32Array.of(1), weights: null };
      const job = network.fit(backend().createDataset(data), fitSpec({ epochs: FOREVER }), () => {});
      for (let read = 0; read < 200; read++) {
        const [first, second] = network.getParameters();
        expect(first).toBe(second);
        if (read % 20 === 0) await sleep(1);
      }
      job.stop();
      await job.done;
    });

    it('an error thrown by onEpoch ends the fit, which rejects with it', async () => {
      const error = new Error('enough');
      const { network, job } = start({ epochs: FOREVER }, ({ epoch }) => {
        if (epoch === 2) throw error;
      });
      await expect(job.done).rejects.toBe(error);
      network.trainBatch(samples);
    });
  });

  describe('dispose', () => {
    const isDisposed = expect.objectContaining({ code: 'ERR_DISPOSED' });

    it('makes every method of the network throw', async () => {
      const { network, dataset, job } = start();
      await job.done;
      const parameters = network.getParameters();
      const state = network.getOptimizerState();
      network.dispose();
      network.dispose();
      for (const use of [
        () => network.fit(dataset, fitSpec(), () => {}),
        () => network.trainBatch(samples),
        () => network.lossAndGradients(samples, false),
        () => network.evaluate(samples),
        () => network.predict(samples.inputs, 40),
        () => network.getParameters(),
        () => network.setParameters(parameters),
        () => network.getOptimizerState(),
        () => network.setOptimizerState(state),
      ]) {
        expect(use).toThrow(isDisposed);
      }
      await expect(async () => network.predictAsync(samples.inputs, 40)).rejects.toThrow(isDisposed);
    });

    it('ends a running fit', async () => {
      const { network, job } = start({ epochs: FOREVER });
      await sleep(5);
      network.dispose();
      expect(await job.done).toMatchObject({ stoppedBy: 'aborted' });
      expect(() => network.getParameters()).toThrow(isDisposed);
    });

    it('of a dataset refuses new fits', () => {
      const network = createNetwork(backend(), spec);
      const live = backend().createDataset(samples);
      const gone: BackendDataset = backend().createDataset(samples);
      gone.dispose();
      gone.dispose();
      expect(() => network.fit(gone, fitSpec(), () => {})).toThrow(isDisposed);
      const validation = { dataset: gone, rows: null };
      expect(() => network.fit(live, fitSpec({ validation }), () => {})).toThrow(isDisposed);
      network.trainBatch(samples);
    });

    it('of a dataset does not disturb a fit that reads it', async () => {
      const { network: kept, job: keptJob } = start({ epochs: 50 });
      await keptJob.done;
      const { network, dataset, job } = start({ epochs: 50 });
      dataset.dispose();
      expect(await job.done).toMatchObject({ stoppedBy: 'epochs' });
      expectClose(network.getParameters(), kept.getParameters(), exact, 'parameters');
    });
  });

  describe('copies', () => {
    it('a dataset and a network do not refer to the arrays they were made from', async () => {
      const { network: expected, job } = start({ epochs: 2 });
      await job.done;
      const own = takeRows({ ...samples, weights: new Float32Array(40).fill(1) }, samples.targets.keys());
      const dataset = backend().createDataset(own);
      const parameters = createNetwork(backend(), spec).getParameters();
      const network = backend().createNetwork(spec, parameters);
      parameters.fill(7);
      own.inputs.fill(7);
      own.targets.fill(0);
      own.weights?.fill(7);
      await network.fit(dataset, fitSpec({ epochs: 2 }), () => {}).done;
      expectClose(network.getParameters(), expected.getParameters(), exact, 'parameters');
    });
  });
}
