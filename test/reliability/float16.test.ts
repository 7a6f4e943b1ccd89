/** Float16Array, which Node has from 24 on: taken wherever other arrays of numbers are. */

import { describe, expect, it } from 'vitest';
import { Dataset, MLPRegressor, metrics, Network } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError } from '../errors.js';

type ArrayClass = new (values: readonly number[]) => Float32Array;
const Float16 = (globalThis as { Float16Array?: ArrayClass }).Float16Array as ArrayClass;

const ROWS = 24;
/** Numbers that have few enough digits for 16 bits. */
const x = Array.from({ length: 2 * ROWS }, (_, i) => ((i * 37) % 64) / 64 - 0.5);
const labels = Array.from({ length: ROWS }, (_, i) => i % 3);
const weights = Array.from({ length: ROWS }, (_, i) => (1 + (i % 4)) / 4);
const cells = (Type: ArrayClass) =>
  Array.from({ length: ROWS }, (_, i) => new Type(x.slice(2 * i, 2 * i + 2)));

describe.runIf(Float16 !== undefined).each(engines)('Float16Array, %s engine', (backend) => {
  const layers = [
    { units: 4, activation: 'tanh' },
    { units: 3, activation: 'softmax' },
  ] as const;
  const make = () => new Network({ inputSize: 2, layers: [...layers], seed: 1, backend });
  const both = <T>(run: (Type: ArrayClass) => T): [T, T] => [run(Float16), run(Float32Array)];

  it('trains and predicts as the same numbers in 32 bits', async () => {
    const trained = async (Type: ArrayClass) => {
      const net = make();
      const validationData = [new Type(x), new Type(labels)] as const;
      await net.fit(new Type(x), new Type(labels), {
        epochs: 2,
        sampleWeight: new Type(weights),
        validationData: [...validationData],
      });
      net.trainBatch(cells(Type), new Type(labels));
      return [
        net.getParameters(),
        net.evaluate(new Dataset(new Type(x), new Type(labels), { inputSize: 2 })),
      ];
    };
    const [half, single] = await Promise.all(both(trained));
    expect(half).toEqual(single);
  });

  it('sets parameters', () => {
    const ones = (Type: ArrayClass) => {
      const net = make();
      net.setParameters(
        net.getParameters().map(({ weight, bias }) => ({
          weight: new Type(Array.from(weight, (_, i) => i / 8)),
          bias: new Type(Array.from(bias ?? [], () => 0.5)),
        })),
      );
      return net.getParameters();
    };
    const [half, single] = both(ones);
    expect(half).toEqual(single);
  });

  it('is looked through for what is not finite', () => {
    // 65,504 is the largest number of 16 bits.
    for (const value of [Number.NaN, 70_000]) {
      const odd = new Float16([value, 1]);
      expectError(() => make().predict(odd), 'ERR_DATA', 'x holds');
      expectError(() => make().trainBatch(odd, [1]), 'ERR_DATA', 'x holds');
      expectError(
        () => make().trainBatch([[1, 2]], [1], { sampleWeight: odd.subarray(0, 1) }),
        'ERR_DATA',
        'holds',
      );
    }
  });
});

it.runIf(Float16 !== undefined)('estimators and metrics take Float16Array', async () => {
  const fitted = async (Type: ArrayClass) => {
    const regressor = new MLPRegressor({ seed: 1, members: 1, epochs: 2, backend: 'reference' });
    await regressor.fit(cells(Type), new Type(weights));
    return regressor.predict(cells(Type));
  };
  expect(await fitted(Float16)).toEqual(await fitted(Float32Array));
  expect(metrics.mae(new Float16(weights), new Float16(labels))).toBe(metrics.mae(weights, labels));
});
