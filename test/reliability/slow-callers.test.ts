// Code of the caller that is slow or never comes to an end: a fit that is asked to end does so all the same.
import { mkdtempSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MLPRegressor } from '../../src/estimators/regressor.js';
import type { Batch } from '../../src/network/batches.js';
import type { FitOptions } from '../../src/network/fit-options.js';
import type { History } from '../../src/network/history.js';
import type { Network } from '../../src/network/network.js';
import { engines } from '../engines.js';
import { inBatches, makeData, regressor } from '../network/in-batches.js';

const never = () => new Promise<never>(() => {});
const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const failsAfter = (milliseconds: number) => async () => {
  await wait(milliseconds);
  throw new Error('mine');
};
const newFolder = () => path.join(mkdtempSync(path.join(tmpdir(), 'chainrule-slow-')), 'state');

type Fit = (more: FitOptions) => Promise<History>;

/** Ways to end a fit that hangs once `hung` resolves. Each resolves with its history. */
const ends: Record<string, (net: Network, fit: Fit, hung: Promise<void>) => Promise<History>> = {
  'a signal': async (_, fit, hung) => {
    const stop = new AbortController();
    const fitting = fit({ signal: stop.signal });
    await hung;
    stop.abort();
    return fitting;
  },
  maxTimeMs: (_, fit) => fit({ maxTimeMs: 500 }),
  dispose: async (net, fit, hung) => {
    const fitting = fit({});
    await hung;
    net.dispose();
    return fitting;
  },
};

/** A promise, and what resolves it. */
function signalled(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** So soon a fit has to end that would hang for ever. The machine may be busy. */
const SOON_MS = 4000;
const why = (end: string) => (end === 'maxTimeMs' ? 'maxTime' : 'aborted');

/** Milliseconds that `work` takes. */
async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await work;
  return [result, performance.now() - start];
}

