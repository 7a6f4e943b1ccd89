/** The golden cases through the public API, whose names their files use. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { type LayerParametersInput, Network, type NetworkOptions } from '../../src/index.js';
import { engines } from '../engines.js';
import {
  expectClose,
  forwardPass,
  lossCurve,
  normalisedTrajectory,
  type Tolerance,
  trajectory,
} from '../tolerance.js';

interface Tensors {
  weight: number[][];
  bias: number[];
}

interface Golden {
  name: string;
  network: Pick<NetworkOptions, 'inputSize' | 'layers'>;
  loss: NetworkOptions['loss'];
  l2: number;
  optimizer: NetworkOptions['optimizer'];
  sampleWeights: number[] | null;
  initial: LayerParametersInput[];
  inputs: number[][];
  targets: number[][];
  expected: {
    output: number[][];
    loss: number;
    gradients: Tensors[];
    losses: number[];
    parametersAfter: Record<string, Tensors[]>;
  };
}

const folder = new URL('../golden/', import.meta.url);
const goldens: Golden[] = readdirSync(folder).map((file) =>
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
);

function expectTensors(
  actual: readonly { weight: Float32Array; bias: Float32Array }[],
  expected: readonly Tensors[],
  what: string,
  tolerance: Tolerance = trajectory,
): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach(({ weight, bias }, l) => {
    expectClose(actual[l].weight, weight.flat(), tolerance, `${what}, weight ${l}`);
    expectClose(actual[l].bias, bias, tolerance, `${what}, bias ${l}`);
  });
}

describe.each(engines)('golden cases on the %s engine', (backend) => {
  it.each(goldens)('$name', ({ network, loss, l2, optimizer, sampleWeights, initial, expected, ...data }) => {
    const net = new Network({ ...network, loss, l2, optimizer, parameters: initial, backend });
    const { inputs, targets } = data;
    const options = { sampleWeight: sampleWeights };
    expectClose(net.predict(inputs), expected.output.flat(), forwardPass, 'output');
    const before = net.lossAndGradients(inputs, targets, options);
    expectClose(before.loss, expected.loss, forwardPass, 'loss');
    expectTensors(before.gradients, expected.gradients, 'gradients');
    const kind = typeof optimizer === 'object' ? optimizer.kind : optimizer;
    const afterSteps = kind === 'rmsprop' ? normalisedTrajectory : trajectory;
    const losses = expected.losses.map((_, i) => {
      const lossBefore = net.trainBatch(inputs, targets, options);
      const parameters = expected.parametersAfter[i + 1];
      if (parameters) expectTensors(net.getParameters(), parameters, `after step ${i + 1}`, afterSteps);
      return lossBefore;
    });
    expectClose(losses, expected.losses, lossCurve, 'losses');
  });
});
