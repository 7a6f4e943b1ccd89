import { describe, it } from 'vitest';
import { expectClose, lossCurve, trajectory } from '../tolerance.js';
import { checkTrials, type Trial } from './arbitrary.js';
import { doubleGradients, inDouble } from './double.js';
import type { BackendUnderTest, NetworkUnderTest } from './networks.js';
import { takeRows } from './networks.js';

/** Properties that gradients have for every architecture. */
export function gradientProperties(backend: BackendUnderTest): void {
  const check = (mostRows: number, property: (trial: Trial, network: NetworkUnderTest) => void) =>
    checkTrials(backend(), mostRows, property);

  describe('on random architectures and batches', () => {
    it('loss and gradients, including those of the inputs, match those in float64', () => {
      check(300, ({ spec, parameters, samples }, network) => {
        const expected = doubleGradients(inDouble(spec, parameters, samples));
        const actual = network.lossAndGradients(samples, true);
        expectLossClose(actual.loss, expected.loss);
        expectClose(actual.gradients, expected.gradients, trajectory, 'gradients');
        expectClose(actual.inputGradients!, expected.inputGradients, trajectory, 'input gradients');
        expectLossClose(network.evaluate(samples).loss, expected.loss);
      });
    });

    it("a batch's gradient is the weighted mean of its samples' gradients", () => {
      check(30, ({ samples }, network) => {
        const mean = new Float64Array(network.parameterCount);
        let loss = 0;
        let total = 0;
        for (let row = 0; row < samples.rows; row++) {
          const weight = samples.weights?.[row] ?? 1;
          const sample = network.lossAndGradients(takeRows(samples, [row]), false);
          for (const [i, gradient] of sample.gradients.entries()) mean[i] += weight * gradient;
          loss += weight * sample.loss;
          total += weight;
        }
        const batch = network.lossAndGradients(samples, false);
        expectLossClose(batch.loss, loss / total);
        expectClose(
          batch.gradients,
          mean.map((sum) => sum / total),
          trajectory,
          'gradients',
        );
      });
    });

    it('the scale of the sample weights does not matter', () => {
      check(300, ({ samples }, network) => {
        const weights = samples.weights ?? new Float32Array(samples.rows).fill(1);
        const expected = network.lossAndGradients({ ...samples, weights }, true);
        for (const scale of [0.003, 700]) {
          const scaled = { ...samples, weights: weights.map((weight) => scale * weight) };
          const actual = network.lossAndGradients(scaled, true);
          expectLossClose(actual.loss, expected.loss);
          expectClose(actual.gradients, expected.gradients, trajectory, 'gradients');
          expectClose(actual.inputGradients!, expected.inputGradients!, trajectory, 'input gradients');
        }
      });
    });

    it('equal sample weights give the same as none', () => {
      check(300, ({ samples }, network) => {
        const expected = network.lossAndGradients({ ...samples, weights: null }, false);
        const weights = new Float32Array(samples.rows).fill(0.3);
        const actual = network.lossAndGradients({ ...samples, weights }, false);
        expectLossClose(actual.loss, expected.loss);
        expectClose(actual.gradients, expected.gradients, trajectory, 'gradients');
      });
    });
  });
}

/** Targets are of the order of 1, so a loss far below that has lost digits to cancellation. */
export function expectLossClose(actual: number, expected: number): void {
  expectClose([actual, 1], [expected, 1], lossCurve, 'loss');
}
