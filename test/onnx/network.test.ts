import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { activationNames } from '../../src/engine/kinds.js';
import { Network, type NetworkOptions } from '../../src/index.js';
import { hiddenActivations } from '../conformance/arbitrary.js';
import { engines } from '../engines.js';
import { expectError } from '../errors.js';
import { expectClose, forwardPass } from '../tolerance.js';
import { runNetwork } from './runtime.js';

const rows = 9;
const inputsOf = (network: Network) =>
  Float32Array.from({ length: rows * network.inputSize }, (_, i) => 4 * Math.sin(i * i + 1));

async function expectSame(options: NetworkOptions): Promise<void> {
  const network = new Network(options);
  const x = inputsOf(network);
  expectClose(await runNetwork(network.toONNX(), x, rows), network.predict(x), forwardPass, 'outputs');
}

describe.each(engines)('a network of the %s engine in ONNX Runtime', (backend) => {
  it.each(activationNames)('has the same outputs: %s', async (activation) => {
    const hidden = activation === 'softmax' ? 'tanh' : activation;
    const biasInitializer = { kind: 'normal', standardDeviation: 1 } as const;
    const layers = [
      { units: 7, activation: hidden, biasInitializer },
      { units: 5, activation: hidden, useBias: false },
      { units: 3, activation, biasInitializer },
    ];
    await expectSame({
      inputSize: 4,
      layers,
      loss: activation === 'softmax' ? 'crossEntropy' : 'mse',
      backend,
      seed: 1,
    });
  });

  it('has them with a trained scale of the inputs and a slope of its own', async () => {
    const layers = [{ units: 8, activation: 'leakyRelu' as const, slope: 0.3 }, { units: 2 }];
    const network = new Network({ inputSize: 3, layers, inputScale: true, backend, seed: 2 });
    const x = inputsOf(network);
    for (let step = 0; step < 20; step++) network.trainBatch(x, new Float32Array(2 * rows).fill(3));
    expect(network.getParameters()[0].scale).not.toEqual(new Float32Array(3).fill(1));
    expectClose(await runNetwork(network.toONNX(), x, rows), network.predict(x), forwardPass, 'outputs');
  });
});

it('networks of any shape have the same outputs in ONNX Runtime', async () => {
  const layer = fc.record({
    units: fc.integer({ min: 1, max: 20 }),
    activation: fc.constantFrom(...hiddenActivations),
    useBias: fc.boolean(),
  });
  const shapes = fc.record({
    inputSize: fc.integer({ min: 1, max: 12 }),
    layers: fc.array(layer, { minLength: 1, maxLength: 4 }),
    inputScale: fc.boolean(),
    seed: fc.nat(1000),
  });
  await fc.assert(
    fc.asyncProperty(shapes, (options) => expectSame({ ...options, loss: 'mse' })),
    { numRuns: 25, seed: 5 },
  );
});

describe('the file', () => {
  const options = {
    inputSize: 2,
    layers: [{ units: 3, activation: 'relu' }, { units: 1 }],
    seed: 3,
  } as const;

  it('takes any number of rows', async () => {
    const session = await ort.InferenceSession.create(new Network(options).toONNX());
    const shapes = [...session.inputMetadata, ...session.outputMetadata].map((each) => ({ ...each }));
    expect(shapes).toMatchObject([
      { name: 'x', type: 'float32', shape: ['N', 2] },
      { name: 'output', type: 'float32', shape: ['N', 1] },
    ]);
    for (const count of [1, 0, 1000]) {
      const x = new ort.Tensor('float32', new Float32Array(2 * count), [count, 2]);
      expect((await session.run({ x })).output.dims).toEqual([count, 1]);
    }
    await session.release();
  });

  it('has the same bytes every time, and others after training', () => {
    const network = new Network(options);
    const bytes = network.toONNX();
    expect(network.toONNX()).toEqual(bytes);
    expect(new Network(options).toONNX()).toEqual(bytes);
    network.trainBatch([[1, 2]], [[3]]);
    expect(network.toONNX()).not.toEqual(bytes);
  });

  it('is not to be had during a fit or from a disposed network', async () => {
    const network = new Network(options);
    const fit = network.fit([[1, 2]], [[3]], { epochs: 2 });
    expectError(() => network.toONNX(), 'ERR_BUSY', 'toONNX');
    await fit;
    network.dispose();
    expectError(() => network.toONNX(), 'ERR_DISPOSED', 'disposed');
  });
});
