import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { engines } from '../engines.js';
import { createClassifier, x, y } from './classifier.js';

describe.each(engines)('onEpoch on the %s engine', (backend) => {
  const create = () => createClassifier(backend);
  const flat = (net: ReturnType<typeof create>) =>
    net.getParameters().flatMap(({ weight, bias }) => [...weight, ...(bias ?? [])]);

  it('sees the network as it is after its epoch', async () => {
    const seen: number[][] = [];
    const net = create();
    await net.fit(x, y, { epochs: 8, onEpoch: () => seen.push(flat(net)) });
    for (const epochs of [1, 5, 8]) {
      const other = create();
      await other.fit(x, y, { epochs });
      expect(flat(other)).toEqual(seen[epochs - 1]);
    }
  });

  it('is waited for, with the network unchanged, if it returns a promise', async () => {
    const net = create();
    let changed = 0;
    let running = 0;
    await net.fit(x, y, {
      epochs: 4,
      onEpoch: async () => {
        expect(++running).toBe(1);
        const before = flat(net);
        await sleep(15);
        if (String(flat(net)) !== String(before)) changed++;
        running--;
      },
    });
    expect(changed).toBe(0);
  });

  it.each([1, 7, 40])('ends the fit after epoch %i and no other, when it aborts there', async (last) => {
    const aborting = new AbortController();
    const net = create();
    const { epochs, stoppedBy } = await net.fit(x, y, {
      epochs: 100_000,
      signal: aborting.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === last) aborting.abort();
      },
    });
    expect([epochs.length, stoppedBy]).toEqual([last, 'aborted']);
    const other = create();
    await other.fit(x, y, { epochs: last });
    expect(flat(net)).toEqual(flat(other));
  });

  it('may be a promise that is not one of the language', async () => {
    const net = create();
    let resolved = 0;
    const thenable = () => ({
      // biome-ignore lint/suspicious/noThenProperty: a promise of another library
      then: (done: () => void) => {
        resolved++;
        setTimeout(done, 5);
      },
    });
    await net.fit(x, y, { epochs: 3, onEpoch: thenable });
    expect(resolved).toBe(3);
  });

  it('may begin and await other fits, even where as many wait as there are cores', async () => {
    const inner = async () => {
      await create().fit(x, y, { epochs: 2 });
    };
    const fits = Array.from({ length: 8 }, () => create().fit(x, y, { epochs: 2, onEpoch: inner }));
    const ends = await Promise.all(fits);
    expect(ends.map(({ epochs }) => epochs.length)).toEqual(Array(8).fill(2));
  });

  it('runs in the asynchronous context of the call of fit', async () => {
    const storage = new AsyncLocalStorage<number>();
    const seen: unknown[] = [];
    const fit = (request: number) =>
      storage.run(request, () =>
        create().fit(x, y, { onEpoch: () => seen.push([request, storage.getStore()]) }),
      );
    await Promise.all([1, 2, 3].map(fit));
    expect(seen.sort()).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });
});
