import { describe, expect, it } from 'vitest';
import type { Activation } from '../../src/index.js';
import { Network } from '../../src/index.js';
import { draw } from '../estimators/rows.js';
import { expectSameError, importText } from './modules.js';

interface NetworkModule {
  inputSize: number;
  outputSize: number;
  predict(x: unknown): Float32Array;
}

/** More rows than are computed together. */
const x = Float32Array.from({ length: 3 * 300 }, (_, i) => 8 * (draw(i) - 0.5));

const hidden: Activation[] = [
  ...['identity', 'sigmoid', 'tanh', 'relu', 'leakyRelu', 'gelu', 'silu', 'selu', 'mish'],
] as Activation[];

describe('the module of a network computes what the reference engine computes', () => {
  it.each(hidden)('with %s', async (activation) => {
    const network = new Network({
      inputSize: 3,
      layers: [
        { units: 7, activation, ...(activation === 'leakyRelu' && { slope: 0.3 }) },
        { units: 4, activation: 'softmax', useBias: false },
      ],
      inputScale: true,
      seed: 3,
      backend: 'reference',
    });
    network.setParameters(
      network.getParameters().map(({ weight, bias, scale }) => ({
        weight,
        bias: bias.map((_, i) => draw(2000 + i) - 0.5),
        ...(scale && { scale: scale.map((_, i) => draw(3000 + i)) }),
      })),
    );
    const module = await importText<NetworkModule>(network.toModule());
    expect(module.predict(x)).toEqual(network.predict(x));
    expect([module.inputSize, module.outputSize]).toEqual([3, 4]);
  });
});

describe('the module of a network', () => {
  const network = new Network({ inputSize: 3, layers: [{ units: 2 }], seed: 1, backend: 'reference' });

  it('takes rows in every form', async () => {
    const { predict } = await importText<NetworkModule>(network.toModule());
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const expected = network.predict(rows);
    expect(predict(rows)).toEqual(expected);
    expect(predict(rows.flat())).toEqual(expected);
    expect(predict(Uint8Array.from(rows.flat()))).toEqual(expected);
    expect(predict(rows.map((row) => Float64Array.from(row)))).toEqual(expected);
  });

  it.each<[unknown, string]>([
    [[[1, 2]], 'row 0 of x has 2 columns, expected 3'],
    [[1, 2, Number.NaN], 'x holds NaN in row 0, column 2'],
    ['no', "x is 'no', expected a typed array"],
    [[], 'x is empty'],
  ])('refuses %j in the words of the network', async (wrong, part) => {
    const { predict } = await importText<NetworkModule>(network.toModule());
    expectSameError(
      () => predict(wrong),
      () => network.predict(wrong as number[]),
      part,
    );
  });
});
