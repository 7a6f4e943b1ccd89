import { describe, expect, it } from 'vitest';
import { activate, multiplyByDerivative } from '../../../src/engine/reference/activation.js';
import { gemm } from '../../../src/engine/reference/gemm.js';
import { referenceBackend } from '../../../src/engine/reference/index.js';
import {
  createNetwork,
  createSamples,
  fitSpec,
  layer,
  networkSpec,
  uniform,
} from '../../conformance/networks.js';
import { exact, expectClose, reduction } from '../../tolerance.js';

describe('gemm', () => {
  const at = (transposed: boolean, rows: number, columns: number, i: number, j: number) =>
    transposed ? j * rows + i : i * columns + j;

  const shapes = [
    [1, 1, 1],
    [4, 2, 3],
    [8, 4, 1],
    [3, 5, 7],
    [5, 3, 64],
    [9, 7, 2],
    [13, 11, 17],
  ];
  const transposes = [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ];
  const cases = shapes.flatMap((shape) => transposes.map((transpose) => [shape, transpose] as const));

  it.each(cases)('adds the product, m n k = %j, transposed %j', ([m, n, k], [transposeA, transposeB]) => {
    const a = uniform(1, m * k);
    const b = uniform(2, k * n);
    const c = uniform(3, m * n);
    const expected = Float64Array.from(c);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        for (let p = 0; p < k; p++) {
          expected[i * n + j] += a[at(transposeA, m, k, i, p)] * b[at(transposeB, k, n, p, j)];
        }
      }
    }
    const double = Float64Array.from(c);
    gemm(transposeA, transposeB, m, n, k, Float64Array.from(a), Float64Array.from(b), double);
    expectClose(double, expected, { relative: 1e-14, floor: 1 }, 'float64');
    gemm(transposeA, transposeB, m, n, k, a, b, c);
    expectClose(c, expected, reduction(1), 'float32');
  });

  it('passes on a NaN, even times a zero', () => {
    for (let place = 0; place < 5 * 3; place++) {
      const a = new Float32Array(5 * 3);
      a[place] = Number.NaN;
      const c = new Float32Array(5 * 3);
      gemm(false, false, 5, 3, 3, a, new Float32Array(9), c);
      const row = Math.floor(place / 3);
      expect(Array.from(c, Number.isNaN)).toEqual(Array.from(c, (_, i) => Math.floor(i / 3) === row));
    }
  });
});

describe('derivative at the kink', () => {
  it.each([
    ['relu', 0, 0],
    ['leakyRelu', 0.1, 0.1],
  ] as const)('%s takes the left one', (activation, slope, left) => {
    const z = Float64Array.of(-1, -0, 0, 1);
    const a = new Float64Array(4);
    const delta = Float64Array.of(1, 1, 1, 1);
    activate(activation, slope, 1, 4, z, a);
    multiplyByDerivative(activation, slope, 1, 4, z, a, delta);
    expectClose(delta, [left, left, left, 1], exact, 'derivative');
  });
});

describe('fit on the JavaScript thread', () => {
  it('lets other work run during a long validation, too', async () => {
    const spec = networkSpec(64, [layer(64, 'relu'), layer(10, 'softmax')], 'crossEntropy');
    const samples = createSamples(spec, 1000);
    const dataset = referenceBackend.createDataset(samples);
    // One row to train on, and at least a hundred milliseconds of validation.
    const validation = { dataset, rows: Uint32Array.from({ length: 60_000 }, (_, i) => i % 1000) };
    const trainingRows = Uint32Array.of(0);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const network = createNetwork(referenceBackend, spec);
    await network.fit(dataset, fitSpec({ trainingRows, validation }), () => {}).done;
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it('refuses a dataset of another engine', () => {
    const foreign = { rows: 1, dispose() {} };
    const network = createNetwork(referenceBackend, networkSpec(1, [layer(1, 'identity')], 'mse'));
    expect(() => network.fit(foreign, fitSpec(), () => {})).toThrow(
      expect.objectContaining({ code: 'ERR_BACKEND' }),
    );
  });
});
