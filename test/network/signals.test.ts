import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type AbortSignalLike, Network } from '../../src/index.js';
import { runChild } from '../child.js';
import { engines } from '../engines.js';
import { expectRejection } from '../errors.js';

const x = [[1], [2]];
const y = [1, 2];

describe.each(engines)('signals, %s engine', (backend) => {
  const make = () => new Network({ inputSize: 1, layers: [{ units: 1 }], seed: 1, backend });
  const batches = () =>
    (async function* () {
      yield [x, y] as const;
    })();

  it.each([
    ['data', (net: Network, signal: AbortSignalLike) => net.fit(x, y, { epochs: 1e6, signal })],
    ['batches', (net: Network, signal: AbortSignalLike) => net.fit(batches, { epochs: 1e6, signal })],
  ])('that throw when they are listened to leave the network untouched: %s', async (_, fit) => {
    const error = new Error('no listeners');
    const signal = {
      aborted: false,
      addEventListener: () => {
        throw error;
      },
      removeEventListener: () => {},
    };
    const net = make();
    const before = String(net.getParameters()[0].weight);
    await expect(fit(net, signal)).rejects.toBe(error);
    await sleep(20);
    expect(String(net.getParameters()[0].weight)).toBe(before);
    expect(net.trainBatch(x, y)).toBeGreaterThan(0);
  });

  it('that throw when they are let go of do not take the history', async () => {
    const signal = {
      aborted: false,
      addEventListener: () => {},
      removeEventListener: () => {
        throw new Error('never');
      },
    };
    expect((await make().fit(x, y, { epochs: 3, signal })).epochs).toHaveLength(3);
  });

  it('of no kind are typed errors', async () => {
    const revoked = Object.create(AbortSignal.prototype);
    await expectRejection(make().fit(x, y, { signal: revoked }), 'ERR_OPTION', 'expected an AbortSignal');
  });

  it('have one listener, however many fits they end, and none afterwards', async () => {
    const stop = new AbortController();
    const fits = Array.from({ length: 30 }, (_, i) =>
      i % 3 === 0
        ? make().fit(batches, { epochs: 1e6, signal: stop.signal })
        : i % 3 === 1
          ? make().fit(x, y, { epochs: 1e6, signal: stop.signal })
          : make().fitStream(x, y, { epochs: 1e6, signal: stop.signal }).history,
    );
    await sleep(20);
    expect(getEventListeners(stop.signal, 'abort').length).toBeLessThanOrEqual(1);
    stop.abort();
    for (const { stoppedBy } of await Promise.all(fits)) expect(stoppedBy).toBe('aborted');
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });
});

it('no warning of Node is printed for many fits on one signal', async () => {
  const { stderr } = await runChild(`
    import { Network } from 'chainrule';
    const { signal } = new AbortController();
    const fit = () => new Network({ inputSize: 1, layers: [{ units: 1 }] }).fit([[1]], [1], { signal });
    await Promise.all(Array.from({ length: 50 }, fit));
  `);
  expect(stderr).toBe('');
});
