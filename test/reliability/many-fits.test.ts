import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { longFit, runChild } from '../child.js';

// Another program's stall is not our fault; three in a row would be.
const timed = { timeout: 60_000, retry: 2 };

test('64 fits in a queue end with the bits of fits one after another', async () => {
  const { status, stdout, stderr } = await runChild(`
    import { Network } from 'chainrule';
    const x = new Float32Array(32 * 256).map((_, i) => Math.sin(i * i)), y = new Int32Array(256).map((_, i) => i % 5);
    const make = (seed) => new Network({ inputSize: 32, seed, backend: 'native',
      layers: [{ units: 48, activation: 'relu' }, { units: 5, activation: 'softmax' }] });
    const fit = (net) => net.fit(x, y, { epochs: 3, batchSize: 32 });
    const bits = (net) => Buffer.from(net.predict(x).buffer).toString('base64');
    const together = Array.from({ length: 64 }, (_, seed) => make(seed));
    await Promise.all(together.map(fit));
    let same = 0;
    for (let seed = 0; seed < 64; seed++) {
      const alone = make(seed);
      await fit(alone);
      if (bits(alone) === bits(together[seed])) same++;
    }
    console.log(same);
  `);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '64\n', stderr: '' });
});

test('no more fits run than the process has cores, and the next begins when one has ended', async () => {
  const { status, stdout, stderr } = await runChild(`${longFit}
    import { setTimeout as sleep } from 'node:timers/promises';
    const begun = new Set(), ends = [];
    const signals = Array.from({ length: 12 }, () => new AbortController());
    const fits = signals.map(({ signal }, i) =>
      startFit(makeNetwork(i), { signal, onEpoch: () => begun.add(i) }).then(() => ends.push(i)));
    const until = async (count) => { while (begun.size < count) await sleep(5); await sleep(100); return [...begun]; };
    const first = await until(${availableParallelism()});
    signals[first[0]].abort();
    const next = await until(${availableParallelism()} + 1);
    for (const one of signals) one.abort();
    await Promise.all(fits);
    console.log(JSON.stringify({ first, next, ended: ends.length }));
  `);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const cores = availableParallelism();
  const order = Array.from({ length: cores + 1 }, (_, i) => i);
  const { first, next, ended } = JSON.parse(stdout);
  expect(first.toSorted()).toEqual(order.slice(0, cores));
  expect(next.toSorted()).toEqual(order);
  expect(ended).toBe(12);
});

test('a fit that waits in the queue ends at once when it is aborted or disposed of', timed, async () => {
  const { status, stdout, stderr } = await runChild(`${longFit}
    const running = new AbortController(), waiting = new AbortController();
    const held = Array.from({ length: 8 }, (_, i) => startFit(makeNetwork(i), { signal: running.signal }));
    const before = makeNetwork(99), disposed = makeNetwork(98);
    const parameters = String(before.getParameters()[0].weight);
    const fits = [startFit(before, { signal: waiting.signal }), startFit(disposed)];
    const start = performance.now();
    waiting.abort();
    disposed.dispose();
    const ends = await Promise.all(fits);
    const elapsed = performance.now() - start;
    running.abort();
    await Promise.all(held);
    console.log(JSON.stringify({ elapsed, ends, same: parameters === String(before.getParameters()[0].weight) }));
  `);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { elapsed, ends, same } = JSON.parse(stdout);
  const aborted = { epochs: [], stoppedBy: 'aborted' };
  expect({ ends, same }).toEqual({ ends: [aborted, aborted], same: true });
  expect(elapsed).toBeLessThan(500);
});

test('predictAsync does not wait behind fits', timed, async () => {
  const { status, stdout, stderr } = await runChild(`${longFit}
    const stop = new AbortController();
    const fits = Array.from({ length: 8 }, (_, i) => startFit(makeNetwork(i), { signal: stop.signal }));
    const start = performance.now();
    await makeNetwork(99).predictAsync(x);
    console.log(performance.now() - start);
    stop.abort();
    await Promise.all(fits);
  `);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(Number(stdout)).toBeLessThan(1000);
});

test('the event loop turns beside 32 fits whose epochs take microseconds', timed, async () => {
  const { status, stdout, stderr } = await runChild(`
    import { Network } from 'chainrule';
    import { monitorEventLoopDelay } from 'node:perf_hooks';
    import { setTimeout as sleep } from 'node:timers/promises';
    const stops = Array.from({ length: 32 }, () => new AbortController());
    const fits = stops.map(({ signal }, seed) => new Network({ inputSize: 2, seed, backend: 'native',
      layers: [{ units: 4, activation: 'tanh' }, { units: 1, activation: 'sigmoid' }] })
      .fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0],
        { epochs: 2e9, batchSize: 4, signal, onEpoch: seed % 2 ? () => {} : undefined }));
    await sleep(300);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await sleep(2000);
    delay.disable();
    for (const stop of stops) stop.abort();
    await Promise.all(fits);
    console.log(delay.percentile(99) / 1e6);
  `);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(Number(stdout)).toBeLessThan(20);
});
