import { getEventListeners } from 'node:events';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Network } from '../../src/network/network.js';
import { engines } from '../engines.js';
import { expectError, expectRejection } from '../errors.js';
import { createClassifier, rows, x, y } from './classifier.js';

describe.each(engines)('a running fit on the %s engine', (backend) => {
  const create = () => createClassifier(backend);

  it('takes no step when the signal was aborted before', async () => {
    const net = create();
    const before = net.getParameters();
    const history = await net.fit(x, y, { epochs: 5, signal: AbortSignal.abort() });
    expect(history).toEqual({ epochs: [], stoppedBy: 'aborted' });
    expect(net.getParameters()).toEqual(before);
  });

  it('ends when the signal is aborted and leaves no listener on it', async () => {
    const controller = new AbortController();
    const net = create();
    const before = net.getParameters();
    const history = await net.fit(x, y, {
      epochs: 200_000,
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 3) controller.abort();
      },
    });
    expect(history.stoppedBy).toBe('aborted');
    expect(history.epochs.length).toBeGreaterThanOrEqual(3);
    expect(net.getParameters()).not.toEqual(before);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('ends and rejects with what onEpoch throws', async () => {
    const controller = new AbortController();
    const net = create();
    const fault = new Error('thrown by the callback');
    const fitting = net.fit(x, y, {
      epochs: 200_000,
      signal: controller.signal,
      onEpoch: () => {
        throw fault;
      },
    });
    await expect(fitting).rejects.toBe(fault);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect((await net.fit(x, y)).stoppedBy).toBe('epochs');
  });

  it('ends and rejects with what a promise of onEpoch rejects with, and calls it no more', async () => {
    const net = create();
    const fault = new Error('rejected by the callback');
    let calls = 0;
    const fitting = net.fit(x, y, {
      epochs: 200_000,
      onEpoch: async () => {
        calls++;
        await setImmediate();
        throw fault;
      },
    });
    await expect(fitting).rejects.toBe(fault);
    const callsOfFit = calls;
    expect((await net.fit(x, y)).stoppedBy).toBe('epochs');
    expect(calls).toBe(callsOfFit);
  });

  it('resolves after the promises of onEpoch', async () => {
    let done = 0;
    const onEpoch = async () => {
      await sleep(20);
      done++;
    };
    await create().fit(x, y, { epochs: 3, onEpoch });
    expect(done).toBe(3);
    const late = new Error('rejected after the last epoch');
    const rejecting = create().fit(x, y, { onEpoch: () => sleep(20).then(() => Promise.reject(late)) });
    await expect(rejecting).rejects.toBe(late);
  });

  it('has the network for itself, but lets it be read', async () => {
    const net = create();
    const fitting = net.fit(x, y, { epochs: 20 });
    await expectRejection(net.fit(x, y), 'ERR_BUSY', 'fit was called while fit trains the network');
    await expectRejection(net.save('never.safetensors'), 'ERR_BUSY', 'save was called while fit trains');
    expectError(() => net.trainBatch(x, y), 'ERR_BUSY', 'trainBatch was called while');
    expectError(() => net.setParameters(net.getParameters()), 'ERR_BUSY', 'setParameters was called while');
    expect(net.predict(x)).toHaveLength(rows * 2);
    expect(await net.predictAsync(x)).toHaveLength(rows * 2);
    expect(net.evaluate(x, y).loss).toBeGreaterThan(0);
    expect(net.lossAndGradients(x, y).loss).toBeGreaterThan(0);
    await fitting;
    expect(net.trainBatch(x, y)).toBeGreaterThan(0);
  });

  it('hears of an abort by a function among its options', async () => {
    const controller = new AbortController();
    const network = new Network({ inputSize: 1, layers: [{ units: 1 }], backend });
    const order = () => {
      controller.abort();
      return [0, 1];
    };
    const { signal } = controller;
    const history = await network.fit([[1], [2]], [1, 2], { epochs: 1e6, signal, order: order as never });
    expect(history.stoppedBy).toBe('aborted');
  });

  it('has the network for itself from the call on, whatever its options call', async () => {
    const network = new Network({ inputSize: 1, layers: [{ units: 1 }], backend });
    const x = [[1], [2]];
    const codes: string[] = [];
    const attempt = (action: () => unknown) => {
      try {
        action();
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    };
    let inner: Promise<unknown> | undefined;
    const order = () => {
      attempt(() => network.trainBatch(x, [1, 2]));
      inner ??= network.fit(x, [1, 2]).catch((error) => codes.push(error.code));
      return [0, 1];
    };
    await network.fit(x, [1, 2], { order });
    await inner;
    expect(codes).toEqual(['ERR_BUSY', 'ERR_BUSY']);
    // It is free again, also after a fit that failed before it began.
    await expect(network.fit(x, [1, 2], { order: () => [7] })).rejects.toMatchObject({ code: 'ERR_DATA' });
    expect((await network.fit(x, [1, 2])).stoppedBy).toBe('epochs');
  });

  it('does not begin if an option disposes of the network', async () => {
    const network = new Network({ inputSize: 1, layers: [{ units: 1 }], backend });
    const order = () => {
      network.dispose();
      return [0, 1];
    };
    const history = await network.fit([[1], [2]], [1, 2], { epochs: 1e6, order: order as never });
    expect(history.stoppedBy).toBe('aborted');
    expect(() => network.getParameters()).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }));
  });

  it('stops when the network is disposed of', async () => {
    const net = create();
    const fitting = net.fit(x, y, { epochs: 200_000 });
    net.dispose();
    expect((await fitting).stoppedBy).toBe('aborted');
    expectError(() => net.predict(x), 'ERR_DISPOSED', 'the network was disposed of');
  });
});
