import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Activation, Loss } from '../../src/engine/contract.js';
import { activationNames, activations } from '../../src/engine/kinds.js';
import { Dataset, gradientCheck, type LayerOptions, type LossOptions, Network } from '../../src/index.js';
import { compareGradients, type GradientComparison } from '../../src/inspect/gradient-comparison.js';
import { resolveNetworkOptions } from '../../src/options/network.js';
import { engines } from '../engines.js';
import { expectError } from '../errors.js';

describe('compareGradients', () => {
  const { spec } = resolveNetworkOptions({ inputSize: 2, layers: [{ units: 3 }], seed: 1 });

  /** A loss of the nine parameters p: sum_i (i + 1) p_i^3 / 3, whose gradient is (i + 1) p_i^2. */
  function cubic(changes: Partial<GradientComparison> = {}) {
    const parameters = Float64Array.from({ length: 9 }, (_, i) => 1 + i / 10);
    const gradients = parameters.map((p, i) => (i + 1) * p * p);
    return compareGradients({
      spec,
      parameters,
      loss: () => parameters.reduce((sum, p, i) => sum + ((i + 1) * p ** 3) / 3, 0),
      sides: () => new Uint8Array(0),
      gradients,
      engineGradients: Float32Array.from(gradients),
      biasStep: 1e-5,
      weightSteps: [1e-5],
      scaleStep: 1e-5,
      checksPerTensor: 256,
      ...changes,
    });
  }

  it('passes correct gradients', () => {
    const tensors = cubic();
    expect(tensors.map(({ layer, tensor, checked, passed }) => [layer, tensor, checked, passed])).toEqual([
      [0, 'weight', 6, true],
      [0, 'bias', 3, true],
    ]);
    for (const { relativeError, engineError } of tensors) {
      expect(relativeError).toBeLessThan(1e-8);
      expect(engineError).toBeLessThan(1e-7);
    }
  });

  it('finds the wrong element, and by how much it is wrong', () => {
    const [right] = [Float64Array.from({ length: 9 }, (_, i) => (i + 1) * (1 + i / 10) ** 2)];
    const wrong = right.slice();
    wrong[3] *= 1.01;
    wrong[7] = -wrong[7];
    const [weight, bias] = cubic({ gradients: wrong, engineGradients: wrong });
    expect(weight).toMatchObject({ row: 1, column: 1, passed: false, engineError: 0 });
    expect(weight.relativeError).toBeCloseTo(0.01 / 1.01, 6);
    expect(bias).toMatchObject({ row: 1, column: 0, relativeError: expect.closeTo(2, 6), passed: false });
  });

  it("finds the engine's wrong element, a NaN first of all", () => {
    const engineGradients = Float32Array.from({ length: 9 }, (_, i) => (i + 1) * (1 + i / 10) ** 2);
    engineGradients[2] *= 1.1;
    engineGradients[5] *= 1.2;
    engineGradients[8] = Number.NaN;
    const [weight, bias] = cubic({ engineGradients });
    expect(weight).toMatchObject({ engineRow: 2, engineColumn: 1, passed: false });
    expect(weight.engineError).toBeCloseTo(1 / 6, 6);
    expect(weight.relativeError).toBeLessThan(1e-8);
    expect(bias).toMatchObject({ engineRow: 2, engineColumn: 0, engineError: Infinity, passed: false });
  });

  it('skips elements that cross a kink', () => {
    let side = 0;
    const [weight] = cubic({ sides: () => Uint8Array.of(side++ % 2) });
    expect(weight).toMatchObject({ checked: 0, atKinks: 6, relativeError: 0, row: null, column: null });
  });

  it('draws some elements of a large tensor', () => {
    expect(cubic({ checksPerTensor: 4 }).map(({ checked }) => checked)).toEqual([4, 3]);
  });
});

