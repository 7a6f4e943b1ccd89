import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, MLPClassifier, Network, type NetworkOptions } from '../../src/index.js';
import { runChild } from '../child.js';
import { engines } from '../engines.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'chainrule-precision-'));
});
afterAll(() => rm(folder, { recursive: true }));

const options: NetworkOptions = {
  inputSize: 40,
  layers: [
    { units: 50, activation: 'tanh' },
    { units: 3, activation: 'softmax' },
  ],
  seed: 2,
};
const x = Float32Array.from({ length: 40 * 96 }, (_, i) => Math.sin(i * i));

describe.each(engines)('precision in the %s engine', (backend) => {
  it('is float32 by default', () => {
    const { products, productsReason } = new Network({ ...options, backend }).backend;
    expect([products, productsReason]).toEqual(['float32', undefined]);
  });

  it('refuses a precision that there is not', () => {
    expect(() => new Network({ ...options, backend, precision: 'bf16x2' as 'bf16' })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining("'bf16x3'") }),
    );
  });

  it('is saved with the network, and only if it is not the default', async () => {
    for (const precision of ['float32', 'bf16x3', 'bf16'] as const) {
      const file = path.join(folder, `${backend}-${precision}.safetensors`);
      const network = new Network({ ...options, backend, precision });
      await network.save(file);
      expect((await readFile(file, 'latin1')).includes('precision')).toBe(precision !== 'float32');
      const loaded = await Network.load(file, { backend });
      expect(loaded.predict(x)).toEqual(network.predict(x));
      expect(loaded.backend.products).toBe(network.backend.products);
    }
  });
});

describe('precision in the reference engine', () => {
  it('rounds the operands of products as it says', () => {
    const outputs = (precision: NetworkOptions['precision']) => {
      const network = new Network({
        inputSize: 2,
        layers: [{ units: 1 }],
        loss: 'mse',
        // Of 1 + 2^-9 and its like, bf16 keeps 1, two of them all.
        parameters: [{ weight: [[1 + 2 ** -9, 3]], bias: [2 ** -12] }],
        backend: 'reference',
        precision,
      });
      expect(network.backend.products).toBe(precision === 'float32' ? precision : `emulated-${precision}`);
      return network.predict([[1 - 2 ** -10, 1 + 2 ** -8]])[0];
    };
    const product = (1 + 2 ** -9) * (1 - 2 ** -10);
    expect(outputs('float32')).toBe(Math.fround(product + 3 * (1 + 2 ** -8) + 2 ** -12));
    // 1 + 2^-8 lies halfway: to even.
    expect(outputs('bf16')).toBe(4 + 2 ** -12);
    // Only low times low is missing.
    expect(outputs('bf16x3')).toBeCloseTo(product + 2 ** -19 + 3 * (1 + 2 ** -8) + 2 ** -12, 6);
  });
});

it('reaches the networks of an estimator and their file', async () => {
  const model = new MLPClassifier({
    precision: 'bf16',
    hiddenLayers: [4],
    members: 1,
    epochs: 1,
    seed: 1,
    backend: 'reference',
  });
  const rows = Array.from({ length: 40 }, (_, i) => ({ a: i, b: (i * 7) % 11 }));
  await model.fit(
    rows,
    rows.map(({ a }) => (a < 20 ? 'low' : 'high')),
  );
  const file = path.join(folder, 'estimator.safetensors');
  await model.save(file);
  expect(await readFile(file, 'latin1')).toMatch(/precision\W+bf16/);
  const loaded = await MLPClassifier.load(file, { backend: 'reference' });
  expect(loaded.predictProbability(rows)).toEqual(model.predictProbability(rows));
});

