import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';

import type { NetworkSpec } from '../../src/engine/contract.js';
import type { NetworkOptions } from '../../src/index.js';
import { describeNetwork, resolveNetworkOptions } from '../../src/options/network.js';
import { expectError } from '../errors.js';

const minimal: NetworkOptions = { inputSize: 4, layers: [{ units: 3 }] };

const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, epsilonInsideSqrt: false, epsilonHat: false };

/** Options with some replaced by values that the types forbid. */
function withOptions(changes: Record<string, unknown>): unknown {
  return { ...minimal, ...changes };
}

describe('resolveNetworkOptions', () => {
  it('fills in every default', () => {
    const { spec, backend, parameters } = resolveNetworkOptions(minimal);
    expect(spec).toEqual({
      inputSize: 4,
      layers: [{ units: 3, activation: 'identity', slope: 0, useBias: true, dropout: 0, factors: null }],
      inputScale: null,
      loss: 'mse',
      optimizer: {
        kind: 'adam',
        learningRate: 0.001,
        clipNorm: null,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        epsilonInsideSqrt: false,
        epsilonHat: false,
      },
      lossParameters: [],
      gemm: 'auto',
      precision: 'float32',
      l2: 0,
      labelSmoothing: 0,
      seed: expect.any(Number),
      threads: Math.min(availableParallelism(), 1024),
    });
    expect(backend).toBe('auto');
    expect(parameters).toBeUndefined();
    const { seed } = spec;
    expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
  });

  it('draws another seed each time', () => {
    const seeds = new Set(Array.from({ length: 20 }, () => resolveNetworkOptions(minimal).spec.seed));
    expect(seeds.size).toBeGreaterThan(15);
  });

  it.each([
    ['sgd', {}],
    ['momentum', { momentum: 0.9, nesterov: false }],
    ['momentumEma', { beta: 0.9 }],
    ['adam', adam],
    ['adamW', { ...adam, weightDecay: 0.01 }],
  ])('fills in the defaults of %s, by name and as an object', (kind, fields) => {
    const expected = { kind, learningRate: 0.001, clipNorm: null, ...fields };
    expect(resolveNetworkOptions(withOptions({ optimizer: kind })).spec.optimizer).toEqual(expected);
    expect(resolveNetworkOptions(withOptions({ optimizer: { kind } })).spec.optimizer).toEqual(expected);
  });

  it.each([
    ['softmax', 'crossEntropy'],
    ['sigmoid', 'bce'],
    ['identity', 'mse'],
    ['tanh', 'mse'],
    ['relu', 'mse'],
  ])('chooses the loss that suits %s', (activation, loss) => {
    const { spec } = resolveNetworkOptions(withOptions({ layers: [{ units: 3, activation }] }));
    expect(spec.loss).toBe(loss);
  });

  it('treats undefined as not given', () => {
    const absent = { loss: undefined, optimizer: undefined, l2: undefined, labelSmoothing: undefined };
    const layers = [{ units: 3, activation: undefined, dropout: undefined, initializer: undefined }];
    const seed = 1;
    expect(resolveNetworkOptions(withOptions({ ...absent, layers, seed }))).toEqual(
      resolveNetworkOptions(withOptions({ seed })),
    );
  });

  it('keeps the slope only for leakyRelu', () => {
    const layers = [
      { units: 3, activation: 'leakyRelu' },
      { units: 3, activation: 'leakyRelu', slope: 0.2 },
    ];
    expect(resolveNetworkOptions(withOptions({ layers })).spec.layers.map(({ slope }) => slope)).toEqual([
      0.01, 0.2,
    ]);
  });

  it('accepts dropout, label smoothing and an epsilon outside the bias correction', () => {
    const { spec } = resolveNetworkOptions({
      inputSize: 4,
      layers: [
        { units: 3, dropout: 0.5 },
        { units: 2, activation: 'softmax', dropout: 0 },
      ],
      labelSmoothing: 0.1,
      optimizer: { epsilonHat: true },
    });
    expect(spec.layers.map(({ dropout }) => dropout)).toEqual([0.5, 0]);
    expect(spec.labelSmoothing).toBe(0.1);
    expect(spec.optimizer).toMatchObject({ kind: 'adam', epsilonHat: true });
  });

  it('takes a scale of the inputs as a truth value or as factors', () => {
    const scaleOf = (inputScale: unknown) =>
      resolveNetworkOptions(withOptions({ inputScale })).spec.inputScale;
    expect(scaleOf(false)).toBeNull();
    expect(scaleOf(true)).toEqual({ learningRate: 1, weightDecay: 1, epsilon: 1 });
    expect(scaleOf({})).toEqual(scaleOf(true));
    expect(scaleOf({ learningRate: 6 })).toEqual({ learningRate: 6, weightDecay: 1, epsilon: 1 });
  });

  it('chooses the initializers by the activation, and accepts others', () => {
    const layers = [
      { units: 3, activation: 'relu' },
      { units: 3, activation: 'leakyRelu' },
      { units: 3, activation: 'tanh' },
      { units: 3, initializer: 'lecunNormal', biasInitializer: { kind: 'constant', value: 1 } },
      { units: 3, initializer: { kind: 'normal', standardDeviation: 2 }, biasInitializer: 'uniform' },
    ];
    const zeros = { kind: 'zeros' };
    expect(resolveNetworkOptions(withOptions({ layers })).initializers).toEqual([
      { weight: { kind: 'heNormal' }, bias: zeros },
      { weight: { kind: 'heNormal' }, bias: zeros },
      { weight: { kind: 'glorotUniform' }, bias: zeros },
      { weight: { kind: 'lecunNormal' }, bias: { kind: 'constant', value: 1 } },
      {
        weight: { kind: 'normal', mean: 0, standardDeviation: 2 },
        bias: { kind: 'uniform', minimum: -0.05, maximum: 0.05 },
      },
    ]);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ inputsize: 4 }, "unknown option 'inputsize' in the options of Network; did you mean 'inputSize'?"],
    [{ inputSize: 0 }, 'inputSize is 0, expected a whole number from 1'],
    [{ inputSize: '4' }, "inputSize is '4', expected a whole number"],
    [{ inputSize: 2.5 }, 'inputSize is 2.5'],
    [{ layers: [] }, 'layers is empty, expected an array of at least one layer'],
    [{ layers: { units: 1 } }, 'layers is an object, expected an array'],
    [{ layers: [3] }, 'layers[0] is 3, expected an object'],
    [{ layers: [{}] }, 'layers[0].units is undefined'],
    [{ layers: [{ units: -1 }] }, 'layers[0].units is -1'],
    [
      { layers: [{ units: 2 ** 31 - 1 }] },
      'layers[0] has 4 x 2147483647 weights, expected at most 2147483647',
    ],
    [{ layers: [{ units: 3, activation: 'ReLU' }] }, "did you mean 'relu'?"],
    [{ layers: [{ units: 3, activaton: 'relu' }] }, "'activaton' in layers[0]; did you mean 'activation'?"],
    [{ layers: [{ units: 3, useBias: 1 }] }, 'layers[0].useBias is 1, expected true or false'],
    [
      { layers: [{ units: 3, activation: 'relu', slope: 0.1 }] },
      "layers[0].slope goes with 'leakyRelu' only",
    ],
    [{ layers: [{ units: 3, activation: 'leakyRelu', slope: -1 }] }, 'layers[0].slope is -1'],
    [{ layers: [{ units: 3, activation: 'softmax' }, { units: 2 }] }, 'only the output layer can be softmax'],
    [
      { layers: [{ units: 1, activation: 'softmax' }] },
      "use 1 unit with 'sigmoid' and loss 'bce', or 2 units",
    ],
    [
      { loss: 'crossEntropy' },
      "needs the output activation 'softmax', got 'identity': use 'softmax', or loss 'mse'",
    ],
    [{ loss: 'bce' }, "needs the output activation 'sigmoid', got 'identity'"],
    [
      { loss: 'bce', layers: [{ units: 2, activation: 'softmax' }] },
      "use 'sigmoid', or loss 'crossEntropy', 'mse' or 'halfMse'",
    ],
    [{ loss: 'crossentropy' }, "did you mean 'crossEntropy'?"],
    [{ optimizer: 'adamw' }, "did you mean 'adamW'?"],
    [{ optimizer: 3 }, 'optimizer is 3, expected the name of an optimizer or an object'],
    [{ optimizer: null }, 'optimizer is null, expected an object'],
    [{ optimizer: { kind: 'sdg' } }, "optimizer.kind is 'sdg'"],
    [
      { optimizer: { kind: 'sgd', learningrate: 1 } },
      "'learningrate' in optimizer; did you mean 'learningRate'?",
    ],
    [{ optimizer: { kind: 'adam', momentum: 0.9 } }, "option 'momentum' does not go with optimizer 'adam'"],
    [
      { optimizer: { kind: 'adam', weightDecay: 0 } },
      "option 'weightDecay' does not go with optimizer 'adam'",
    ],
    [
      { optimizer: { kind: 'sgd', learningRate: -0.1 } },
      'optimizer.learningRate is -0.1, expected a number of at',
    ],
    [{ optimizer: { kind: 'sgd', learningRate: null } }, 'optimizer.learningRate is null'],
    [{ optimizer: { kind: 'sgd', learningRate: Number.NaN } }, 'optimizer.learningRate is NaN'],
    [{ optimizer: { kind: 'sgd', clipNorm: 0 } }, 'optimizer.clipNorm is 0, expected a number above 0'],
    [{ optimizer: { beta1: 1 } }, 'optimizer.beta1 is 1, expected a number from 0 to below 1'],
    [{ optimizer: { epsilon: 0 } }, 'optimizer.epsilon is 0, expected a number above 0'],
    [
      { optimizer: { kind: 'sgd', epsilonHat: true } },
      "option 'epsilonHat' does not go with optimizer 'sgd'",
    ],
    [{ layers: [{ units: 3, dropout: 1 }] }, 'layers[0].dropout is 1, expected a number from 0 to below 1'],
    [{ layers: [{ units: 3, dropout: 0.5 }] }, 'layers[0].dropout is 0.5, expected none in the output layer'],
    [{ layers: [{ units: 3, initializer: 'he' }] }, "layers[0].initializer is 'he', expected one of 'zeros'"],
    [{ layers: [{ units: 3, initializer: 'heNorml' }] }, "did you mean 'heNormal'?"],
    [{ layers: [{ units: 3, initializer: {} }] }, 'layers[0].initializer.kind is undefined, expected one of'],
    [
      { layers: [{ units: 3, initializer: 3 }] },
      'layers[0].initializer is 3, expected the name of an initializer or an object',
    ],
    [
      { layers: [{ units: 3, initializer: { kind: 'heNormal', mean: 1 } }] },
      "option 'mean' does not go with layers[0].initializer 'heNormal', which takes no options",
    ],
    [
      { layers: [{ units: 3, initializer: { kind: 'constant', value: 1e39 } }] },
      'layers[0].initializer.value is 1e+39, expected a number within the range of float32',
    ],
    [
      { layers: [{ units: 3, initializer: { kind: 'uniform', minimum: 1 } }] },
      'layers[0].initializer.maximum is 0.05, expected a number of at least minimum (1)',
    ],
    [
      { layers: [{ units: 3, useBias: false, biasInitializer: 'zeros' }] },
      'layers[0].biasInitializer is given for a layer without a bias',
    ],
    [
      { layers: [{ units: 3, initializer: 'zeros' }], parameters: [] },
      'layers[0].initializer is given beside parameters, expected one of them',
    ],
    [
      { labelSmoothing: 0.1 },
      "labelSmoothing is 0.1, which goes with loss 'crossEntropy' or 'bce' only, not with 'mse'",
    ],
    [{ labelSmoothing: 1 }, 'labelSmoothing is 1, expected a number from 0 to below 1'],
    [{ l2: -1 }, 'l2 is -1, expected a number of at least 0'],
    [{ l2: Number.POSITIVE_INFINITY }, 'l2 is Infinity'],
    [{ seed: -1 }, 'seed is -1, expected a whole number from 0 to 4294967295'],
    [{ seed: 2 ** 32 }, 'seed is 4294967296'],
    [{ threads: 0 }, 'threads is 0, expected a whole number from 1 to 1024'],
    [{ backend: 'gpu' }, "backend is 'gpu', expected one of 'auto', 'native', 'reference'"],
    [{ inputScale: 2 }, 'inputScale is 2, expected true, false or an object of factors'],
    [{ inputScale: null }, 'inputScale is null, expected true, false or an object of factors'],
    [{ inputScale: [1] }, 'inputScale is an array, expected true, false or an object of factors'],
    [{ inputScale: { learningRate: -1 } }, 'inputScale.learningRate is -1, expected a number of at least 0'],
    [{ inputScale: { rate: 1 } }, "unknown option 'rate' in inputScale"],
  ])('refuses %j', (changes, message) => {
    expectError(() => resolveNetworkOptions(withOptions(changes)), 'ERR_OPTION', message);
  });

  it('goes through describeNetwork unchanged', () => {
    const names = readdirSync(new URL('../golden', import.meta.url));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const { network, loss, l2, optimizer } = JSON.parse(
        readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8'),
      );
      expectSame(resolveNetworkOptions({ ...network, loss, l2, optimizer }).spec);
    }
    const layers: NetworkOptions['layers'] = [
      {
        units: 3,
        activation: 'leakyRelu',
        slope: 0.3,
        useBias: false,
        dropout: 0.25,
        factors: {
          weight: { learningRate: 0.5, weightDecay: 1, epsilon: 2 },
          bias: { learningRate: 1, weightDecay: 0, epsilon: 1 },
        },
      },
      { units: 1, activation: 'sigmoid' },
    ];
    const optimizer = { epsilonHat: true, clipNorm: 2 };
    expectSame(resolveNetworkOptions({ inputSize: 2, layers, labelSmoothing: 0.2, optimizer }).spec);
    expectSame(resolveNetworkOptions({ inputSize: 2, layers, inputScale: { epsilon: 3 } }).spec);
  });

  function expectSame(spec: NetworkSpec): void {
    const { seed } = spec;
    const description = JSON.parse(JSON.stringify(describeNetwork(spec)));
    expect(resolveNetworkOptions({ ...description, seed }).spec).toEqual(spec);
  }
});
