import { describe, expect, it } from 'vitest';
import type { Backend, FitSpec, LayerStatistics, NetworkSpec, Samples } from '../../src/engine/contract.js';
import { exact, expectClose, forwardPass, remainder, trajectory } from '../tolerance.js';
import { expectedOrder } from './batches.js';
import type { BackendUnderTest } from './networks.js';
import {
  adam,
  createSamples,
  createWeights,
  fitSpec,
  layer,
  networkSpec,
  networkWith,
  parameterCount,
  takeRows,
  uniform,
} from './networks.js';

const BATCH_SIZE = 64;

const spec = networkSpec(
  4,
  [
    { ...layer(9, 'sigmoid'), dropout: 0.3 },
    layer(8, 'tanh'),
    layer(10, 'relu'),
    layer(6, 'leakyRelu', false),
    layer(5, 'identity'),
    layer(3, 'softmax'),
  ],
  'crossEntropy',
  { optimizer: adam, l2: 0.02 },
);

/** Weights so large that units saturate, and biases that keep relu units 2, 3 and 7 dead. */
const parameters = uniform(5, parameterCount(spec), -4, 4);
const reluBias = parameterCount({ ...spec, layers: spec.layers.slice(0, 3) }) - 10;
for (const unit of [2, 3, 7]) parameters[reluBias + unit] = -100;

/** Where each layer's weight is among the parameters. */
function weightRanges({ inputSize, layers }: NetworkSpec): [number, number][] {
  return layers.map(({ units }, l) => {
    const begin = parameterCount({ inputSize, inputScale: null, layers: layers.slice(0, l) } as NetworkSpec);
    return [begin, begin + units * (layers[l - 1]?.units ?? inputSize)];
  });
}

/** Computes every statistic by its definition, from a network's outputs, gradients and parameters. */
function measure(
  backend: Backend,
  of: NetworkSpec,
  samples: Samples,
  before: Float32Array,
  after: Float32Array,
): LayerStatistics[] {
  const { gradients } = networkWith(backend, of, after).lossAndGradients(samples, false);
  return weightRanges(of).map(([begin, end], l) => {
    const { activation, units } = of.layers[l];
    const layers = [...of.layers.slice(0, l), { ...of.layers[l], dropout: 0 }];
    const top = { ...of, layers, loss: 'mse' as const };
    const flat = after.slice(0, parameterCount(top));
    const a = networkWith(backend, top, flat).predict(samples.inputs, samples.rows);
    const share = (saturated: (a: number) => boolean) => a.filter(saturated).length / a.length;
    const isDead = (unit: number) => a.every((value, i) => i % units !== unit || value <= 0);
    return {
      saturated:
        activation === 'sigmoid'
          ? share((value) => value < 0.02 || value > 0.98)
          : activation === 'tanh'
            ? share((value) => Math.abs(value) > 0.96)
            : 0,
      dead: activation.endsWith('elu') ? [...Array(units).keys()].filter(isDead).length / units : 0,
      gradientNorm: Math.hypot(...gradients.subarray(begin, end)),
      weightNorm: Math.hypot(...after.subarray(begin, end)),
      updateRatio:
        Math.hypot(...after.slice(begin, end).map((value, i) => value - before[begin + i])) /
        Math.hypot(...before.subarray(begin, end)),
    };
  });
}

