import { describe, expect, it } from 'vitest';
import type { Activation } from '../../src/engine/contract.js';
import { activationNames } from '../../src/engine/kinds.js';
import { elementwise, exact, expectClose, forwardPass, trajectory } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import {
  createNetwork,
  createSamples,
  createWeights,
  layer,
  networkSpec,
  parameterCount,
  takeRows,
  uniform,
} from './networks.js';

/** 1 - Phi(x) for x >= 0, by Simpson's rule over the density: a different method from either engine's. */
function normalTail(x: number): number {
  const steps = 4000;
  const h = 12 / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const factor = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += factor * Math.exp(-((x + i * h) ** 2) / 2);
  }
  return (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

export function forward(backend: BackendUnderTest): void {
  describe('forward', () => {
    /** Outputs of one layer whose logits are the rows of `z`: its weight is the identity matrix. */
    const activate = (activation: Activation, units: number, z: Float32Array) => {
      const spec = networkSpec(units, [layer(units, activation, false)], 'mse');
      const identity = Float32Array.from({ length: units * units }, (_, i) =>
        i % (units + 1) === 0 ? 1 : 0,
      );
      return backend()
        .createNetwork(spec, identity)
        .predict(z, z.length / units);
    };

    // 37 units: whole vectors of any instruction set, and a tail.
    const units = 37;
    const formulas: [Activation, (z: number) => number][] = [
      ['identity', (z) => z],
      ['sigmoid', (z) => 1 / (1 + Math.exp(-z))],
      ['tanh', Math.tanh],
      ['relu', (z) => Math.max(0, z)],
      ['leakyRelu', (z) => (z > 0 ? z : Math.fround(0.1) * z)],
      ['gelu', (z) => z * (z < 0 ? normalTail(-z) : 1 - normalTail(z))],
      ['silu', (z) => z / (1 + Math.exp(-z))],
      ['selu', (z) => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * (Math.exp(z) - 1))],
      ['mish', (z) => z * Math.tanh(Math.log1p(Math.exp(z)))],
    ];

    it('there is a formula for every activation', () => {
      expect([...formulas.map(([name]) => name), 'softmax'].sort()).toEqual([...activationNames].sort());
    });

    it.each(formulas)('%s is its formula, element by element', (activation, g) => {
      const z = uniform(1, 5 * units, -9, 9);
      z.set([0, 0.5, -0.5, 20, -20, 80, -80], 3);
      const outputs = activate(activation, units, z);
      for (const [i, value] of z.entries())
        expectClose(outputs[i], Math.fround(g(value)), elementwise, `g(${value})`);
    });

    it('softmax is its formula, row by row', () => {
      const z = uniform(2, 5 * units, -9, 9);
      const outputs = activate('softmax', units, z);
      for (let row = 0; row < 5; row++) {
        const powers = Array.from(z.subarray(row * units, (row + 1) * units), Math.exp);
        const sum = powers.reduce((a, b) => a + b);
        const expected = powers.map((power) => power / sum);
        const actual = outputs.subarray(row * units, (row + 1) * units);
        expectClose(actual, expected, forwardPass, `row ${row}`);
      }
    });

    it('sigmoid, tanh and softmax do not overflow', () => {
      const z = Float32Array.of(-1e30, -1e4, -100, 100, 1e4, 1e30);
      expectClose(activate('sigmoid', 6, z).subarray(3), [1, 1, 1], elementwise, 'sigmoid of large numbers');
      for (const a of activate('sigmoid', 6, z).subarray(0, 3)) {
        expect(a).toBeGreaterThanOrEqual(0);
        expect(a).toBeLessThan(1e-37);
      }
      expectClose(activate('tanh', 6, z), [-1, -1, -1, 1, 1, 1], elementwise, 'tanh');
      expectClose(activate('softmax', 6, z), [0, 0, 0, 0, 0, 1], elementwise, 'softmax');
      expectClose(activate('softmax', 2, Float32Array.of(-1e4, -1e4)), [0.5, 0.5], elementwise, 'softmax');
    });

    it.each(activationNames)('%s passes on a NaN in any place, and only there', (activation) => {
      for (let place = 0; place < units; place++) {
        const spec = networkSpec(2, [layer(units, activation)], 'mse');
        const parameters = uniform(3, parameterCount(spec));
        parameters[2 * units + place] = Number.NaN;
        const outputs = backend().createNetwork(spec, parameters).predict(uniform(4, 6), 3);
        for (const [i, output] of outputs.entries()) {
          const isNaNExpected = activation === 'softmax' || i % units === place;
          expect(Number.isNaN(output), `bias ${place}, output ${i}`).toBe(isNaNExpected);
        }
      }
    });

    it.each(activationNames.filter((name) => name !== 'softmax'))(
      'a NaN input passes through a hidden %s to its own row',
      (activation) => {
        const network = createNetwork(
          backend(),
          networkSpec(3, [layer(9, activation), layer(2, 'identity')], 'mse'),
        );
        for (let place = 0; place < 4 * 3; place++) {
          const inputs = uniform(5, 4 * 3);
          inputs[place] = Number.NaN;
          const outputs = network.predict(inputs, 4);
          const hit = Array.from(outputs, Number.isNaN);
          expect(hit).toEqual(hit.map((_, i) => Math.floor(i / 2) === Math.floor(place / 3)));
        }
      },
    );

    it('a row has the same outputs in any place and beside any other rows', () => {
      const spec = networkSpec(6, [layer(11, 'tanh'), layer(3, 'softmax')], 'crossEntropy');
      const network = createNetwork(backend(), spec);
      const rows = 600;
      const { inputs } = createSamples(spec, rows);
      const together = network.predict(inputs, rows);
      for (const row of [0, 1, 255, 256, 300, 599]) {
        const alone = network.predict(inputs.subarray(row * 6, (row + 1) * 6), 1);
        expectClose(alone, together.subarray(row * 3, (row + 1) * 3), forwardPass, `row ${row}`);
      }
    });

    it('predict, predictAsync and evaluate give the same outputs', async () => {
      const spec = networkSpec(6, [layer(11, 'relu'), layer(3, 'softmax')], 'crossEntropy');
      const network = createNetwork(backend(), spec);
      const samples = createSamples(spec, 600);
      const outputs = network.predict(samples.inputs, samples.rows);
      expect(outputs.length).toBe(600 * 3);
      expectClose(network.evaluate(samples).outputs, outputs, forwardPass, 'evaluate');
      expectClose(await network.predictAsync(samples.inputs, samples.rows), outputs, exact, 'predictAsync');
      expect(network.predict(new Float32Array(0), 0).length).toBe(0);
    });
  });

  describe('loss', () => {
    it('is the same from evaluate, lossAndGradients and trainBatch, penalty and weights included', () => {
      const spec = networkSpec(5, [layer(8, 'tanh'), layer(3, 'sigmoid')], 'bce', { l2: 0.3 });
      const network = createNetwork(backend(), spec);
      const samples = { ...createSamples(spec, 300), weights: createWeights(300) };
      const { loss } = network.evaluate(samples);
      expectClose(network.lossAndGradients(samples, false).loss, loss, forwardPass, 'lossAndGradients');
      expectClose(network.trainBatch(samples), loss, forwardPass, 'trainBatch');
    });

    it('bce and crossEntropy stay finite and right if the outputs round to 0 and 1', () => {
      const parameters = Float32Array.of(1, 0, 0, 1);
      const saturated = (activation: Activation, loss: 'bce' | 'crossEntropy') =>
        backend()
          .createNetwork(networkSpec(2, [layer(2, activation, false)], loss), parameters)
          .evaluate({
            rows: 1,
            inputs: Float32Array.of(-200, 300),
            targets: Float32Array.of(1, 0),
            weights: null,
          }).loss;
      expectClose(saturated('sigmoid', 'bce'), 500, forwardPass, 'bce');
      expectClose(saturated('softmax', 'crossEntropy'), 500, forwardPass, 'crossEntropy');
    });

    it('a sample of weight 0 has no effect', () => {
      const spec = networkSpec(4, [layer(6, 'tanh'), layer(3, 'softmax')], 'crossEntropy', { l2: 0.01 });
      const network = createNetwork(backend(), spec);
      const samples = { ...createSamples(spec, 9), weights: createWeights(9) };
      samples.weights[2] = 0;
      samples.weights[7] = 0;
      const actual = network.lossAndGradients(samples, false);
      const expected = network.lossAndGradients(takeRows(samples, [0, 1, 3, 4, 5, 6, 8]), false);
      expectClose(actual.loss, expected.loss, forwardPass, 'loss');
      expectClose(actual.gradients, expected.gradients, trajectory, 'gradients');
    });

    it('is only the penalty if all weights are 0', () => {
      const spec = networkSpec(4, [layer(3, 'identity')], 'mse', { l2: 0.5 });
      const network = createNetwork(backend(), spec);
      const samples = { ...createSamples(spec, 5), weights: new Float32Array(5) };
      const weights = network.getParameters().subarray(0, 12);
      const { loss, gradients } = network.lossAndGradients(samples, false);
      const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
      expectClose(loss, 0.25 * squares, forwardPass, 'loss');
      expectClose(gradients, [...weights.map((weight) => 0.5 * weight), 0, 0, 0], elementwise, 'gradients');
    });
  });
}