it.runIf(engines.includes('native'))('changes no bit of a network that stays in float32', async () => {
  const train = async (precision: NetworkOptions['precision']) => {
    const network = new Network({ ...options, backend: 'native', precision });
    expect(network.backend.products).toBe('float32');
    const { epochs } = await network.fit(
      x,
      Int32Array.from({ length: 96 }, (_, i) => i % 3),
      { epochs: 3 },
    );
    return [epochs.map(({ loss }) => loss), network.getParameters(), network.predict(x)];
  };
  const expected = await train('float32');
  expect(await train('bf16x3')).toEqual(expected);
  expect(await train('bf16')).toEqual(expected);
});

// Where our kernels have no blocks of 32 columns, products are float32.
const hasTiles = backend().simd === 'AVX3';

describe.runIf(engines.includes('native'))('CHAINRULE_PRODUCTS', () => {
  const ask = (precision: string) => `
    import { Network } from 'chainrule';
    const layers = [{ units: 3, activation: 'relu' }, { units: 2, activation: 'softmax' }];
    const { products, productsReason } = new Network({
      inputSize: 4, layers, precision: '${precision}', backend: 'native',
    }).backend;
    console.log(products + ': ' + productsReason);
  `;

  it('forces float32', async () => {
    const { stdout } = await runChild(ask('bf16'), { CHAINRULE_PRODUCTS: 'float32' });
    expect(stdout.trim()).toBe('float32: CHAINRULE_PRODUCTS is float32');
  });

  it('is not needed for a small network to stay in float32', async () => {
    const { stdout } = await runChild(ask('bf16'));
    expect(stdout).toMatch(/^float32: ./);
  });

  it('does not matter to a network in float32', async () => {
    const { stdout } = await runChild(ask('float32'), { CHAINRULE_PRODUCTS: 'emulated' });
    expect(stdout.trim()).toBe('float32: undefined');
  });

  it('leads to the same bits in workers that train at once in different precisions', async () => {
    const train = `
      import { parentPort, workerData as precision } from 'node:worker_threads';
      import { Network } from 'chainrule';
      const layers = [{ units: 70, activation: 'relu' }, { units: 3, activation: 'softmax' }];
      const net = new Network({ inputSize: 50, layers, seed: 1, precision, backend: 'native' });
      const x = Float32Array.from({ length: 50 * 200 }, (_, i) => Math.sin(i * i));
      await net.fit(x, Int32Array.from({ length: 200 }, (_, i) => i % 3), { epochs: 20 });
      const { createHash } = await import('node:crypto');
      const hash = createHash('sha256');
      for (const { weight } of net.getParameters()) hash.update(weight);
      parentPort.postMessage([precision, net.backend.products, hash.digest('hex')]);
    `;
    const { stdout, stderr } = await runChild(
      `
      import { once } from 'node:events';
      import { Worker } from 'node:worker_threads';
      const train = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(train)}
        .replaceAll("'chainrule'", JSON.stringify(import.meta.resolve('chainrule')))));
      const result = async (workerData) => (await once(new Worker(train, { workerData }), 'message'))[0];
      const precisions = ['float32', 'bf16x3', 'bf16'];
      const alone = [];
      for (const precision of precisions) alone.push(await result(precision));
      const together = await Promise.all([...precisions, ...precisions].map(result));
      console.log(JSON.stringify({ alone, together }));
      process.exit();`,
      { CHAINRULE_PRODUCTS: 'emulated' },
    );
    expect(stderr).toBe('');
    const { alone, together } = JSON.parse(stdout);
    expect(together).toEqual([...alone, ...alone]);
    expect(new Set(alone.map(([, , bits]: string[]) => bits)).size).toBe(hasTiles ? 3 : 1);
  });

  it('refuses a name that there is not', async () => {
    const { status, stderr } = await runChild(ask('bf16'), { CHAINRULE_PRODUCTS: 'fp8' });
    expect(status).toBe(1);
    expect(stderr).toContain("CHAINRULE_PRODUCTS: there are no products named 'fp8'");
    expect(stderr).toContain('ERR_BACKEND');
  });
});