describe.each(engines)('gradientCheck on the %s engine', (backend) => {
  const hidden = fc.constantFrom<Activation>(
    ...activationNames.filter((name) => !('rowWise' in activations[name])),
  );
  const output = fc.constantFrom<[Activation, Loss]>(
    ['identity', 'mse'],
    ['tanh', 'halfMse'],
    ['gelu', 'huber'],
    ['identity', 'absolute'],
    ['gelu', 'quantile'],
    ['sigmoid', 'bce'],
    ['softmax', 'crossEntropy'],
    ['softmax', 'mse'],
  );

  it('passes any network', () => {
    const layer = fc.record({
      units: fc.integer({ min: 1, max: 6 }),
      activation: hidden,
      useBias: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(layer, { maxLength: 3 }),
        output,
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 1, max: 5 }),
        (layers, [activation, loss], seed, rows) => {
          const net = new Network({
            inputSize: 3,
            layers: [...layers, { units: 2, activation }],
            loss: loss === 'quantile' ? { kind: loss, quantiles: [0.1, 0.6] } : loss,
            inputScale: seed % 2 === 0,
            l2: 0.1,
            labelSmoothing: loss === 'bce' || loss === 'crossEntropy' ? 0.1 : 0,
            seed,
            backend,
          });
          const x = Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(seed + i * i));
          // Rows of crossEntropy sum to 1.
          const second = (i: number) => (loss === 'crossEntropy' ? 1 - value(i - 1) : value(i));
          const value = (i: number) => (i % 3 === 0 ? 1 : 0);
          const y = Float32Array.from({ length: rows * 2 }, (_, i) => (i % 2 === 0 ? value(i) : second(i)));
          const sampleWeight = Float32Array.from({ length: rows }, (_, row) => 1 + row);
          const { passed, tensors } = gradientCheck(net, x, y, { sampleWeight });
          expect(tensors.filter((tensor) => !tensor.passed)).toEqual([]);
          expect(passed).toBe(true);
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  const x = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i * i));
  const y = Int32Array.from({ length: 10 }, (_, row) => row % 3);
  const create = (layers: LayerOptions[]) =>
    new Network({ inputSize: 4, layers: [...layers, { units: 3, activation: 'softmax' }], seed: 1, backend });

  it('reports tensor by tensor, and changes nothing', () => {
    const net = create([{ units: 5, activation: 'tanh', useBias: false, dropout: 0.5 }]);
    const before = net.getParameters();
    const { loss, tensors, passed } = gradientCheck(net, new Dataset(x, y, { inputSize: 4 }));
    expect(passed).toBe(true);
    expect(loss).toBeCloseTo(net.evaluate(x, y).loss, 5);
    expect(tensors.map(({ layer, tensor, checked }) => [layer, tensor, checked])).toEqual([
      [0, 'weight', 20],
      [1, 'weight', 15],
      [1, 'bias', 3],
    ]);
    expect(net.getParameters()).toEqual(before);
  });

  it('checks the scale of the inputs last, also of inputs that are not scaled', () => {
    const layers: LayerOptions[] = [
      { units: 5, activation: 'tanh' },
      { units: 3, activation: 'softmax' },
    ];
    const net = new Network({ inputSize: 4, layers, inputScale: true, seed: 1, backend });
    for (const inputs of [x, x.map((value) => 255 * value)]) {
      const { tensors, passed } = gradientCheck(net, inputs, y);
      expect(passed).toBe(true);
      expect(tensors.length).toBe(5);
      expect(tensors[4]).toMatchObject({ layer: 0, tensor: 'scale', checked: 4, column: 0 });
    }
  });

  it('can check gradients that have vanished', () => {
    const net = create(Array.from({ length: 10 }, () => ({ units: 4, activation: 'sigmoid' as const })));
    const { passed, tensors } = gradientCheck(net, x, y);
    expect(passed).toBe(true);
    expect(tensors.every(({ relativeError }) => relativeError < 1e-5)).toBe(true);
  });

  it('accepts inputs that are not scaled', () => {
    const net = create([{ units: 5, activation: 'tanh' }]);
    expect(
      gradientCheck(
        net,
        x.map((value) => 255 * value),
        y,
      ).passed,
    ).toBe(true);
  });

  const kinked = activationNames.filter((name) => 'hasKink' in activations[name]);
  it.each(kinked)('skips units of %s exactly on their kinks', (activation) => {
    const net = create([{ units: 5, activation }]);
    // With an input of 0 and biases of 0, every logit is 0.
    const { tensors, passed } = gradientCheck(net, new Float32Array(4), [0]);
    expect(passed).toBe(true);
    expect(tensors[1]).toMatchObject({ tensor: 'bias', checked: 0, atKinks: 5 });
  });

  it.each<LossOptions>([{ kind: 'absolute' }, { kind: 'quantile', quantiles: [0.1, 0.9] }])(
    'skips outputs exactly at the kink of $kind',
    (loss) => {
      const net = new Network({ inputSize: 1, layers: [{ units: 2 }], loss, seed: 1, backend });
      // With an input of 0 and biases of 0, the first output is its target.
      const { tensors, passed } = gradientCheck(net, new Float32Array(1), [0, 3]);
      expect(passed).toBe(true);
      expect(tensors[1]).toMatchObject({ tensor: 'bias', checked: 1, atKinks: 1 });
    },
  );

  it('is refused during a fit, while the parameters keep changing', async () => {
    const net = create([]);
    const fitting = net.fit(x, y, { epochs: 3 });
    expectError(() => gradientCheck(net, x, y), 'ERR_BUSY', 'gradientCheck was called while fit trains');
    await fitting;
    expect(gradientCheck(net, x, y).passed).toBe(true);
  });

  it('refuses what it cannot use', () => {
    const net = create([]);
    expectError(
      () => gradientCheck(net, x, y, { step: 0 }),
      'ERR_OPTION',
      'step is 0, expected a number above',
    );
    expectError(
      () => gradientCheck(net, x, y, { epsilon: 1 } as never),
      'ERR_OPTION',
      "unknown option 'epsilon'",
    );
    expectError(() => gradientCheck(net, x, [1]), 'ERR_SHAPE', 'y has 1 values');
    net.dispose();
    expectError(() => gradientCheck(net, x, y), 'ERR_DISPOSED', 'the network was disposed of');
  });
});
