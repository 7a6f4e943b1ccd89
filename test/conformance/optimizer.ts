import { describe, expect, it } from 'vitest';
import type { OptimizerSpec } from '../../src/engine/contract.js';
import { momentNames, optimizers as table } from '../../src/engine/kinds.js';
import { elementwise, exact, expectClose, forwardPass, trajectory } from '../tolerance.js';
import type { BackendUnderTest, NetworkUnderTest } from './networks.js';
import { adam, createNetwork, createSamples, layer, momentum, networkSpec, sgd } from './networks.js';

const optimizers: OptimizerSpec[] = [
  sgd,
  momentum,
  { ...momentum, nesterov: true },
  { kind: 'momentumEma', learningRate: 0.1, beta: 0.9, clipNorm: null },
  adam,
  { ...adam, epsilon: 1e-3, epsilonInsideSqrt: true },
  { ...adam, kind: 'adamW', weightDecay: 0.05 },
  ...[0, 0.9].flatMap((momentum) =>
    [false, true].map((centered): OptimizerSpec => {
      return {
        kind: 'rmsprop',
        learningRate: 0.01,
        alpha: 0.9,
        momentum,
        centered,
        epsilon: 1e-6,
        clipNorm: null,
      };
    }),
  ),
];

/** The golden files check the numbers of ten steps; these tests check the rest. */
export function optimizer(backend: BackendUnderTest): void {
  const specWith = (optimizer: OptimizerSpec) =>
    networkSpec(4, [layer(6, 'tanh'), layer(3, 'softmax')], 'crossEntropy', { optimizer, l2: 0.01 });
  const samples = createSamples(specWith(sgd), 10);

  const train = (network: NetworkUnderTest, steps: number) => {
    for (let step = 0; step < steps; step++) network.trainBatch(samples);
  };

  it('every optimizer is tried', () => {
    expect(new Set(optimizers.map(({ kind }) => kind))).toEqual(new Set(Object.keys(table)));
  });

  describe.each(optimizers)('optimizer %j', (optimizer) => {
    it('has its moments at zero before the first step', () => {
      const state = createNetwork(backend(), specWith(optimizer)).getOptimizerState();
      expect(state.step).toBe(0);
      expect(state.moments.length).toBe(momentNames(optimizer).length);
      for (const moment of state.moments)
        expectClose(moment, new Float32Array(4 * 6 + 6 + 6 * 3 + 3), exact, 'moment');
    });

    it('continues from parameters and state that were read and written back', () => {
      const original = createNetwork(backend(), specWith(optimizer));
      train(original, 3);
      const resumed = createNetwork(backend(), specWith(optimizer), 99);
      resumed.setParameters(original.getParameters());
      resumed.setOptimizerState(original.getOptimizerState());
      expect(resumed.getOptimizerState().step).toBe(3);
      train(original, 4);
      train(resumed, 4);
      expectClose(resumed.getParameters(), original.getParameters(), exact, 'parameters');
      for (const [i, moment] of original.getOptimizerState().moments.entries()) {
        expectClose(resumed.getOptimizerState().moments[i], moment, exact, `moment ${i}`);
      }
    });

    it('reduces the loss', () => {
      const network = createNetwork(backend(), specWith(optimizer));
      const before = network.evaluate(samples).loss;
      train(network, 100);
      expect(network.evaluate(samples).loss).toBeLessThan(0.9 * before);
    });

    it('refuses a state of another shape and keeps its own', () => {
      const network = createNetwork(backend(), specWith(optimizer));
      train(network, 2);
      const before = network.getOptimizerState();
      const { parameterCount } = network;
      const wrong = [
        [...before.moments, new Float32Array(parameterCount)],
        ...(before.moments.length === 0
          ? []
          : [before.moments.slice(1), before.moments.map(() => new Float32Array(parameterCount - 1))]),
      ];
      for (const moments of wrong) {
        expect(() => network.setOptimizerState({ step: 7, moments })).toThrow(
          expect.objectContaining({ code: 'ERR_SHAPE' }),
        );
      }
      expect(network.getOptimizerState()).toEqual(before);
    });

    it('reads and writes copies', () => {
      const network = createNetwork(backend(), specWith(optimizer));
      train(network, 1);
      const before = network.getOptimizerState();
      const parameters = network.getParameters();
      for (const moment of network.getOptimizerState().moments) moment.fill(5);
      network.getParameters().fill(5);
      const written = parameters.slice();
      network.setParameters(written);
      written.fill(5);
      expect(network.getOptimizerState()).toEqual(before);
      expectClose(network.getParameters(), parameters, exact, 'parameters');
    });
  });

  describe('moments after the first step', () => {
    const afterOneStep = (optimizer: OptimizerSpec) => {
      const network = createNetwork(backend(), specWith(optimizer));
      const { gradients } = network.lossAndGradients(samples, false);
      const before = network.getParameters();
      train(network, 1);
      return {
        gradients,
        before,
        after: network.getParameters(),
        moments: network.getOptimizerState().moments,
      };
    };

    it('sgd has none and moves by the gradient', () => {
      const { gradients, before, after } = afterOneStep(sgd);
      const expected = before.map((value, i) => value - sgd.learningRate * gradients[i]);
      expectClose(after, expected, elementwise, 'parameters');
    });

    it('momentum: velocity is the gradient', () => {
      const { gradients, moments } = afterOneStep(momentum);
      expectClose(moments[0], gradients, elementwise, 'velocity');
    });

    it('adam: moments are shares of the gradient and of its square, in this order', () => {
      const { gradients, moments } = afterOneStep(adam);
      expectClose(
        moments[0],
        gradients.map((g) => 0.1 * g),
        elementwise,
        'firstMoment',
      );
      expectClose(
        moments[1],
        gradients.map((g) => 0.001 * g * g),
        trajectory,
        'secondMoment',
      );
    });

    it('adamW decays weights and biases, independently of the gradient', () => {
      const plain = afterOneStep(adam);
      const decayed = afterOneStep({ ...adam, kind: 'adamW', weightDecay: 2 });
      const expected = plain.after.map((value, i) => value - 0.02 * plain.before[i]);
      expectClose(decayed.after, expected, trajectory, 'parameters');
    });

    it('clipNorm bounds the norm of all gradients together, penalty included', () => {
      const { gradients } = afterOneStep(momentum);
      const norm = Math.hypot(...gradients);
      const clipped = afterOneStep({ ...momentum, clipNorm: norm / 4 });
      expectClose(clipped.gradients, gradients, exact, 'lossAndGradients');
      expectClose(
        clipped.moments[0],
        gradients.map((g) => g / 4),
        trajectory,
        'velocity',
      );
      expectClose(Math.hypot(...clipped.moments[0]), norm / 4, forwardPass, 'norm');
      const below = afterOneStep({ ...momentum, clipNorm: norm * 1.01 });
      expectClose(below.moments[0], gradients, elementwise, 'velocity below the norm');
    });
  });
}
