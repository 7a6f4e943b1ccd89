import { describe, expect, it } from 'vitest';

import { Dataset, type FitOptions, type History, type NetworkOptions } from '../../src/index.js';
import { engines } from '../engines.js';
import { createClassifier, rows, x } from './classifier.js';

/** Random answers: what is learnt from these rows says nothing of others. */
const noise = Int32Array.from({ length: rows }, (_, row) => (Math.sin(7 * row * row) > 0 ? 1 : 0));
const values = Float32Array.from({ length: rows }, (_, row) => x[3 * row] - 2 * x[3 * row + 1]);

describe.each(engines)('how a fit ends on the %s engine', (backend) => {
  const create = (changes: Partial<NetworkOptions> = {}) =>
    createClassifier(backend, {
      layers: [
        { units: 24, activation: 'tanh' },
        { units: 2, activation: 'softmax' },
      ],
      ...changes,
    });
  const linear = (learningRate: number) =>
    create({ layers: [{ units: 1 }], loss: 'halfMse', optimizer: { kind: 'sgd', learningRate } });

  describe('earlyStopping', () => {
    const options: FitOptions = { epochs: 500, validationSplit: 0.25, earlyStopping: { patience: 5 } };

    /** Epochs from 1 with the lowest validation loss, the first of equals. */
    const lowest = ({ epochs }: History) => {
      const losses = epochs.map(({ validationLoss }) => validationLoss ?? Number.NaN);
      return losses.indexOf(Math.min(...losses)) + 1;
    };

    it('ends a fit that no longer improves, and restores the best epoch', async () => {
      const net = create();
      const history = await net.fit(x, noise, options);
      expect(history.stoppedBy).toBe('earlyStopping');
      expect(history.bestEpoch).toBe(lowest(history));
      expect(history.epochs).toHaveLength(lowest(history) + 5);

      const best = create();
      await best.fit(x, noise, { ...options, epochs: lowest(history), earlyStopping: undefined });
      expect(net.getParameters()).toEqual(best.getParameters());
      // The optimizer is restored, too.
      expect(net.trainBatch(x, noise)).toBe(best.trainBatch(x, noise));
      expect(net.getParameters()).toEqual(best.getParameters());
    });

    it('keeps the last epoch without restoreBest', async () => {
      const net = create();
      const earlyStopping = { patience: 5, restoreBest: false };
      const { epochs } = await net.fit(x, noise, { ...options, earlyStopping });
      const last = create();
      await last.fit(x, noise, { ...options, epochs: epochs.length, earlyStopping: undefined });
      expect(net.getParameters()).toEqual(last.getParameters());
    });

    it('restores the best epoch even if something else ends the fit first', async () => {
      const history = await create().fit(x, noise, options);
      const epochs = lowest(history) + 2;
      const net = create();
      const shorter = await net.fit(x, noise, { ...options, epochs });
      expect(shorter).toMatchObject({ stoppedBy: 'epochs', bestEpoch: lowest(history) });
      const best = create();
      await best.fit(x, noise, { ...options, epochs: lowest(history), earlyStopping: undefined });
      expect(net.getParameters()).toEqual(best.getParameters());
    });

    it('monitors a rising accuracy', async () => {
      const earlyStopping = { monitor: 'validationAccuracy', patience: 4 } as const;
      const { epochs, bestEpoch, stoppedBy } = await create().fit(x, noise, { ...options, earlyStopping });
      const accuracies = epochs.map(({ metrics }) => metrics.validationAccuracy ?? Number.NaN);
      expect(stoppedBy).toBe('earlyStopping');
      expect(bestEpoch).toBe(accuracies.indexOf(Math.max(...accuracies)) + 1);
      expect(epochs).toHaveLength((bestEpoch ?? 0) + 4);
    });

    it('reports no best epoch unless requested', async () => {
      expect(await create().fit(x, noise)).not.toHaveProperty('bestEpoch');
    });
  });

  describe('convergence', () => {
    /** Full batch gradient descent on a linear regression. */
    const descend = (convergence: FitOptions['convergence']) =>
      linear(0.3).fit(x, values, { epochs: 5000, batchSize: rows, convergence });

    it('ends by the change of the loss alone', async () => {
      const { epochs, stoppedBy } = await descend({ functionTolerance: 1e-5 });
      expect(stoppedBy).toBe('converged');
      const changes = epochs.slice(1).map(({ loss }, i) => Math.abs(loss - epochs[i].loss));
      expect(changes.findIndex((change) => change < 1e-5)).toBe(changes.length - 1);
      expect(epochs[0]).not.toHaveProperty('gradientNorm');
    });

    it('ends by the norm of the gradient alone', async () => {
      const net = linear(0.3);
      const before = net.lossAndGradients(x, values).gradients[0];
      const convergence = { gradientTolerance: 1e-3 };
      const { epochs, stoppedBy } = await net.fit(x, values, { epochs: 5000, batchSize: rows, convergence });
      expect(stoppedBy).toBe('converged');
      const norms = epochs.map(({ gradientNorm }) => gradientNorm ?? Number.NaN);
      expect(norms[0]).toBeCloseTo(Math.hypot(...before.weight, ...before.bias), 5);
      expect(norms.findIndex((norm) => norm < 1e-3)).toBe(norms.length - 1);
    });

    it('is not reached before the last epoch if the tolerance is small', async () => {
      const convergence = { functionTolerance: 1e-30, gradientTolerance: 1e-30 };
      const history = await linear(0.001).fit(x, values, { epochs: 3, batchSize: rows, convergence });
      expect(history.stoppedBy).toBe('epochs');
      expect(history.epochs).toHaveLength(3);
    });
  });

  it('maxTimeMs ends a fit in the middle', async () => {
    const start = performance.now();
    const { stoppedBy } = await create().fit(x, noise, { epochs: 10_000_000, maxTimeMs: 50 });
    expect(stoppedBy).toBe('maxTime');
    expect(performance.now() - start).toBeGreaterThanOrEqual(50);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  describe('learningRateSchedule', () => {
    it('sets the rate of every epoch', async () => {
      const schedule = { kind: 'step', every: 1, factor: 0.5 } as const;
      const options = { epochs: 3, batchSize: rows, shuffle: false };
      const net = linear(0.4);
      const { epochs } = await net.fit(x, values, { ...options, learningRateSchedule: schedule });
      expect(epochs.map(({ learningRate }) => learningRate)).toEqual([0.4, 0.2, 0.1]);

      const { weight } = linear(0.4).getParameters()[0];
      const byHand = linear(0.4);
      for (const rate of [0.4, 0.2, 0.1]) {
        const { gradients } = byHand.lossAndGradients(x, values);
        const moved = byHand.getParameters()[0];
        moved.weight.forEach((w, i) => {
          moved.weight[i] = w - rate * gradients[0].weight[i];
        });
        moved.bias[0] -= rate * gradients[0].bias[0];
        byHand.setParameters([moved]);
      }
      const actual = net.getParameters()[0].weight;
      byHand.getParameters()[0].weight.forEach((w, i) => {
        expect(actual[i]).toBeCloseTo(w, 5);
        expect(actual[i]).not.toBeCloseTo(weight[i], 2);
      });
    });

    it('is the optimizer’s own without one', async () => {
      const { epochs } = await linear(0.4).fit(x, values, { epochs: 2 });
      expect(epochs.map(({ learningRate }) => learningRate)).toEqual([0.4, 0.4]);
    });

    it('falls on a plateau, down to its minimum', async () => {
      // A rate so small that only the first epoch is an improvement.
      const { epochs } = await linear(1e-12).fit(x, values, {
        epochs: 8,
        learningRateSchedule: {
          kind: 'plateau',
          monitor: 'loss',
          factor: 0.5,
          patience: 2,
          minLearningRate: 3e-13,
        },
      });
      expect(epochs.map(({ learningRate }) => learningRate * 1e12)).toEqual(
        [1, 1, 1, 0.5, 0.5, 0.3, 0.3, 0.3].map((rate) => expect.closeTo(rate, 9)),
      );
    });
  });

  describe('order', () => {
    it('determines the rows of each batch', async () => {
      const order = (epoch: number) => (epoch === 1 ? [5, 1, 9, 9] : [0, 2, 4, 6]);
      const net = create();
      await net.fit(x, noise, { epochs: 2, batchSize: 2, order });

      const byHand = create();
      for (const pair of [
        [5, 1],
        [9, 9],
        [0, 2],
        [4, 6],
      ]) {
        byHand.trainBatch(
          pair.map((row) => x.subarray(3 * row, 3 * row + 3)),
          pair.map((row) => noise[row]),
        );
      }
      const expected = byHand.getParameters();
      net.getParameters().forEach(({ weight }, l) => {
        weight.forEach((value, i) => {
          expect(value).toBeCloseTo(expected[l].weight[i], 5);
        });
      });
    });

    it('of all rows is the same as sequential sampling', async () => {
      const [net, sequential] = [create(), create()];
      await net.fit(x, noise, { epochs: 2, order: Uint32Array.from({ length: rows }, (_, row) => row) });
      await sequential.fit(x, noise, { epochs: 2, shuffle: false });
      expect(net.getParameters()).toEqual(sequential.getParameters());
    });
  });

  describe('classWeight', () => {
    const weights = { 0: 0.25, 1: 4 };
    const sampleWeight = Float32Array.from(noise, (c) => (c === 0 ? 0.25 : 4));

    it('gives the same as equal sample weights', async () => {
      const [net, expected] = [create(), create()];
      await net.fit(x, noise, { epochs: 3, classWeight: weights });
      await expected.fit(x, noise, { epochs: 3, sampleWeight });
      expect(net.getParameters()).toEqual(expected.getParameters());
    });

    it('does not change the validation', async () => {
      const [net, plain] = [create(), create()];
      const none = { kind: 'sgd', learningRate: 0 } as const;
      const still = { optimizer: none };
      const options: FitOptions = { validationSplit: 0.25 };
      const weighted = await create(still).fit(x, noise, { ...options, classWeight: weights });
      const unweighted = await create(still).fit(x, noise, options);
      expect(weighted.epochs[0].validationLoss).toBe(unweighted.epochs[0].validationLoss);
      expect(weighted.epochs[0].loss).not.toBeCloseTo(unweighted.epochs[0].loss, 3);
      await net.fit(x, noise, { ...options, classWeight: 'balanced' });
      await plain.fit(x, noise, options);
      expect(net.getParameters()).not.toEqual(plain.getParameters());
    });

    it('works with a Dataset, which keeps its own weights', async () => {
      const dataset = new Dataset(x, noise, { inputSize: 3 });
      const [net, expected] = [create(), create()];
      await net.fit(dataset, { epochs: 2, classWeight: weights });
      await expected.fit(x, noise, { epochs: 2, sampleWeight });
      expect(net.getParameters()).toEqual(expected.getParameters());
      const [again, plain] = [create(), create()];
      await again.fit(dataset, { epochs: 2 });
      await plain.fit(x, noise, { epochs: 2 });
      expect(again.getParameters()).toEqual(plain.getParameters());
    });
  });
});
