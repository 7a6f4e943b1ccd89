import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadNativeBackend } from '../../src/engine/native/native.js';
import { adam, createNetwork, createSamples, fitSpec, layer, networkSpec } from '../conformance/networks.js';

const isBuilt = existsSync(fileURLToPath(new URL('../../build/Release/chainrule.node', import.meta.url)));
const MB = 2 ** 20;

// V8 decides when to collect a handle by the memory reported for it: a network is more than its weights.
test.runIf(isBuilt)(
  'the garbage collector knows how much memory a network holds, and dispose frees it at once',
  async () => {
    const backend = loadNativeBackend();
    // Few weights, large activations.
    const spec = networkSpec(4, [layer(2000, 'relu'), layer(2, 'softmax')], 'crossEntropy', {
      optimizer: adam,
    });
    // V8 counts array buffers in both.
    const told = () => backend.memory().reported - process.memoryUsage().external;
    const held = () => backend.memory().bytes;
    const [toldBefore, heldBefore] = [told(), held()];
    const expectGrowth = (from: number, least: number) => {
      expect(held() - heldBefore).toBeGreaterThan(from + least);
      expect(Math.abs(told() - toldBefore - (held() - heldBefore))).toBeLessThan(2 * MB);
      return held() - heldBefore;
    };

    const network = createNetwork(backend, spec);
    const samples = createSamples(spec, 2048);
    let now = expectGrowth(0, 3 * 4 * network.parameterCount);
    network.predict(samples.inputs.subarray(0, 4 * 256), 256);
    now = expectGrowth(now, 3 * MB);
    await network.predictAsync(samples.inputs, 2048);
    now = expectGrowth(now, 3 * MB);
    const dataset = backend.createDataset(samples);
    await network.fit(dataset, fitSpec({ epochs: 1, batchSize: 1024 }), () => {}).done;
    now = expectGrowth(now, 12 * MB);
    network.trainBatch(samples);
    now = expectGrowth(now, 12 * MB);
    network.dispose();
    dataset.dispose();
    expect(held()).toBe(heldBefore);
    expect(Math.abs(told() - toldBefore)).toBeLessThan(2 * MB);

    // Also if the last report comes from a fit of which nothing is left.
    const short = createNetwork(backend, spec);
    const rows = backend.createDataset(samples);
    const fit = short.fit(rows, fitSpec({ epochs: 1, batchSize: 2048 }), () => {});
    short.dispose();
    await fit.done;
    rows.dispose();
    expect(held()).toBe(heldBefore);
    expect(Math.abs(told() - toldBefore)).toBeLessThan(2 * MB);
  },
);
