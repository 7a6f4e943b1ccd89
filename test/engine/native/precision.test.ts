// What CHAINRULE_PRODUCTS asks for is read when the addon loads, in this file's own process. Units that the CPU has
// compute the same to the tolerances: CHAINRULE_PRODUCTS=amx tries them.
process.env.CHAINRULE_PRODUCTS ||= 'emulated';
const unit = process.env.CHAINRULE_PRODUCTS;

import { describe, expect, it } from 'vitest';
import type { Backend, NetworkSpec, Precision } from '../../../src/engine/contract.js';
import { loadNativeBackend } from '../../../src/engine/native/native.js';
import { referenceBackend } from '../../../src/engine/reference/index.js';
import {
  adam,
  createNetwork,
  createSamples,
  createWeights,
  fitSpec,
  layer,
  networkSpec,
} from '../../conformance/networks.js';
import { trainingInPrecisions } from '../../conformance/precisions.js';
import { expectClose, type Tolerance } from '../../tolerance.js';

/** Both engines round and split the same operands; a product of bf16 may round another way after that. */
const tolerances: Record<Exclude<Precision, 'float32'>, Tolerance> = {
  bf16x3: { relative: 3e-5, floor: 1 },
  bf16: { relative: 1e-2, floor: 1 },
};

const optimizer = { ...adam, learningRate: 1e-3, epsilon: 1e-3 };
const specs: Record<string, NetworkSpec> = {
  'classification with l2': networkSpec(
    37,
    [layer(33, 'relu'), layer(64, 'tanh'), layer(10, 'softmax')],
    'crossEntropy',
    { optimizer, l2: 0.01 },
  ),
  'regression with dropout and a scale of the inputs': networkSpec(
    50,
    [{ ...layer(40, 'gelu'), dropout: 0.3 }, layer(3, 'identity')],
    'mse',
    { optimizer, inputScale: { learningRate: 3, weightDecay: 1, epsilon: 1 } },
  ),
  'labels without biases, clipped': networkSpec(
    20,
    [layer(70, 'silu', false), layer(5, 'sigmoid', false)],
    'bce',
    {
      optimizer: { ...optimizer, clipNorm: 0.1 },
    },
  ),
};
const ROWS = 77;

async function train(backend: Backend, spec: NetworkSpec) {
  const samples = { ...createSamples(spec, ROWS), weights: createWeights(ROWS) };
  const network = createNetwork(backend, spec);
  const { gradients, inputGradients } = network.lossAndGradients(samples, true);
  const losses: number[] = [];
  const fit = fitSpec({ epochs: 5, batchSize: 33, sampling: 'shuffle', seed: 7 });
  await network.fit(backend.createDataset(samples), fit, ({ loss }) => losses.push(loss)).done;
  return {
    products: network.products,
    gradients,
    inputGradients: inputGradients ?? [],
    losses,
    outputs: network.predict(samples.inputs, ROWS),
    parameters: network.getParameters(),
  };
}

const native = loadNativeBackend();
// Where our kernels have no blocks of 32 columns, products are float32.
const hasTiles = native.simd === 'AVX3';

describe.runIf(hasTiles).each(Object.entries(specs))('%s', (_, exact) => {
  it.each(['bf16x3', 'bf16'] as const)('trains as the reference engine does in %s', async (precision) => {
    const spec = { ...exact, precision };
    const expected = await train(referenceBackend, spec);
    const actual = await train(native, spec);
    const float32 = await train(native, exact);
    expect(float32.products).toEqual({ name: 'float32', reason: '' });
    expect(expected.products).toEqual({ name: `emulated-${precision}`, reason: '' });
    expect(actual.products).toEqual({ name: `${unit}-${precision}`, reason: '' });
    for (const what of ['gradients', 'inputGradients', 'losses', 'outputs', 'parameters'] as const) {
      expectClose(actual[what], expected[what], tolerances[precision], what);
      expect(actual[what]).not.toEqual(float32[what]);
    }
  });
});

// The conformance suite's, with tiles for networks that are too small for them otherwise.
describe.runIf(hasTiles)('over tiles', () => trainingInPrecisions(() => native));
