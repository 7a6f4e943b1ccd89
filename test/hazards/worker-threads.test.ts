import { describe, expect, test } from 'vitest';
import { longFit, runChild } from '../child.js';

const worker = (code: string) => `
  import { Worker } from 'node:worker_threads';
  const source = ${JSON.stringify(`${longFit}\n${code}`)};
  const start = () => new Worker(
    new URL('data:text/javascript,' + encodeURIComponent(source.replace("'chainrule'",
      JSON.stringify(import.meta.resolve('chainrule'))))));
`;

describe('worker threads', () => {
  test('each trains on its own, to the same bits', async () => {
    const { status, stdout, stderr } = await runChild(`${worker(`
      import { parentPort } from 'node:worker_threads';
      const net = makeNetwork();
      await startFit(net, { epochs: 2 });
      parentPort.postMessage(net.predict(x.subarray(0, 64)).join());
    `)}
      const answers = await Promise.all(Array.from({ length: 4 }, () =>
        new Promise((resolve, reject) => start().on('message', resolve).on('error', reject))));
      console.log(new Set(answers).size);
    `);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '1\n', stderr: '' });
  });
});
