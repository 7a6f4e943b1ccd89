import { describe, expect, it } from 'vitest';
import {
  Dataset,
  type FitOptions,
  MLPClassifier,
  metrics,
  Network,
  type NetworkOptions,
} from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError, expectRejection } from '../errors.js';

const one: NetworkOptions = { inputSize: 1, layers: [{ units: 1 }] };
const classes: NetworkOptions = { inputSize: 1, layers: [{ units: 3, activation: 'softmax' }], seed: 1 };
const x = [[1], [2], [3], [4], [5], [6], [7], [8]];
const y = [0, 1, 2, 0, 1, 2, 0, 1];

describe('numbers that float32 cannot hold', () => {
  it.each<[Partial<NetworkOptions>, string]>([
    [{ l2: 1e39 }, 'l2 is 1e+39, expected a number of at least 0, at most 3.4e38'],
    [{ optimizer: { kind: 'sgd', learningRate: 1e308 } }, 'optimizer.learningRate is 1e+308'],
    [{ optimizer: { kind: 'adamW', weightDecay: 1e300 } }, 'optimizer.weightDecay is 1e+300'],
    [
      { optimizer: { kind: 'adam', epsilon: 1e-320 } },
      'optimizer.epsilon is 1e-320, expected a number above 0 that is',
    ],
    [{ optimizer: { kind: 'sgd', clipNorm: 1e-320 } }, 'at least 1.2e-38'],
    [{ loss: { kind: 'huber', delta: 1e-40 } }, 'loss.delta is 1e-40'],
    [{ layers: [{ units: 1, activation: 'leakyRelu', slope: 1e300 }] }, 'layers[0].slope is 1e+300'],
    [{ layers: [{ units: 1, factors: { weight: { epsilon: 0 } } }] }, 'factors.weight.epsilon is 0'],
    [
      { layers: [{ units: 1, initializer: { kind: 'normal', standardDeviation: 1e300 } }] },
      'standardDeviation is 1e+300',
    ],
    [
      { layers: [{ units: 1, initializer: { kind: 'normal', mean: 3e38, standardDeviation: 1e38 } }] },
      'every draw',
    ],
  ])('%j', (options, message) => {
    expectError(() => new Network({ ...one, ...options }), 'ERR_OPTION', message);
  });

  it('are refused as weights of classes', async () => {
    const fit = (options: FitOptions) => new Network(classes).fit(x, y, options);
    await expectRejection(fit({ classWeight: { 0: 1e39 } }), 'ERR_OPTION', 'at most 3.4e38');
    const both = fit({ classWeight: { 0: 1e20 }, sampleWeight: Array(8).fill(1e20) });
    await expectRejection(both, 'ERR_DATA', 'sampleWeight times classWeight');
  });
});

describe.each(engines)('rows that teach nothing, %s engine', (backend) => {
  const fit = (options: FitOptions) => new Network({ ...classes, backend }).fit(x, y, options);

  it('are refused if no other row is trained or validated on', async () => {
    const last = [0, 0, 0, 0, 0, 0, 0, 1];
    await expectRejection(
      fit({ sampleWeight: Array(8).fill(1e-45) }),
      'ERR_DATA',
      'sampleWeight is 0 in every row',
    );
    await expectRejection(fit({ sampleWeight: last, order: [0, 1, 2] }), 'ERR_DATA', 'every row to train on');
    const ends = await Promise.allSettled(
      Array.from({ length: 8 }, (_, seed) =>
        new Network({ ...classes, seed, backend }).fit(x, y, { sampleWeight: last, validationSplit: 0.5 }),
      ),
    );
    // The only row that counts is on one side.
    for (const end of ends) {
      expect(end).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_DATA', message: expect.stringMatching(/every row to (train|validate) on/) },
      });
    }
    await expectRejection(
      new Network({ ...classes, backend }).fit(new Dataset(x, y, { sampleWeight: last }), { order: [0] }),
      'ERR_DATA',
      'every row to train on',
    );
  });

  it.each([
    [[0, 0, 0], 'sums to 0'],
    [[1, 1, 1], 'sums to 3'],
    [[0.3, 0.3, 0.3], 'sums to 0.9'],
  ])('soft targets %j', (row, message) => {
    expectError(() => new Network({ ...classes, backend }).trainBatch([[1]], [row]), 'ERR_DATA', message);
  });

  it('takes soft targets that were rounded', () => {
    const rows = [
      [0.33, 0.33, 0.33],
      [0.333, 0.333, 0.333],
      [1, 0, 0],
    ];
    expect(new Network({ ...classes, backend }).trainBatch([[1], [2], [3]], rows)).toBeGreaterThan(0);
  });
});

