import { describe, expect, it } from 'vitest';
import type { EpochOutcome, NetworkSpec, Samples } from '../../src/engine/contract.js';
import { expectClose, forwardPass, trajectory } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import {
  createNetwork,
  createSamples,
  createWeights,
  fitSpec,
  layer,
  networkSpec,
  uniform,
} from './networks.js';

const S = 0.2;
const ROWS = 40;
const OUTPUTS = 3;

const crossEntropy = networkSpec(4, [layer(6, 'tanh'), layer(OUTPUTS, 'softmax')], 'crossEntropy', {
  l2: 0.01,
});
const bce = networkSpec(4, [layer(6, 'tanh'), layer(OUTPUTS, 'sigmoid')], 'bce', { l2: 0.01 });

/** (1 - s) y + s / classes, where a yes-no output has two classes. */
function smooth(y: ArrayLike<number>, classes: number): Float32Array {
  return Float32Array.from(y, (value) => (1 - S) * value + S / classes);
}

function oneHot(classes: Int32Array): number[] {
  return [...classes].flatMap((target) => Array.from({ length: OUTPUTS }, (_, i) => (i === target ? 1 : 0)));
}

const weights = createWeights(ROWS);
const indices = { ...createSamples(crossEntropy, ROWS), weights };
const soft = uniform(9, ROWS * OUTPUTS, 0, 1);
const labels = { ...createSamples(bce, ROWS), weights };

/** Wherever there is a loss, smoothing gives the same as smoothed targets. */
export function labelSmoothing(backend: BackendUnderTest): void {
  describe('label smoothing', () => {
    it.each<[string, NetworkSpec, Samples, Float32Array]>([
      ['class indices', crossEntropy, indices, smooth(oneHot(indices.targets as Int32Array), OUTPUTS)],
      ['soft targets', crossEntropy, { ...indices, targets: soft }, smooth(soft, OUTPUTS)],
      ['yes-no labels', bce, labels, smooth(labels.targets, 2)],
    ])('of %s gives the same as smoothed targets', async (_, spec, samples, targets) => {
      const smoothing = createNetwork(backend(), { ...spec, labelSmoothing: S });
      const plain = createNetwork(backend(), spec);
      const smoothed = { ...samples, targets };

      expectClose(smoothing.evaluate(samples).loss, plain.evaluate(smoothed).loss, forwardPass, 'loss');
      const actual = smoothing.lossAndGradients(samples, false);
      const expected = plain.lossAndGradients(smoothed, false);
      expectClose(actual.loss, expected.loss, forwardPass, 'loss with gradients');
      expectClose(actual.gradients, expected.gradients, trajectory, 'gradients');
      expect(actual.loss).not.toBeCloseTo(plain.evaluate(samples).loss, 3);

      const fit = async (network: typeof plain, data: Samples) => {
        const outcomes: EpochOutcome[] = [];
        const dataset = backend().createDataset(data);
        const spec = fitSpec({ epochs: 3, sampling: 'shuffle', validation: { dataset, rows: null } });
        await network.fit(dataset, spec, (outcome) => outcomes.push(outcome)).done;
        return outcomes.flatMap(({ loss, validationLoss }) => [loss, validationLoss!]);
      };
      expectClose(await fit(smoothing, samples), await fit(plain, smoothed), forwardPass, 'losses of a fit');
      expectClose(smoothing.trainBatch(samples), plain.trainBatch(smoothed), forwardPass, 'trainBatch');
      expectClose(smoothing.getParameters(), plain.getParameters(), trajectory, 'parameters');
    });

    it.each<[string, NetworkSpec, Samples]>([
      ['crossEntropy', crossEntropy, indices],
      ['bce', bce, labels],
    ])('does not change the accuracy of %s', async (_, spec, samples) => {
      const still = { ...spec, optimizer: { kind: 'sgd', learningRate: 0, clipNorm: null } as const };
      const dataset = backend().createDataset(samples);
      const accuracyOf = async (labelSmoothing: number) => {
        let accuracy: number | undefined;
        const fit = fitSpec({ validation: { dataset, rows: null } });
        await createNetwork(backend(), { ...still, labelSmoothing }).fit(dataset, fit, (outcome) => {
          accuracy = outcome.validationAccuracy;
        }).done;
        return accuracy;
      };
      // So much smoothing that the targets of yes and no nearly meet.
      const expected = await accuracyOf(0);
      expect(expected).toBeGreaterThan(0);
      expect(await accuracyOf(0.999)).toBe(expected);
    });
  });
}
