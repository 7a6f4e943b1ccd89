import { describe, expect, it } from 'vitest';
import type { FitSpec, NetworkSpec, OptimizerSpec, TensorFactors } from '../../src/engine/contract.js';
import { parameterLayout } from '../../src/engine/layout.js';
import { exact, expectClose } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import { adam, createNetwork, createSamples, fitSpec, layer, networkSpec } from './networks.js';
import { accuracyAlong, play } from './scripted.js';

const adamW = { ...adam, kind: 'adamW', weightDecay: 0.3 } satisfies OptimizerSpec;
const none: TensorFactors = { learningRate: 1, weightDecay: 1, epsilon: 1 };

/** Factors of the optimizer's coefficients: for a tensor, and for a step. */
export function factors(backend: BackendUnderTest): void {
  const wide = networkSpec(
    9,
    [layer(40, 'tanh'), layer(33, 'tanh', false), layer(3, 'softmax')],
    'crossEntropy',
    {
      optimizer: adamW,
    },
  );
  const clipped: OptimizerSpec = { ...adamW, clipNorm: 1e30 };

  describe('factors of a tensor', () => {
    // The narrow, the fused and the two-pass path.
    const specs: [string, NetworkSpec][] = [
      [
        'few rows in the lanes',
        networkSpec(4, [layer(5, 'tanh'), layer(3, 'identity')], 'mse', { optimizer: adamW }),
      ],
      ['a softmax of its own', { ...wide, loss: 'mse' }],
      ['all gradients first', { ...wide, optimizer: clipped }],
    ];

    it.each(specs)('scale rate, decay and epsilon of that tensor alone: %s', (_, spec) => {
      const given: TensorFactors = { learningRate: 0.25, weightDecay: 3, epsilon: 100 };
      const samples = createSamples(spec, 32);
      const afterOneStep = (changed: NetworkSpec) => {
        const network = createNetwork(backend(), changed);
        network.trainBatch(samples);
        return network.getParameters();
      };
      const plain = afterOneStep(spec);
      const { learningRate, epsilon, weightDecay } = spec.optimizer as typeof adamW;
      const scaled = afterOneStep({
        ...spec,
        optimizer: {
          ...spec.optimizer,
          learningRate: learningRate * given.learningRate,
          epsilon: epsilon * given.epsilon,
          weightDecay: weightDecay * given.weightDecay,
        } as OptimizerSpec,
      });
      for (const [l, where] of parameterLayout(spec).layers.entries()) {
        for (const tensor of ['weight', 'bias'] as const) {
          const changed = structuredClone(spec);
          changed.layers[l].factors = { weight: none, bias: none, [tensor]: given };
          const expected = plain.slice();
          const { start, end } = where[tensor];
          expected.set(scaled.subarray(start, end), start);
          expectClose(afterOneStep(changed), expected, exact, `layer ${l}, ${tensor}`);
        }
      }
    });

    it('of 0 leave a tensor as it is', () => {
      const spec = structuredClone(wide);
      spec.layers[1].factors = { weight: { ...none, learningRate: 0 }, bias: none };
      const network = createNetwork(backend(), spec);
      const before = network.getParameters();
      network.trainBatch(createSamples(spec, 32));
      const { start, end } = parameterLayout(spec).layers[1].weight;
      const after = network.getParameters();
      expect(after.subarray(start, end)).toEqual(before.subarray(start, end));
      expect(after.subarray(0, start)).not.toEqual(before.subarray(0, start));
    });
  });

  describe('factors of a step', () => {
    const train = async (spec: NetworkSpec, changes: Partial<FitSpec>) => {
      const network = createNetwork(backend(), spec);
      const dataset = backend().createDataset(createSamples(spec, 20));
      await network.fit(dataset, fitSpec(changes), () => {}).done;
      return network.getParameters();
    };
    const noSchedule = { learningRate: null, dropout: null, weightDecay: null };

    it('scale the learning rate, across epochs', async () => {
      // An epoch a step, so that the epochs' rates say the same.
      const rates = Float64Array.of(0.5, 0, 2, 1);
      const expected = await train(wide, {
        epochs: 4,
        batchSize: 20,
        learningRates: rates.map((rate) => rate * wide.optimizer.learningRate),
      });
      const came = await train(wide, {
        epochs: 4,
        batchSize: 20,
        schedule: { ...noSchedule, learningRate: rates },
      });
      expectClose(came, expected, exact, 'parameters');
    });

    it('scale the learning rate within an epoch', async () => {
      const stopped = { ...noSchedule, learningRate: Float64Array.of(1, 1, 0) };
      const expected = await train(wide, {
        order: { rows: Uint32Array.from({ length: 16 }, (_, i) => i), rowsPerEpoch: 16 },
      });
      expectClose(
        await train({ ...wide, optimizer: { ...adamW } }, { schedule: stopped }),
        expected,
        exact,
        'parameters',
      );
    });

    it.each(['dropout', 'weightDecay'] as const)('scale the %s', async (name) => {
      const dropping = structuredClone(wide);
      dropping.layers[0].dropout = 0.5;
      const halved = structuredClone(dropping);
      if (name === 'dropout') halved.layers[0].dropout = 0.25;
      else halved.optimizer = { ...adamW, weightDecay: 0.15 };
      const expected = await train(halved, { epochs: 2 });
      const half = Float64Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
      const came = await train(dropping, { epochs: 2, schedule: { ...noSchedule, [name]: half } });
      expectClose(came, expected, exact, 'parameters');
      expect(came).not.toEqual(await train(dropping, { epochs: 2 }));
    });
  });

  describe('rows that do not fill a batch', () => {
    it('can be left out of every epoch', async () => {
      const spec = networkSpec(4, [layer(3, 'tanh'), layer(2, 'identity')], 'mse');
      const samples = createSamples(spec, 20);
      const order = new Uint32Array(2 * 16);
      for (let i = 0; i < order.length; i++) order[i] = i % 16;
      const run = async (changes: Partial<FitSpec>) => {
        const network = createNetwork(backend(), spec);
        const outcomes: number[] = [];
        await network.fit(
          backend().createDataset(samples),
          fitSpec({ epochs: 2, ...changes }),
          ({ samples }) => {
            outcomes.push(samples);
          },
        ).done;
        expect(network.getOptimizerState().step).toBe(4);
        expect(outcomes).toEqual([16, 16]);
        return network.getParameters();
      };
      const expected = await run({ order: { rows: order, rowsPerEpoch: 16 } });
      expectClose(await run({ dropLast: true }), expected, exact, 'parameters');
    });
  });

  describe('epochs that are equally good', () => {
    it.each([
      [false, 1],
      [true, 5],
    ])('with lastOfTies %s the best is epoch %i', async (lastOfTies, best) => {
      const earlyStopping: FitSpec['earlyStopping'] = {
        monitor: 'validationAccuracy',
        patience: 100,
        minDelta: 0,
        restoreBest: true,
        lastOfTies,
      };
      const played = await play(backend(), accuracyAlong([1, -1, 1, -1, 1, -1], { earlyStopping }));
      expect(played.end.bestEpoch).toBe(best);
    });
  });
}
