/** Steps with something that is not finite in them: found at once, wherever it arises, and never taken. */

import { describe, expect, it } from 'vitest';

import type { EpochOutcome, FitOutcome, FitSpec, NetworkSpec, Samples } from '../../src/engine/contract.js';
import type { StepFault } from '../../src/engine/fault.js';
import {
  adam,
  type BackendUnderTest,
  createNetwork,
  createSamples,
  fitSpec,
  layer,
  type NetworkUnderTest,
  networkSpec,
  networkWith,
  parameterCount,
  sgd,
  takeRows,
  uniform,
} from './networks.js';

/** What trainBatch says of the fault, or null if it takes the step. Expects that a refused step changes nothing. */
function refusal(network: NetworkUnderTest, samples: Samples): string | null {
  const bits = () => {
    const { step, moments } = network.getOptimizerState();
    const arrays = [network.getParameters(), ...moments].map(({ buffer }) =>
      Buffer.from(buffer).toString('hex'),
    );
    return [step, ...arrays].join();
  };
  const before = bits();
  try {
    network.trainBatch(samples);
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_DIVERGED' });
    expect(bits() === before).toBe(true);
    return (error as Error).message;
  }
}

const words = {
  output: (l: number, layers: number) => `an output of layer ${l + 1} of ${layers} is`,
  gradient: (l: number, layers: number) => `a gradient of layer ${l + 1} of ${layers} is`,
  update: (l: number, layers: number) =>
    `what the optimizer would make of a weight or moment of layer ${l + 1} of ${layers} is`,
};

/** The weight of a network whose layers all have `width` units and no bias. */
const at = (width: number, l: number, unit: number, input: number) => (l * width + unit) * width + input;

