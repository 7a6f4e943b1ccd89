import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ChainruleError, Network } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError } from '../errors.js';
import { expectClose, exportedModel } from '../tolerance.js';
import { recordedFile, recordedModels } from './recorded.js';

const recorded = recordedModels('brain');
const textOf = (file: string) => readFileSync(recordedFile('brain', file), 'utf8');
const jsonOf = (file: string) => JSON.parse(textOf(file));

describe.each(engines)('on the %s engine', (backend) => {
  it.each(recorded)('$file predicts as with $source', ({ file, inputs, outputs }) => {
    const network = Network.fromBrain(textOf(file), { backend, loss: 'mse' });
    expectClose(network.predict(inputs), outputs.flat(), exportedModel, 'outputs');
    expect(Network.fromBrain(jsonOf(file), { backend, loss: 'mse' }).predict(inputs)).toEqual(
      network.predict(inputs),
    );
  });
});

describe('a network from brain.js', () => {
  it('can be trained further', async () => {
    const network = Network.fromBrain(jsonOf('v2-NeuralNetwork-tanh.json'), { seed: 1 });
    const x = [
      [1, 0, 0, 0],
      [0, 1, 0, 1],
    ];
    const y = [
      [1, -1],
      [-1, 1],
    ];
    const before = network.evaluate(x, y).loss;
    await network.fit(x, y, { epochs: 200 });
    expect(network.evaluate(x, y).loss).toBeLessThan(before / 4);
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{"layers": [', 'is not valid JSON'],
    ['no object', '[1]', 'is an array, expected an object'],
    ['another kind of network', { type: 'LSTM', layers: [] }, "is of a 'LSTM', expected 'NeuralNetwork'"],
    ['an untrained network', { sizes: [], layers: [] }, 'at least 2, or the network was not trained'],
    [
      'another activation',
      { ...jsonOf('v1-NeuralNetwork-tanh.json'), activation: 'sine' },
      "'sine', expected 'sigmoid'",
    ],
    [
      'a weight that is missing',
      { layers: [{ a: {}, b: {} }, { 0: { bias: 1, weights: { a: 1 } } }] },
      "the weight of 'b' in layers[1] is undefined",
    ],
    [
      'a weight of NaN',
      { layers: [{}, { weights: [[Number.NaN]], biases: [1] }] },
      'weights of layers[1] is NaN',
    ],
    [
      'rows of different lengths',
      { layers: [{}, { weights: [[1], [1, 2]], biases: [1, 2] }] },
      'as many weights for each unit',
    ],
    [
      'layers that do not fit',
      { layers: [{}, { weights: [[1]], biases: [1] }, { weights: [[1, 2]], biases: [1] }] },
      'takes 2 columns, but what comes before it has 1',
    ],
  ])('is refused for %s', (_, json, part) => {
    expectError(() => Network.fromBrain(json as object), 'ERR_FILE', part);
  });

  it('is refused or loaded with anything in its JSON replaced', () => {
    for (const { file } of recorded.slice(0, 9)) {
      const keys = ['type', 'sizes', 'layers', 'activation', 'trainOpts', 'options', 'leakyReluAlpha'];
      for (const key of keys) {
        for (const value of [
          null,
          -1,
          'x',
          {},
          [],
          [{}, {}],
          [1, 2],
          [{ 0: 1 }, { 0: 1 }],
          [{ weights: 1 }, { weights: [[]], biases: [] }],
        ]) {
          try {
            Network.fromBrain({ ...jsonOf(file), [key]: value }).dispose();
          } catch (error) {
            if (!(error instanceof ChainruleError) || error.code !== 'ERR_FILE') throw error;
          }
        }
      }
    }
  });
});
