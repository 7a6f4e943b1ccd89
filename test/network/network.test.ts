import { describe, expect, it } from 'vitest';

import * as chainrule from '../../src/index.js';
import { Network, type NetworkOptions } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError, expectRejection } from '../errors.js';

it('exports the metrics that are for users', () => {
  expect(Object.keys(chainrule.metrics).sort()).toEqual([
    'accuracy',
    'confusionMatrix',
    'logLoss',
    'mae',
    'precisionRecallF1',
    'r2',
    'rmse',
    'rocAuc',
    'topKAccuracy',
  ]);
});

describe.each(engines)('Network on the %s engine', (backend) => {
  const create = (changes: Partial<NetworkOptions> = {}) =>
    new Network({
      inputSize: 2,
      layers: [{ units: 3, activation: 'relu' }, { units: 4, activation: 'tanh' }, { units: 1 }],
      optimizer: 'sgd',
      seed: 1,
      threads: 2,
      backend,
      ...changes,
    });
  const x = [
    [1, 2],
    [3, 4],
    [5, 6],
  ];
  const y = [1, 2, 3];

  it('describes itself', () => {
    const net = create({ seed: 42 });
    expect([net.inputSize, net.outputSize, net.parameterCount, net.seed]).toEqual([2, 1, 30, 42]);
    expect(net.backend.name).toBe(backend);
    const path = backend === 'native' ? ['path'] : [];
    expect(Object.keys(net.backend)).toEqual([
      'name',
      'simd',
      'blas',
      'gemm',
      'products',
      'threads',
      'reason',
      ...path,
    ]);
    expect(net.backend.threads).toBeGreaterThanOrEqual(1);
    expect(net.backend.reason).toMatch(
      backend === 'native' ? /chainrule\.node loaded$/ : /asked for by the option/,
    );
  });

  it('can be recreated from its seed', () => {
    const { seed } = new Network({ inputSize: 2, layers: [{ units: 1 }], backend });
    expect(create({ seed }).getParameters()).toEqual(create({ seed }).getParameters());
    expect(create({ seed }).getParameters()).not.toEqual(create({ seed: (seed ^ 1) >>> 0 }).getParameters());
  });

  it('starts from given parameters', () => {
    const net = create({
      layers: [{ units: 1, activation: 'sigmoid' }],
      parameters: [{ weight: [2, -1], bias: [0.5] }],
    });
    expect(net.predict([1, 2])[0]).toBeCloseTo(1 / (1 + Math.exp(-0.5)), 6);
    expectError(
      () => create({ parameters: [] }),
      'ERR_SHAPE',
      'parameters is an array of length 0, expected 3, one { weight, bias } for each layer',
    );
  });

  it('reproduces the worked example of the logistic unit', () => {
    const parameters = [{ weight: [0.7576, 0.2793, 0.4031, 0.7347, 0.0293], bias: [0.7999] }];
    const layers = [{ units: 1, activation: 'sigmoid' as const }];
    const outputs = create({ inputSize: 5, layers, parameters }).predict([
      [-8, 1, -3, 5, 2],
      [-2, 2, -1, 5, 2],
      [7, 1, 9, -5, -2],
    ]);
    [0.0788, 0.9598, 0.9981].forEach((expected, row) => {
      expect(outputs[row]).toBeCloseTo(expected, 3);
    });
  });

  it('predicts (rows, outputs), synchronously and asynchronously', async () => {
    const net = create({ layers: [{ units: 4, activation: 'relu' }] });
    expect(net.predict(x)).toHaveLength(12);
    expect(net.predict([5, 6])).toEqual(net.predict(x).slice(8));
    expect(await net.predictAsync(x)).toEqual(net.predict(x));
    await expectRejection(
      net.predictAsync([1]),
      'ERR_SHAPE',
      'x has 1 values, expected a multiple of inputSize (2)',
    );
  });

  it('predicts from the data as it was at the call', async () => {
    const net = create();
    const own = Float32Array.from(x.flat());
    const predicting = net.predictAsync(own);
    own.fill(Number.NaN);
    expect(await predicting).toEqual(net.predict(x));
  });

  it('evaluates', () => {
    const evaluation = create().evaluate(x, y);
    expect(Object.keys(evaluation)).toEqual(['loss', 'rmse', 'mae', 'r2']);
    expect(evaluation.rmse).toBeCloseTo(Math.sqrt(evaluation.loss), 5);
  });

  it('evaluates a classification, with the given k', () => {
    const net = create({ layers: [{ units: 3, activation: 'softmax' }] });
    const evaluation = net.evaluate(x, [0, 1, 2], { topK: 2, sampleWeight: [1, 2, 3] });
    expect(Object.keys(evaluation).sort()).toEqual([
      'accuracy',
      'confusionMatrix',
      'f1',
      'logLoss',
      'loss',
      'precision',
      'recall',
      'topKAccuracy',
    ]);
    expect(evaluation.logLoss).toBeCloseTo(evaluation.loss, 5);
    expect(evaluation.confusionMatrix?.flat().reduce((a, b) => a + b)).toBe(6);
    expectError(() => net.evaluate(x, [0, 1, 2], { topK: 4 }), 'ERR_OPTION', 'topK is 4, expected a whole');
    expectError(
      () => create().evaluate(x, y, { topK: 1 }),
      'ERR_OPTION',
      "topK goes with loss 'crossEntropy' only, not with 'mse'",
    );
  });

  it('has a summary', () => {
    const summary = create().summary();
    expect(summary.layers.map(({ parameterCount }) => parameterCount)).toEqual([9, 16, 5]);
    expect(summary.parameterCount).toBe(30);
  });

  it('takes one step against the gradient', () => {
    const net = create({ optimizer: { kind: 'sgd', learningRate: 0.01 } });
    const sampleWeight = [1, 0, 2];
    const before = net.getParameters();
    const { loss, gradients } = net.lossAndGradients(x, y, { sampleWeight });
    expect(net.getParameters()).toEqual(before);
    expect(loss).toBeCloseTo(net.evaluate(x, y, { sampleWeight }).loss, 5);
    expect(net.trainBatch(x, y, { sampleWeight })).toBeCloseTo(loss, 5);
    net.getParameters().forEach(({ weight, bias }, l) => {
      weight.forEach((value, i) => {
        expect(value).toBeCloseTo(before[l].weight[i] - 0.01 * gradients[l].weight[i], 5);
      });
      bias.forEach((value, i) => {
        expect(value).toBeCloseTo(before[l].bias[i] - 0.01 * gradients[l].bias[i], 5);
      });
    });
    expectError(
      () => net.trainBatch(x, y, { sampleweight: [] } as never),
      'ERR_OPTION',
      "did you mean 'sampleWeight'?",
    );
  });

  it('differentiates with respect to the inputs on request', () => {
    const net = create({ layers: [{ units: 3, activation: 'tanh' }, { units: 1 }] });
    const flat = x.flat();
    expect(net.lossAndGradients(flat, y)).not.toHaveProperty('inputGradients');
    const { inputGradients } = net.lossAndGradients(flat, y, { inputGradients: true });
    const h = 2 ** -6;
    const lossAt = (index: number, offset: number) =>
      net.evaluate(
        flat.map((value, i) => (i === index ? value + offset : value)),
        y,
      ).loss;
    expect(inputGradients).toHaveLength(6);
    inputGradients?.forEach((slope, i) => {
      expect(slope).toBeCloseTo((lossAt(i, h) - lossAt(i, -h)) / (2 * h), 3);
    });
    const dataset = new chainrule.Dataset(x, y);
    expect(net.lossAndGradients(dataset, { inputGradients: true }).inputGradients).toEqual(inputGradients);
    expectError(
      () => net.lossAndGradients(flat, y, { inputGradients: 1 } as never),
      'ERR_OPTION',
      'inputGradients is 1, expected true or false',
    );
  });

  it('drops outputs in training only, drawn from the seed', () => {
    const layers = [{ units: 50, activation: 'tanh' as const, dropout: 0.5 }, { units: 1 }];
    const whole = create({ layers: [{ units: 50, activation: 'tanh' }, { units: 1 }] });
    const [net, same] = [create({ layers }), create({ layers })];
    expect(net.predict(x)).toEqual(whole.predict(x));
    expect(net.evaluate(x, y)).toEqual(whole.evaluate(x, y));
    expect(net.lossAndGradients(x, y)).toEqual(whole.lossAndGradients(x, y));
    expect(net.trainBatch(x, y)).not.toBeCloseTo(whole.trainBatch(x, y), 3);
    same.trainBatch(x, y);
    expect(net.getParameters()).toEqual(same.getParameters());
    const other = create({ layers, seed: 2, parameters: create({ layers }).getParameters() });
    other.trainBatch(x, y);
    expect(net.getParameters()).not.toEqual(other.getParameters());
  });

  it('smooths the labels for the loss, not for the metrics', () => {
    const layers = [{ units: 2, activation: 'softmax' as const }];
    const [net, plain] = [create({ layers, labelSmoothing: 0.2 }), create({ layers })];
    const indices = net.evaluate(x, [0, 1, 0]);
    expect(indices.logLoss).toBe(plain.evaluate(x, [0, 1, 0]).logLoss);
    const smoothed = [
      [0.9, 0.1],
      [0.1, 0.9],
      [0.9, 0.1],
    ];
    expect(indices.loss).toBeCloseTo(plain.evaluate(x, smoothed).loss, 6);
  });

  it('returns copies of its parameters and accepts them again', () => {
    const net = create();
    const parameters = net.getParameters();
    expect(parameters.map(({ weight, bias }) => [weight.length, bias.length])).toEqual([
      [6, 3],
      [12, 4],
      [4, 1],
    ]);
    parameters[0].weight.fill(0.5);
    expect(net.getParameters()).not.toEqual(parameters);
    net.setParameters(parameters);
    expect(net.getParameters()).toEqual(parameters);
  });

  it('has no bias for a layer without one', () => {
    const net = create({ layers: [{ units: 3, useBias: false }, { units: 1 }] });
    expect(net.parameterCount).toBe(10);
    expect(net.getParameters()[0].bias).toHaveLength(0);
    expect(net.predict([0, 0])[0]).toBe(0);
  });

  it('changes nothing when a step diverges', () => {
    const net = create({ layers: [{ units: 1 }], parameters: [{ weight: [3e38, 3e38], bias: [0] }] });
    const before = net.getParameters();
    expectError(() => net.trainBatch(x, y), 'ERR_DIVERGED', /^an output of layer 1 of 1 .* step 1; no/);
    expect(net.getParameters()).toEqual(before);
  });

  it('refuses everything once it is disposed of, which may be done twice', async () => {
    const net = create();
    net[Symbol.dispose]();
    net.dispose();
    const disposed = 'the network was disposed of';
    for (const use of [
      () => net.predict(x),
      () => net.evaluate(x, y),
      () => net.trainBatch(x, y),
      () => net.lossAndGradients(x, y),
      () => net.getParameters(),
      () => net.setParameters([]),
    ]) {
      expectError(use, 'ERR_DISPOSED', disposed);
    }
    await expectRejection(net.fit(x, y), 'ERR_DISPOSED', disposed);
    await expectRejection(net.predictAsync(x), 'ERR_DISPOSED', disposed);
    await expectRejection(net.save('never.safetensors'), 'ERR_DISPOSED', disposed);
  });
});
