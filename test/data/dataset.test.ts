import { describe, expect, it } from 'vitest';
import { backendDatasetOf, samplesOf } from '../../src/data/dataset.js';
import type { Task } from '../../src/data/targets.js';
import type { Backend, Samples } from '../../src/engine/contract.js';
import { referenceBackend } from '../../src/engine/reference/index.js';
import { Dataset, Network } from '../../src/index.js';
import { expectError } from '../errors.js';

const classify: Task = { inputSize: 2, outputs: 3, loss: 'crossEntropy' };
const regress: Task = { inputSize: 2, outputs: 1, loss: 'mse' };

describe('Dataset', () => {
  it('has its numbers of rows and columns', () => {
    const flat = new Dataset(new Float32Array(6), [1, 2, 0], { inputSize: 2 });
    expect([flat.rows, flat.inputSize]).toEqual([3, 2]);
    const nested = new Dataset(
      [
        [1, 2],
        [3, 4],
      ],
      [1, 0],
    );
    expect([nested.rows, nested.inputSize]).toEqual([2, 2]);
  });

  it('keeps its data when the arrays it was made from change', () => {
    const x = Float32Array.of(1, 2, 3, 4);
    const y = Buffer.from([1, 0]);
    const sampleWeight = Float32Array.of(1, 2);
    const dataset = new Dataset(x, y, { inputSize: 2, sampleWeight });
    x.fill(9);
    y.fill(9);
    sampleWeight.fill(9);
    expect(samplesOf(dataset, classify)).toEqual({
      rows: 2,
      inputs: Float32Array.of(1, 2, 3, 4),
      targets: Int32Array.of(1, 0),
      weights: Float32Array.of(1, 2),
    });
  });

  it('can be class indices for one network and values for another', () => {
    const dataset = new Dataset(
      [
        [1, 2],
        [3, 4],
      ],
      [1, 0],
    );
    expect(samplesOf(dataset, classify).targets).toEqual(Int32Array.of(1, 0));
    expect(samplesOf(dataset, regress).targets).toEqual(Float32Array.of(1, 0));
  });

  it('is prepared once for each engine and kind of targets, and freed by dispose', () => {
    const created: Samples[] = [];
    let disposed = 0;
    const engine: Backend = {
      ...referenceBackend,
      createDataset(samples) {
        created.push(samples);
        return { rows: samples.rows, dispose: () => disposed++ };
      },
    };
    const dataset = new Dataset(
      [
        [1, 2],
        [3, 4],
      ],
      [1, 0],
    );
    const first = backendDatasetOf(dataset, classify, engine);
    expect(backendDatasetOf(dataset, { ...classify }, engine)).toBe(first);
    backendDatasetOf(dataset, regress, engine);
    expect(backendDatasetOf(dataset, classify, referenceBackend)).not.toBe(first);
    expect(created).toHaveLength(2);
    dataset[Symbol.dispose]();
    dataset.dispose();
    expect(disposed).toBe(2);
    expectError(
      () => backendDatasetOf(dataset, classify, engine),
      'ERR_DISPOSED',
      'the dataset was disposed of',
    );
  });

  it('can replace x and y in every method of a network', async () => {
    const net = new Network({
      inputSize: 2,
      layers: [{ units: 3, activation: 'softmax' }],
      seed: 1,
      backend: 'reference',
    });
    const x = [
      [1, 2],
      [3, 4],
    ];
    const dataset = new Dataset(x, [1, 0], { sampleWeight: [1, 3] });
    expect(net.predict(dataset)).toEqual(net.predict(x));
    expect(await net.predictAsync(dataset)).toEqual(net.predict(x));
    expect(net.evaluate(dataset)).toEqual(net.evaluate(x, [1, 0], { sampleWeight: [1, 3] }));
    expect(net.lossAndGradients(dataset)).toEqual(net.lossAndGradients(x, [1, 0], { sampleWeight: [1, 3] }));
    const { loss } = net.evaluate(dataset);
    expect(net.trainBatch(dataset)).toBeCloseTo(loss, 6);
    expect((await net.fit(dataset, { epochs: 2, validationData: dataset })).epochs).toHaveLength(2);
  });

  it.each<[unknown[], 'ERR_OPTION' | 'ERR_SHAPE' | 'ERR_DATA', string]>([
    [[[1, 2], [1]], 'ERR_OPTION', 'inputSize is missing, and x does not come in rows that tell it'],
    [
      [
        [
          [1, 2],
          [3, 4],
        ],
        [1, 2, 3],
      ],
      'ERR_SHAPE',
      'y has 3 values, expected a multiple of the rows of x (2)',
    ],
    [[[[1, 2]], []], 'ERR_SHAPE', 'y has 0 values'],
    [[[[1, 2]], [1], { inputSize: 3 }], 'ERR_SHAPE', 'row 0 of x has 2 columns, expected 3'],
    [[[1, 2, 3], [1], { inputSize: 2 }], 'ERR_SHAPE', 'x has 3 values, expected a multiple of inputSize (2)'],
    [[[[1, Number.NaN]], [1]], 'ERR_DATA', 'x holds NaN in row 0, column 1'],
    [[[[1, 2]], [1], { sampleWeights: [1] }], 'ERR_OPTION', "did you mean 'sampleWeight'?"],
    [[[[1, 2]], [1], { sampleWeight: [1, 2] }], 'ERR_SHAPE', 'sampleWeight has 2 values'],
    [[undefined, [1]], 'ERR_OPTION', 'inputSize is missing'],
  ])('refuses %j', (args, code, message) => {
    expectError(() => Reflect.construct(Dataset, args), code, message);
  });

  it('is refused by a network of another width, and together with a y', () => {
    const net = new Network({ inputSize: 3, layers: [{ units: 1 }], backend: 'reference' });
    const dataset = new Dataset([[1, 2]], [1]);
    expectError(
      () => net.predict(dataset),
      'ERR_SHAPE',
      'the dataset has rows of 2 columns, expected inputSize (3)',
    );
    const evaluate = net.evaluate.bind(net) as (x: unknown, y: unknown) => unknown;
    expectError(() => evaluate(dataset, [1]), 'ERR_OPTION', 'y is given beside a Dataset');
    expectError(
      () => evaluate(dataset, { sampleWeight: [1] }),
      'ERR_OPTION',
      'sampleWeight is given beside a Dataset, which has its own y and sampleWeight',
    );
  });
});