for (const backend of engines) {
  describe(`slow callers, ${backend}`, () => {
    const { x, y } = makeData(100);

    it.each(Object.keys(ends))('%s ends a fit whose onEpoch never settles', async (end) => {
      const endOf = async (kept: boolean, batched: boolean) => {
        const net = regressor(backend);
        const hung = signalled();
        const onEpoch = () => {
          hung.resolve();
          return never();
        };
        const begin = (more: FitOptions) => {
          const checkpoint = kept ? { path: newFolder() } : undefined;
          const options = { ...more, epochs: 5, checkpoint, onEpoch };
          return batched ? net.fit(inBatches(x, y, [50, 50]), options) : net.fit(x, y, options);
        };
        const [history, took] = await timed(ends[end](net, begin, hung.promise));
        expect(history).toMatchObject({ stoppedBy: why(end), epochs: [{ epoch: 1 }] });
        expect(took).toBeLessThan(SOON_MS);
        if (end !== 'dispose') await net.fit(x, y, { epochs: 1 });
      };
      await Promise.all([endOf(false, false), endOf(false, true), endOf(true, false), endOf(true, true)]);
    });

    it('waits for an onEpoch that settles soon after the signal, and hears of its error', async () => {
      const stop = new AbortController();
      let settled = false;
      const ending = regressor(backend).fit(x, y, {
        epochs: 5,
        signal: stop.signal,
        onEpoch: async () => {
          stop.abort();
          await wait(100);
          settled = true;
        },
      });
      expect((await ending).stoppedBy).toBe('aborted');
      expect(settled).toBe(true);
      const failing = regressor(backend).fit(x, y, {
        epochs: 5,
        maxTimeMs: 10,
        onEpoch: failsAfter(100),
      });
      await expect(failing).rejects.toThrow('mine');
    });

    it('keeps the epoch whose onEpoch never settles, and goes on from it', async () => {
      const checkpoint = { path: newFolder() };
      const stop = new AbortController();
      const straight = regressor(backend);
      await straight.fit(x, y, { epochs: 3 });
      const net = regressor(backend);
      const onEpoch = () => {
        stop.abort();
        return never();
      };
      await net.fit(x, y, { epochs: 3, checkpoint, signal: stop.signal, onEpoch });
      const next = regressor(backend);
      const history = await next.fit(x, y, { epochs: 3, checkpoint, resume: true });
      expect(history.epochs.length).toBe(3);
      expect(next.getParameters()).toEqual(straight.getParameters());
    });

    it.each(Object.keys(ends))('%s ends a fit whose source gives nothing more', async (end) => {
      const endOf = async (kept: boolean, given: number) => {
        let isClosed = false;
        const hung = signalled();
        const more = signalled();
        const source = async function* (): AsyncGenerator<Batch> {
          try {
            for (let i = 0; i < given; i++) yield [x, y];
            hung.resolve();
            await more.promise;
            yield [x, y];
            yield [x, y];
          } finally {
            isClosed = true;
          }
        };
        const net = regressor(backend);
        const begin: Fit = (own) =>
          net.fit(source, { ...own, epochs: 5, checkpoint: kept ? { path: newFolder() } : undefined });
        const [history, took] = await timed(ends[end](net, begin, hung.promise));
        expect(history).toMatchObject({ stoppedBy: why(end), epochs: [] });
        expect(took).toBeLessThan(SOON_MS);
        if (end !== 'dispose') await net.fit(x, y, { epochs: 1 });
        // What it is asked for is awaited by nobody, but it is closed then.
        more.resolve();
        await expect.poll(() => isClosed).toBe(true);
      };
      await Promise.all([endOf(false, 0), endOf(false, 1), endOf(true, 0), endOf(true, 1)]);
    });

    it('ends a fit whose source is slow with the batch that it waits for, and reads no other', async () => {
      let read = 0;
      const source = async function* (): AsyncGenerator<Batch> {
        for (; read < 100; read++) {
          await wait(20);
          yield [x, y];
        }
      };
      const [history, took] = await timed(regressor(backend).fit(source, { epochs: 5, maxTimeMs: 100 }));
      expect(history.stoppedBy).toBe('maxTime');
      expect(took).toBeLessThan(SOON_MS);
      const readThen = read;
      await wait(100);
      expect(read - readThen).toBeLessThanOrEqual(1);
      expect(read).toBeLessThan(90);
    });

    it('ends a fit at any moment of reading and training', async () => {
      const source = async function* (): AsyncGenerator<Batch> {
        for (let i = 0; i < 50; i++) {
          if (i % 4 === 0) await wait(0);
          yield [x, y];
        }
      };
      for (let i = 0; i < 150; i++) {
        const options = { epochs: 1e6, maxTimeMs: 0.5 + (i % 30) / 3, shuffleBuffer: 150 };
        const { stoppedBy } = await regressor(backend).fit(source, options);
        expect(stoppedBy).toBe('maxTime');
      }
    });

    it('ends a fit whose source never closes', async () => {
      const source = () => ({
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: false as const, value: [x, y] as Batch }),
          return: never,
        }),
      });
      const [history, took] = await timed(
        regressor(backend).fit(source, { epochs: 5, maxTimeMs: 100, shuffleBuffer: 200 }),
      );
      expect(history.stoppedBy).toBe('maxTime');
      expect(took).toBeLessThan(SOON_MS);
    });
  });
}

it.runIf(engines.includes('native'))('a fit that was queued waits for its onEpoch as any other', async () => {
  const { x, y } = makeData(100);
  const busy = Array.from({ length: availableParallelism() }, () =>
    regressor('native').fit(x, y, { epochs: 1e9, maxTimeMs: 800 }),
  );
  const last = regressor('native').fit(x, y, {
    epochs: 1e6,
    maxTimeMs: 300,
    onEpoch: failsAfter(600),
  });
  await expect(last).rejects.toThrow('mine');
  await Promise.all(busy);
});

describe('slow callers of estimators', () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({ a: i, b: i % 7, y: i / 10 }));

  it('end by maxTimeMs although onEpoch never settles', async () => {
    const model = new MLPRegressor({ seed: 1 });
    const [, took] = await timed(model.fit(rows, 'y', { maxTimeMs: 500, onEpoch: never }));
    expect(took).toBeLessThan(SOON_MS);
    expect(model.history.stoppedBy).toBe('maxTime');
  });
});