export function nonFinite(backend: BackendUnderTest): void {
  describe('what is not finite', () => {
    // A transposed batch; rows; more units than a vector has lanes, and a rest.
    it.each([5, 19, 40])('is found at every layer and unit of %i', (width) => {
      const layers = Array.from({ length: 3 }, () => layer(width, 'identity', false));
      for (const clipNorm of [null, 1]) {
        const spec = networkSpec(width, layers, 'mse', { optimizer: { ...adam, clipNorm } });
        const network = createNetwork(backend(), spec);
        const samples = createSamples(spec, 7);
        const parameters = network.getParameters();
        for (const value of [Number.NaN, Infinity, -Infinity]) {
          for (let l = 0; l < 3; l++) {
            for (let unit = 0; unit < width; unit++) {
              const spoiled = parameters.slice();
              spoiled[at(width, l, unit, (unit * 7) % width)] = value;
              network.setParameters(spoiled);
              expect(refusal(network, samples)).toContain(words.output(l, 3));
            }
          }
        }
        network.setParameters(parameters);
        expect(refusal(network, samples)).toBe(null);
        expect(network.getOptimizerState().step).toBe(1);
      }
    });

    it.each([5, 19, 40])('is found in a gradient whose loss is finite, in every unit of %i', (width) => {
      // Only the path through `unit` has weights that are not 0: z = (1e-30, 1, 1e10, 1e10) x with x = 1e30, so that
      // dz = (1e10, 1e10, 1, 1) and dW = (1e40, 1e10, 1, 1e10).
      const layers = Array.from({ length: 4 }, () => layer(width, 'identity', false));
      const spec = networkSpec(width, layers, 'absolute');
      const network = createNetwork(backend(), spec);
      for (let unit = 0; unit < width; unit++) {
        const parameters = new Float32Array(parameterCount(spec));
        for (const [l, weight] of [1e-30, 1e10 * width, 1, 1].entries()) {
          parameters[at(width, l, unit, unit)] = weight;
        }
        network.setParameters(parameters);
        const inputs = new Float32Array(2 * width);
        inputs[unit] = 1e30;
        const samples = { rows: 2, inputs, targets: new Float32Array(2 * width), weights: null };
        expect(refusal(network, samples)).toContain(words.gradient(0, 4));
      }
    });

    it('is found in a sum of which every term is finite', () => {
      const spec = networkSpec(1, [layer(1, 'identity', false)], 'absolute');
      const network = networkWith(backend(), spec, Float32Array.of(2e-38));
      const inputs = Float32Array.of(3e38, 3e38, 3e38);
      const samples = { rows: 3, inputs, targets: new Float32Array(3), weights: null };
      // Each row counts a third: the mean is finite.
      expect(refusal(network, samples)).toBe(null);
      const twice = networkSpec(1, [layer(1, 'identity', false), layer(2, 'identity', false)], 'absolute');
      const pair = networkWith(backend(), twice, Float32Array.of(2e-38, 1, 1));
      expect(refusal(pair, { ...samples, targets: new Float32Array(6) })).toBe(null);
      const thrice = networkWith(backend(), twice, Float32Array.of(2e-38, 2, 2));
      expect(refusal(thrice, { ...samples, targets: new Float32Array(6) })).toContain(words.gradient(0, 2));
    });

    it('is found in what an optimizer would make of a finite gradient', () => {
      const of = (optimizer: NetworkSpec['optimizer'], weight: number, x: number, y = 0) => {
        const spec = networkSpec(1, [layer(1, 'identity', false)], 'absolute', { optimizer });
        const network = networkWith(backend(), spec, Float32Array.of(weight));
        const samples = { rows: 1, inputs: Float32Array.of(x), targets: Float32Array.of(y), weights: null };
        return refusal(network, samples);
      };
      // The gradient is 1e25, its square is not a float32.
      expect(of(adam, 1e-25, 1e25)).toContain(words.update(0, 1));
      expect(of(sgd, 1e-25, 1e25)).toBe(null);
      expect(of({ ...sgd, learningRate: 1e20 }, 1e-25, 1e25)).toContain(words.update(0, 1));
      expect(of({ ...adam, clipNorm: 1 }, 1e-25, 1e25)).toBe(null);
      expect(of({ ...sgd, learningRate: 3e38 }, 1e38, 1, 3e38)).toContain(words.update(0, 1));
    });

    it('is a loss beyond the range of float32, too', () => {
      const spec = networkSpec(1, [layer(1, 'identity', false)], 'mse');
      const refusalOf = (x: number) =>
        refusal(networkWith(backend(), spec, Float32Array.of(1)), {
          rows: 1,
          inputs: Float32Array.of(x),
          targets: Float32Array.of(0),
          weights: null,
        });
      expect(refusalOf(1e18)).toBe(null);
      expect(refusalOf(1e20)).toContain('the loss is NaN or infinite in step 1');
    });
  });

  describe('a fit with a step that is not finite', () => {
    const spec = networkSpec(6, [layer(9, 'relu'), layer(3, 'identity')], 'mse', { optimizer: adam });
    const good = createSamples(spec, 40);
    const poisoned = { ...good, inputs: good.inputs.slice() };
    poisoned.inputs[6 * 17] = 3e38; // of step 3

    const run = async (network: NetworkUnderTest, samples: Samples, changes: Partial<FitSpec>) => {
      const epochs: EpochOutcome[] = [];
      const dataset = backend().createDataset(samples);
      const end: FitOutcome = await network.fit(dataset, fitSpec(changes), (epoch) => epochs.push(epoch))
        .done;
      return { epochs, end };
    };
    const fault = (kind: StepFault['kind'], l: number): StepFault => ({ kind, layer: l });

    it("skips it: 'skip'", async () => {
      for (const gradientTolerance of [0, 1e-30]) {
        const network = createNetwork(backend(), spec);
        const changes = { epochs: 2, onNonFinite: 'skip', gradientTolerance } as const;
        const { epochs, end } = await run(network, poisoned, changes);
        expect(end.stoppedBy).toBe('epochs');
        expect(epochs.map(({ skippedSteps }) => skippedSteps)).toEqual([1, 1]);
        const without = createNetwork(backend(), spec);
        const rest = takeRows(
          good,
          [...Array(40).keys()].filter((row) => row < 16 || row >= 24),
        );
        const { epochs: expected } = await run(without, rest, { epochs: 2, gradientTolerance });
        expect(network.getParameters()).toEqual(without.getParameters());
        expect(network.getOptimizerState()).toEqual(without.getOptimizerState());
        expect(epochs.map(({ loss }) => loss)).toEqual(expected.map(({ loss }) => loss));
        expect(epochs.map(({ gradientNorm }) => gradientNorm)).toEqual(
          expected.map(({ gradientNorm }) => gradientNorm),
        );
        expect(expected.every((epoch) => !('skippedSteps' in epoch))).toBe(true);
      }
    });

    it('tells over which weight the loss is the mean: of the rows that were not skipped', async () => {
      const weights = Float32Array.from({ length: 40 }, (_, row) => (row < 20 ? 1 : 3));
      const lossWeight = async (samples: Samples) => {
        const changes = { epochs: 2, onNonFinite: 'skip' } as const;
        return (await run(createNetwork(backend(), spec), samples, changes)).end.lossWeight;
      };
      expect(await lossWeight(good)).toBe(40);
      expect(await lossWeight(poisoned)).toBe(32);
      expect(await lossWeight({ ...good, weights })).toBe(80);
      expect(await lossWeight({ ...poisoned, weights })).toBe(64);
      // No epoch has ended.
      expect(await lossWeight({ ...good, inputs: good.inputs.map(() => 3e38) })).toBe(undefined);
    });

    it('ends when it would skip every step of an epoch', async () => {
      const all = { ...good, inputs: good.inputs.map(() => 3e38) };
      const network = createNetwork(backend(), spec);
      const before = network.getParameters();
      const { epochs, end } = await run(network, all, { epochs: 5, onNonFinite: 'skip' });
      expect(end).toMatchObject({
        stoppedBy: 'diverged',
        divergedAt: { epoch: 1, step: 1, fault: fault('output', 0) },
      });
      expect(epochs).toEqual([]);
      expect(network.getParameters()).toEqual(before);
      expect(network.getOptimizerState().step).toBe(0);
    });

    // w - rate * w with w = 2.
    const one = networkSpec(1, [layer(1, 'identity', false)], 'halfMse', {
      optimizer: { kind: 'momentum', learningRate: 3e38, momentum: 0, nesterov: false, clipNorm: null },
    });
    const row = { rows: 1, inputs: Float32Array.of(1), targets: Float32Array.of(0), weights: null };

    it("goes back with half the learning rate: 'rollback'", async () => {
      const network = networkWith(backend(), one, Float32Array.of(2));
      const { epochs, end } = await run(network, row, { epochs: 3, onNonFinite: 'rollback' });
      const [first] = epochs;
      expect(epochs).toHaveLength(1);
      expect(first).toMatchObject({ epoch: 1, loss: 2, learningRate: 1.5e38, rollbacks: 1 });
      // The weight is -3e38 now; no learning rate helps against a loss of 4.5e76.
      expect(end).toMatchObject({ stoppedBy: 'diverged', divergedAt: { epoch: 2, step: 1 } });
      expect(network.getParameters()).toEqual(Float32Array.of(2 - 1.5e38 * 2));
      expect(network.getOptimizerState()).toEqual({ step: 1, moments: [Float32Array.of(2)] });
    });

    it('goes back ten times and no more, to where it was', async () => {
      const network = createNetwork(backend(), spec);
      const { end } = await run(network, good, {});
      expect(end.stoppedBy).toBe('epochs');
      const [parameters, state] = [network.getParameters(), network.getOptimizerState()];
      const { epochs, end: second } = await run(network, poisoned, { epochs: 2, onNonFinite: 'rollback' });
      expect(epochs).toEqual([]);
      expect(second).toMatchObject({ divergedAt: { epoch: 1, step: 3, fault: fault('loss', 1) } });
      expect(network.getParameters()).toEqual(parameters);
      expect(network.getOptimizerState()).toEqual(state);
      // The eleventh trial, with 3e38 / 2^10, would succeed after ten.
      const enough = networkWith(backend(), one, Float32Array.of(2));
      const rates = Float64Array.of(3e38 * 2 ** 9);
      expect(
        (await run(enough, row, { learningRates: rates, onNonFinite: 'rollback' })).epochs,
      ).toMatchObject([{ rollbacks: 10, learningRate: 1.5e38 }]);
      const tooFew = networkWith(backend(), one, Float32Array.of(2));
      const higher = Float64Array.of(3e38 * 2 ** 10);
      const failed = await run(tooFew, row, { learningRates: higher, onNonFinite: 'rollback' });
      expect(failed.end.stoppedBy).toBe('diverged');
      expect(tooFew.getParameters()).toEqual(Float32Array.of(2));
    });

    it('keeps the halved learning rate over a pause', async () => {
      const changes = { epochs: 3, onNonFinite: 'rollback', seed: 3 } as const;
      const rates = Float64Array.of(6e38, 1e-3, 1e-3);
      const start = uniform(4, 1, 1.2, 1.4);
      const of = networkSpec(1, [layer(1, 'identity', false)], 'absolute');
      const whole = networkWith(backend(), of, start);
      const { epochs } = await run(whole, row, { ...changes, learningRates: rates });
      const paused = networkWith(backend(), of, start);
      const dataset = backend().createDataset(row);
      const parts: EpochOutcome[] = [];
      const first = fitSpec({ ...changes, learningRates: rates, pauseAfter: 1 });
      const { state } = await paused.fit(dataset, first, (epoch) => parts.push(epoch)).done;
      expect(state?.rollbacks).toBe(1);
      const second = fitSpec({ ...changes, learningRates: rates, resume: state });
      await paused.fit(dataset, second, (epoch) => parts.push(epoch)).done;
      const comparable = (all: EpochOutcome[]) => all.map(({ seconds, ...rest }) => rest);
      expect(comparable(parts)).toEqual(comparable(epochs));
      expect(parts.map(({ learningRate }) => learningRate)).toEqual([3e38, 5e-4, 5e-4]);
      expect(paused.getParameters()).toEqual(whole.getParameters());
    });
  });
}
