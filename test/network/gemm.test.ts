import { describe, expect, it } from 'vitest';
import { Network, type NetworkOptions } from '../../src/index.js';
import { runChild } from '../child.js';

const options: NetworkOptions = {
  inputSize: 40,
  layers: [
    { units: 50, activation: 'tanh' },
    { units: 3, activation: 'softmax' },
  ],
  seed: 2,
  backend: 'native',
};
const x = Float32Array.from({ length: 40 * 96 }, (_, i) => Math.sin(i * i));
const y = Int32Array.from({ length: 96 }, (_, i) => i % 3);

async function train(gemm: NetworkOptions['gemm'], threads = 1): Promise<Float32Array> {
  using network = new Network({ ...options, gemm, threads });
  expect(network.backend.gemm).toBe(gemm);
  await network.fit(x, y, { epochs: 5, batchSize: 32 });
  return network.getParameters()[0].weight;
}

describe('gemm', () => {
  it('trains the same network with OpenBLAS but for rounding', async () => {
    const own = await train('own');
    const openblas = await train('openblas');
    expect(openblas).not.toEqual(own);
    for (const [i, weight] of own.entries()) expect(Math.abs(openblas[i] - weight)).toBeLessThan(1e-5);
  });

  it('gives the same bits on any number of threads', async () => {
    const one = await train('openblas');
    for (const threads of [2, 3]) expect(await train('openblas', threads)).toEqual(one);
  });

  it("is chainrule's own by default", () => {
    using network = new Network(options);
    expect(network.backend.gemm).toBe('own');
  });

  it('of the reference engine is its own, and nothing else can be asked of it', () => {
    using network = new Network({ ...options, backend: 'reference', gemm: 'own' });
    expect(network.backend.gemm).toBe('own');
    expect(() => new Network({ ...options, backend: 'reference', gemm: 'openblas' })).toThrow(
      expect.objectContaining({ code: 'ERR_BACKEND', message: expect.stringContaining('OpenBLAS') }),
    );
  });

  it('refuses another provider', () => {
    expect(() => new Network({ ...options, gemm: 'mkl' as 'own' })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining("'openblas'") }),
    );
  });

  const ask = `
    import { backend, Network } from 'chainrule';
    const layers = [{ units: 2, activation: 'tanh' }];
    const gemm = (options) => new Network({ inputSize: 2, layers, ...options }).backend.gemm;
    console.log(backend().gemm, gemm({}), gemm({ gemm: 'own' }), gemm({ backend: 'reference' }));
  `;

  it('is decided by CHAINRULE_GEMM instead of auto only', async () => {
    const { stdout } = await runChild(ask, { CHAINRULE_GEMM: 'openblas' });
    expect(stdout.trim()).toBe('openblas openblas own own');
  });

  it('refuses another CHAINRULE_GEMM', async () => {
    const { status, stderr } = await runChild(ask, { CHAINRULE_GEMM: 'mkl' });
    expect(status).toBe(1);
    expect(stderr).toContain("CHAINRULE_GEMM is 'mkl', expected one of 'auto', 'own', 'openblas'");
  });
});
