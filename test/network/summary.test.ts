import { expect, it } from 'vitest';

import { Network } from '../../src/index.js';

const net = new Network({
  inputSize: 2,
  layers: [
    { units: 3, activation: 'relu', dropout: 0.5 },
    { units: 4, activation: 'tanh', useBias: false },
    { units: 1 },
  ],
  backend: 'reference',
});

it('has the shapes and the numbers of parameters', () => {
  const summary = net.summary();
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  expect(summary).toEqual({
    layers: [
      {
        activation: 'relu',
        inputs: 2,
        units: 3,
        weightShape: [3, 2],
        biasShape: [3],
        parameterCount: 9,
        dropout: 0.5,
      },
      {
        activation: 'tanh',
        inputs: 3,
        units: 4,
        weightShape: [4, 3],
        biasShape: null,
        parameterCount: 12,
        dropout: 0,
      },
      {
        activation: 'identity',
        inputs: 4,
        units: 1,
        weightShape: [1, 4],
        biasShape: [1],
        parameterCount: 5,
        dropout: 0,
      },
    ],
    inputScaleShape: null,
    parameterCount: 26,
  });
});

it('is a table as text', () => {
  expect(String(net.summary())).toBe(
    [
      'layer      activation         weight  bias  parameters',
      'layers[0]  relu, dropout 0.5  (3, 2)  (3)            9',
      'layers[1]  tanh               (4, 3)                12',
      'layers[2]  identity           (1, 4)  (1)            5',
      'total                                               26',
    ].join('\n'),
  );
});

it('has the scale of the inputs', () => {
  const scaled = new Network({
    inputSize: 2,
    layers: [{ units: 3 }],
    inputScale: true,
    backend: 'reference',
  });
  expect(scaled.parameterCount).toBe(11);
  expect(scaled.summary()).toMatchObject({ inputScaleShape: [2], parameterCount: 11 });
  expect(String(scaled.summary())).toBe(
    [
      'layer       activation  weight  bias  parameters',
      'inputScale              (2)                    2',
      'layers[0]   identity    (3, 2)  (3)            9',
      'total                                         11',
    ].join('\n'),
  );
});
