import { describe, expect, test } from 'vitest';
import { runChild } from '../child.js';

/** Source text that makes `count` things in one turn, and prints by how much the process has grown at most, in MB. */
const grow = (count: number, make: string) => `
  import { Dataset, Network } from 'chainrule';
  const x = new Float32Array(4096), y = new Int32Array(64);
  const layers = [{ units: 64, activation: 'relu' }, { units: 10, activation: 'softmax' }];
  new Network({ inputSize: 64, layers, backend: 'native' }).trainBatch(x, y);
  const before = process.memoryUsage().rss;
  let most = 0;
  for (let i = 0; i < ${count}; i++) {
    ${make}
    if (i % 20 === 0) most = Math.max(most, process.memoryUsage().rss);
  }
  console.log(Math.round((most - before) / 2 ** 20));
`;

// Node runs finalizers after the turn. Kept until then, these are 740 MB, 1.2 GB and 1.2 GB.
describe('what is dropped in a synchronous loop is freed in it', () => {
  test('small networks', async () => {
    const make = `new Network({ inputSize: 64, layers, backend: 'native' }).trainBatch(x, y);`;
    const { stdout, stderr } = await runChild(grow(5000, make));
    expect(stderr).toBe('');
    expect(Number(stdout)).toBeLessThan(300);
  });

  test('large networks', async () => {
    const make = `new Network({ inputSize: 1000, layers: [{ units: 1000, initializer: 'zeros' }], backend: 'native' });`;
    const { stdout, stderr } = await runChild(grow(100, make));
    expect(stderr).toBe('');
    expect(Number(stdout)).toBeLessThan(300);
  });

  test('datasets', async () => {
    const make = `
      const data = new Dataset(new Float32Array(3e6), new Int32Array(3e4), { inputSize: 100 });
      new Network({ inputSize: 100, layers, backend: 'native' }).fit(data, { epochs: 1, signal: AbortSignal.abort() });`;
    const { stdout, stderr } = await runChild(grow(100, make));
    expect(stderr).toBe('');
    expect(Number(stdout)).toBeLessThan(300);
  });
});