describe('what is no object of options', () => {
  const { signal } = new AbortController();
  const objects = [
    signal,
    new Map([['epochs', 5]]),
    new Set(),
    Promise.resolve(),
    new Date(),
    new ArrayBuffer(8),
    /a/,
  ];

  it.each(objects)('%s', async (value) => {
    await expectRejection(
      new Network(one).fit([[1]], [1], value as FitOptions),
      'ERR_OPTION',
      'the options of fit are',
    );
    expectError(
      () => new Network({ ...one, optimizer: value as never }),
      'ERR_OPTION',
      'optimizer is an object of type',
    );
    const weights = new Network(classes).fit(x, y, { classWeight: value as never });
    await expectRejection(weights, 'ERR_OPTION', 'classWeight');
    // A Map of labels is taken there.
    if (value instanceof Map) return;
    expectError(() => new MLPClassifier({ classWeight: value as never }), 'ERR_OPTION', 'classWeight');
  });

  it('but objects of classes, with a prototype or of another realm are taken', async () => {
    class Settings {
      get epochs() {
        return 3;
      }
    }
    const inherited = Object.create({ epochs: 3 });
    for (const options of [new Settings(), inherited, Object.assign(Object.create(null), { epochs: 3 })]) {
      expect((await new Network(one).fit([[1]], [1], options)).epochs).toHaveLength(3);
    }
  });

  it.each(['', '0x1', ' 1 ', '1e0', '-1', '1.0'])("a class '%s'", async (key) => {
    const fit = new Network(classes).fit(x, y, { classWeight: { [key]: 5 } as never });
    await expectRejection(fit, 'ERR_OPTION', `classWeight has a weight for '${key}'`);
  });

  it.each([{}, new Map()])('class weights without a weight: %s', async (classWeight) => {
    const fit = new Network(classes).fit(x, y, { classWeight: classWeight as never });
    await expectRejection(fit, 'ERR_OPTION', 'classWeight has no weight');
  });

  it.each([Symbol('path'), Object.create(null), new Proxy({}, { getPrototypeOf: () => null })])(
    'a path %#',
    async (path) => {
      await expectRejection(new Network(one).save(path), 'ERR_OPTION', 'the path of save is');
      await expectRejection(Network.load(path), 'ERR_OPTION', 'the path of Network.load is');
    },
  );
});

describe('metrics', () => {
  // biome-ignore lint/suspicious/noExplicitAny: what JavaScript may pass
  const any = metrics as any;

  it.each([
    ['accuracy', [[0], [0], { sampleWieght: [1] }], 'ERR_OPTION', "did you mean 'sampleWeight'?"],
    ['accuracy', [null, null], 'ERR_DATA', 'targets is null, expected an array of numbers'],
    ['accuracy', [['a'], ['a']], 'ERR_DATA', "targets holds 'a' in place 0"],
    ['accuracy', [[0], [Number.NaN]], 'ERR_DATA', 'predictions holds NaN'],
    ['confusionMatrix', [[0], ['0']], 'ERR_DATA', "predictions holds '0'"],
    ['confusionMatrix', [[0], [0], { classes: 0 }], 'ERR_OPTION', 'classes is 0'],
    ['precisionRecallF1', [undefined, [0]], 'ERR_DATA', 'targets is undefined'],
    ['topKAccuracy', [[0], 'text', 1], 'ERR_DATA', "scores is 'text'"],
    [
      'rocAuc',
      [
        [0, 1],
        [null, 1],
      ],
      'ERR_DATA',
      'scores holds null',
    ],
    ['logLoss', [[0], [0.5], { outputs: 1 }], 'ERR_OPTION', "unknown option 'outputs'"],
    ['logLoss', [[Number.NaN], [0.5]], 'ERR_DATA', 'targets holds NaN'],
    ['mae', [[1], [1], { outputs: -1 }], 'ERR_OPTION', 'outputs is -1'],
    ['rmse', [[Infinity], [1]], 'ERR_DATA', 'targets holds Infinity'],
    [
      'r2',
      [[1, 2], [1, 2], { sampleWeight: [Infinity, 1] }],
      'ERR_DATA',
      'sampleWeight holds Infinity in row 0',
    ],
    ['r2', [[1, 2], [1, 2], new Date()], 'ERR_OPTION', 'the options of r2 are an object of type Date'],
  ] as const)('%s%j', (name, given, code, message) => {
    expectError(() => any[name](...given), code, message);
  });
});
