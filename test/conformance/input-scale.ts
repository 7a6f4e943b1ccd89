import { describe, expect, it } from 'vitest';
import type { FitSpec, NetworkSpec, OptimizerSpec, TensorFactors } from '../../src/engine/contract.js';
import { parameterLayout } from '../../src/engine/layout.js';
import { centralDifference, exact, expectClose, forwardPass, trajectory } from '../tolerance.js';
import { centralDifferences } from './gradients.js';
import type { BackendUnderTest, NetworkUnderTest } from './networks.js';
import {
  adam,
  createSamples,
  createWeights,
  fitSpec,
  layer,
  networkSpec,
  networkWith,
  parameterCount,
  uniform,
} from './networks.js';

const none: TensorFactors = { learningRate: 1, weightDecay: 1, epsilon: 1 };

/** A scale of the inputs: the first layer sees X (.) g. */
export function inputScale(backend: BackendUnderTest): void {
  const spec = networkSpec(
    5,
    [layer(40, 'tanh'), layer(7, 'sigmoid', false), layer(3, 'softmax')],
    'crossEntropy',
    { inputScale: none, l2: 0.05, optimizer: { ...adam, epsilon: 1e-4 } },
  );
  const dropping = { ...spec, layers: [{ ...spec.layers[0], dropout: 0.3 }, ...spec.layers.slice(1)] };
  const clipped: OptimizerSpec = { ...adam, clipNorm: 0.05 };
  const { scale } = parameterLayout(spec);
  const samples = { ...createSamples(spec, 24), weights: createWeights(24) };
  // Of 1 and 2: a scale that is forgotten somewhere gives other numbers.
  const parameters = uniform(3, parameterCount(spec));
  for (let i = scale.start; i < scale.end; i++) parameters[i] = 1.5 + parameters[i] / 2;
  const create = (changed: NetworkSpec = spec): NetworkUnderTest =>
    networkWith(backend(), changed, parameters);

  describe('a scale of the inputs', () => {
    it('gives the outputs, the loss and the gradients of the layers on inputs times it', () => {
      const g = parameters.subarray(scale.start, scale.end);
      const inputs = samples.inputs.map((x, i) => x * g[i % g.length]);
      const plain = networkWith(
        backend(),
        { ...spec, inputScale: null },
        parameters.subarray(0, scale.start),
      );
      const network = create();
      expect(network.parameterCount).toBe(plain.parameterCount + 5);
      const expected = plain.lossAndGradients({ ...samples, inputs }, true);
      const came = network.lossAndGradients(samples, true);
      expectClose(came.loss, expected.loss, forwardPass, 'loss');
      expectClose(
        came.gradients.subarray(0, scale.start),
        expected.gradients,
        trajectory,
        'gradients of the layers',
      );
      const byInputs = expected.inputGradients!.map((d, i) => d * g[i % g.length]);
      expectClose(came.inputGradients!, byInputs, trajectory, 'gradient of the inputs');
      const outputs = plain.predict(inputs, samples.rows);
      expectClose(network.predict(samples.inputs, samples.rows), outputs, forwardPass, 'outputs');
      const evaluated = network.evaluate(samples);
      expectClose(evaluated.outputs, outputs, forwardPass, 'evaluated outputs');
      expectClose(evaluated.loss, expected.loss, forwardPass, 'evaluated loss');
    });

    it('has the gradient of central differences, without l2', () => {
      const network = create();
      const { gradients } = network.lossAndGradients(samples, false);
      const byScale = centralDifferences(parameters.slice(scale.start), (g) => {
        const moved = parameters.slice();
        moved.set(g, scale.start);
        network.setParameters(moved);
        return network.evaluate(samples).loss;
      });
      expectClose(gradients.subarray(scale.start), byScale, centralDifference, 'gradient');
    });

    it('has factors of its own', () => {
      const adamW = { ...adam, kind: 'adamW', weightDecay: 0.3 } satisfies OptimizerSpec;
      const given: TensorFactors = { learningRate: 6, weightDecay: 3, epsilon: 100 };
      for (const clipNorm of [null, 1e30]) {
        const afterStep = (optimizer: OptimizerSpec, inputScale: TensorFactors) => {
          const network = create({ ...spec, optimizer: { ...optimizer, clipNorm }, inputScale });
          network.trainBatch(samples);
          return network.getParameters();
        };
        const expected = afterStep(adamW, none);
        const { learningRate, epsilon, weightDecay } = adamW;
        const scaled: OptimizerSpec = {
          ...adamW,
          learningRate: learningRate * 6,
          weightDecay: weightDecay * 3,
          epsilon: epsilon * 100,
        };
        expected.set(afterStep(scaled, none).subarray(scale.start), scale.start);
        expectClose(afterStep(adamW, given), expected, exact, 'parameters');
        const fixed = afterStep(adamW, { ...none, learningRate: 0 });
        expect(fixed.subarray(scale.start)).toEqual(parameters.subarray(scale.start));
      }
    });

    it('counts in the norm to clip by', () => {
      const { gradients } = create().lossAndGradients(samples, false);
      const norm = Math.hypot(...gradients);
      const optimizer: OptimizerSpec = { kind: 'sgd', learningRate: 1, clipNorm: norm / 4 };
      const network = create({ ...spec, optimizer });
      network.trainBatch(samples);
      const expected = parameters.map((p, i) => p - gradients[i] / 4);
      expectClose(network.getParameters(), expected, forwardPass, 'parameters');
    });

    const train = async (changed: NetworkSpec, network: NetworkUnderTest, changes: Partial<FitSpec> = {}) => {
      const dataset = backend().createDataset(createSamples(changed, 100));
      const fit = fitSpec({ epochs: 4, batchSize: 24, sampling: 'shuffle', ...changes });
      return network.fit(dataset, fit, () => {}).done;
    };

    it.each([
      ['by an optimizer that sees tiles', dropping],
      ['by one that sees all gradients', { ...dropping, optimizer: clipped }],
    ])('is trained to the same bits on any number of threads, %s', async (_, changed) => {
      const on = async (threads: number) => {
        const network = create({ ...changed, threads });
        await train(changed, network);
        return network.getParameters();
      };
      const expected = await on(1);
      expect(expected.subarray(scale.start)).not.toEqual(parameters.subarray(scale.start));
      for (const threads of [2, 3]) {
        expectClose(await on(threads), expected, exact, `parameters with ${threads} threads`);
      }
    });

    it('follows the factors of each step', async () => {
      const stopped = { learningRate: new Float64Array(20), dropout: null, weightDecay: null };
      const network = create();
      await train(spec, network, { schedule: stopped });
      expect(network.getParameters()).toEqual(parameters);
    });

    it('goes on after a pause to the same bits, in a network that was written and read', async () => {
      const whole = create(dropping);
      await train(dropping, whole);
      const first = create(dropping);
      const paused = await train(dropping, first, { pauseAfter: 2 });
      const second = networkWith(backend(), dropping, first.getParameters());
      second.setOptimizerState(first.getOptimizerState());
      await train(dropping, second, { resume: paused.state });
      expect(second.getParameters()).toEqual(whole.getParameters());
      expect(second.getOptimizerState()).toEqual(whole.getOptimizerState());
    });

    it('is restored with the best network', async () => {
      const network = create({ ...spec, optimizer: { kind: 'sgd', learningRate: 0, clipNorm: null } });
      const earlyStopping = {
        monitor: 'loss',
        patience: 1,
        minDelta: 0,
        restoreBest: true,
        lastOfTies: false,
      } as const;
      await train(spec, network, { earlyStopping });
      expect(network.getParameters()).toEqual(parameters);
    });
  });
}
