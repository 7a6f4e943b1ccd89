/**
 * Units that start equal get the same gradients and stay equal, so that a layer of them is worth one unit
 * (Goodfellow, Bengio and Courville, "Deep learning", 2016, section 8.4). Random weights break the symmetry;
 * of the right size they do so for rectifiers too (He, Zhang, Ren and Sun, "Delving deep into rectifiers",
 * ICCV 2015).
 */

import { describe, expect, it } from 'vitest';
import { type Activation, type LayerOptions, Network } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectClose, trajectory } from '../tolerance.js';

const UNITS = 8;
const INPUTS = 2;

// Exclusive or, which needs two units that differ.
const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [0, 1, 1, 0];

/**
 * The least loss of any network with one hidden unit. Its output is monotone along a direction, in which the
 * two rows of one class lie between the others: one row can be right, and three share the output 1/3 or 2/3.
 */
const ONE_UNIT = (3 / 4) * (Math.log(3) - (2 / 3) * Math.log(2));

describe.each(engines)('the %s engine', (backend) => {
  async function train(activation: Activation, initializer: LayerOptions['initializer']) {
    const network = new Network({
      inputSize: INPUTS,
      layers: [
        { units: UNITS, activation, initializer },
        { units: 1, activation: 'sigmoid', initializer },
      ],
      optimizer: { kind: 'adam', learningRate: 0.05 },
      seed: 1,
      backend,
    });
    await network.fit(x, y, { epochs: 500, batchSize: 4 });
    return { loss: network.evaluate(x, y).loss, layers: network.getParameters() };
  }

  describe.each<Activation>(['tanh', 'relu'])('with %s', (activation) => {
    it('zero weights never move', async () => {
      const { loss, layers } = await train(activation, 'zeros');
      for (const { weight } of layers) expect(weight.every((value) => value === 0)).toBe(true);
      expect(loss).toBeCloseTo(Math.LN2, 6);
    });

    it('equal weights move and stay equal', async () => {
      const { loss, layers } = await train(activation, { kind: 'constant', value: 0.5 });
      const [hidden, output] = layers;
      const incoming = (unit: number) => hidden.weight.slice(unit * INPUTS, (unit + 1) * INPUTS);
      for (let unit = 1; unit < UNITS; unit++) {
        expectClose(incoming(unit), incoming(0), trajectory, `weights into unit ${unit}`);
        expectClose(output.weight[unit], output.weight[0], trajectory, `weight out of unit ${unit}`);
      }
      expect(Math.abs(output.weight[0] - 0.5)).toBeGreaterThan(0.1);
      expect(loss).toBeGreaterThan(ONE_UNIT - 1e-4);
    });

    it('He normal weights learn', async () => {
      const { loss } = await train(activation, 'heNormal');
      expect(loss).toBeLessThan(0.01);
    });
  });
});
