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

  test('may be terminated in the middle of a fit, 50 times over', async () => {
    const { status, stdout, stderr } = await runChild(`${worker(`
      import { parentPort } from 'node:worker_threads';
      startFit(makeNetwork(), { onEpoch: () => {} });
      makeNetwork(2).predictAsync(x);
      parentPort.postMessage('started');
    `)}
      let terminated = 0;
      for (let round = 0; round < 10; round++) {
        await Promise.all(Array.from({ length: 5 }, (_, i) => new Promise((resolve, reject) => {
          const thread = start();
          thread.on('error', reject);
          thread.on('message', () => setTimeout(() => thread.terminate(), 3 * i));
          thread.on('exit', () => { terminated++; resolve(); });
        })));
      }
      console.log(terminated);
    `);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '50\n', stderr: '' });
  }, 60_000);
});