/** The statistics of the layers. */
export function statistics(backend: BackendUnderTest): void {
  const fit = async (of: NetworkSpec, samples: Samples, changes: Partial<FitSpec>) => {
    const network = networkWith(backend(), of, parameters);
    const layers: LayerStatistics[][] = [];
    const spec = fitSpec({ batchSize: BATCH_SIZE, statistics: true, ...changes });
    await network.fit(backend().createDataset(samples), spec, (outcome) => {
      if (outcome.layers) layers.push(outcome.layers);
    }).done;
    return { layers, parameters: network.getParameters() };
  };

  describe('statistics', () => {
    it.each([
      ['a few rows', 200, false],
      ['the first 1,024 of many rows', 1500, false],
      ['weighted rows', 1500, true],
    ])('follow their definitions, on %s', async (_, rows, weighted) => {
      const samples = { ...createSamples(spec, rows), weights: weighted ? createWeights(rows) : null };
      const { layers } = await fit(spec, samples, { epochs: 2, sampling: 'shuffle', seed: 3 });

      const stepped = networkWith(backend(), spec, parameters);
      let before = parameters;
      expect(layers.length).toBe(2);
      for (const [e, actual] of layers.entries()) {
        const order = expectedOrder('shuffle', 3, e + 1, [...Array(rows).keys()]);
        for (let first = 0; first < rows; first += BATCH_SIZE) {
          before = stepped.getParameters();
          stepped.trainBatch(takeRows(samples, order.slice(first, first + BATCH_SIZE)));
        }
        const looked = takeRows(samples, order.slice(0, 1024));
        const expected = measure(backend(), spec, looked, before, stepped.getParameters());
        const column = (from: LayerStatistics[], name: keyof LayerStatistics) =>
          from.map((layer) => layer[name]);
        for (const [name, tolerance] of [
          ['saturated', trajectory],
          ['dead', trajectory],
          ['gradientNorm', trajectory],
          ['weightNorm', trajectory],
          ['updateRatio', remainder],
        ] as const) {
          expectClose(column(actual, name), column(expected, name), tolerance, `epoch ${e + 1} ${name}`);
        }
        // Each statistic must show something.
        for (const { saturated } of actual.slice(0, 2)) {
          expect(saturated).toBeGreaterThan(0.05);
          expect(saturated).toBeLessThan(0.95);
        }
        expect(actual[2].dead).toBeGreaterThanOrEqual(0.3);
        expect(actual[2].dead).toBeLessThan(1);
        for (const { gradientNorm, weightNorm, updateRatio } of actual) {
          expect(Math.min(gradientNorm, weightNorm, updateRatio)).toBeGreaterThan(1e-4);
        }
      }
    });

    it('are of the rows of a given order', async () => {
      const samples = createSamples(spec, 50);
      const rows = Uint32Array.of(3, 3, 9, 40, 2);
      const { layers, parameters: after } = await fit(spec, samples, { order: { rows, rowsPerEpoch: 5 } });
      const expected = measure(backend(), spec, takeRows(samples, rows), parameters, after);
      for (const [l, { gradientNorm, saturated, updateRatio }] of layers[0].entries()) {
        expectClose(gradientNorm, expected[l].gradientNorm, trajectory, `layer ${l} gradientNorm`);
        expectClose(saturated, expected[l].saturated, forwardPass, `layer ${l} saturated`);
        expectClose(updateRatio, expected[l].updateRatio, remainder, `layer ${l} updateRatio`);
      }
    });

    it('are absent by default, and do not disturb the training', async () => {
      const samples = createSamples(spec, 200);
      const looking = await fit(spec, samples, { epochs: 3 });
      const plain = await fit(spec, samples, { epochs: 3, statistics: false });
      expect(looking.layers.length).toBe(3);
      expect(plain.layers).toEqual([]);
      expectClose(looking.parameters, plain.parameters, exact, 'parameters');
    });

    it('of rows without weight show the gradient of the penalty', async () => {
      const samples = { ...createSamples(spec, 300), weights: new Float32Array(300) };
      const { layers } = await fit(spec, samples, {});
      for (const { gradientNorm, weightNorm } of layers[0]) {
        expectClose(gradientNorm, spec.l2 * weightNorm, trajectory, 'gradientNorm');
      }
    });

    it('a weight that was zero has an update ratio of 0', async () => {
      const of = networkSpec(2, [layer(3, 'identity')], 'mse');
      const network = networkWith(backend(), of, new Float32Array(9));
      let layers: LayerStatistics[] | undefined;
      const spec = fitSpec({ statistics: true });
      await network.fit(backend().createDataset(createSamples(of, 5)), spec, (outcome) => {
        layers = outcome.layers;
      }).done;
      expect(layers![0].weightNorm).toBeGreaterThan(0);
      expect(layers![0].updateRatio).toBe(0);
    });
  });
}
