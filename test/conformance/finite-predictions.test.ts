import { describe, expect, it } from 'vitest';
import { targetOutputs } from '../../src/estimators/regressor-outputs.js';
import { Network } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError, expectRejection } from '../errors.js';

describe.each(engines)('predictions that are not finite, %s engine', (backend) => {
  /** Two outputs, the second of which is beyond float32 for x above 1. */
  const make = (units = 2) => {
    const net = new Network({ inputSize: 1, layers: [{ units }], seed: 1, backend });
    net.setParameters([{ weight: [1, 3e38].slice(2 - units), bias: [0, 0].slice(2 - units) }]);
    return net;
  };
  const MESSAGE = 'the prediction for row 2 (from 0) is Infinity';

  it('are a typed error that names the row', async () => {
    const net = make();
    expect(Array.from(net.predict([[0], [1]]))).toEqual([0, 0, 1, Math.fround(3e38)]);
    expectError(() => net.predict([[0], [1], [2]]), 'ERR_DATA', MESSAGE);
    await expectRejection(net.predictAsync([[0], [1], [2]]), 'ERR_DATA', MESSAGE);
    expectError(() => net.evaluate([[0], [1], [2]], new Float32Array(6)), 'ERR_DATA', MESSAGE);
  });

  it('are found among many', () => {
    const x = new Float32Array(10_000);
    x[7001] = -2;
    expectError(() => make(1).predict(x), 'ERR_DATA', 'the prediction for row 7001 (from 0) is -Infinity');
  });

  it('are found as NaN, too', () => {
    const net = new Network({ inputSize: 2, layers: [{ units: 2 }, { units: 1 }], seed: 1, backend });
    net.setParameters([
      { weight: [3e38, 0, 0, 3e38], bias: [0, 0] },
      { weight: [1, -1], bias: [0] },
    ]);
    expectError(() => net.predict([[2, 2]]), 'ERR_DATA', 'the prediction for row 0 (from 0) is NaN');
  });
});

it('targets that are not finite are found, too', () => {
  const encoder = {
    features: () => ({
      rowCount: 2,
      blocks: () => [[0, 2]],
      encode: () => new Float32Array(2),
      warnings: () => [],
    }),
  } as never;
  const table = { rowCount: 2, names: [], values: () => [] };
  const model = (outputs: number[], standardDeviation: number) => ({
    encoder,
    ensemble: { networks: [{ predict: () => Float32Array.from(outputs) }], outputs: 1, constant: [] },
    scale: { mean: 0, standardDeviation, minimum: -Infinity, maximum: Infinity },
    quantiles: null,
  });
  expect(Array.from(targetOutputs(model([1, 2], 3), table, null))).toEqual([3, 6]);
  for (const broken of [model([1, Number.NaN], 1), model([1, 1e30], 1e300)]) {
    expectError(() => targetOutputs(broken, table, null), 'ERR_DATA', 'the prediction for row 1 (from 0) is');
  }
});
