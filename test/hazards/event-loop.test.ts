import { expect, test } from 'vitest';
import { longFit, runChild } from '../child.js';

// Another program's stall is not our fault; three in a row would be.
const timed = { timeout: 60_000, retry: 2 };

// Eight fits at once on a machine with a core or two: the event loop must still turn.
test('the event loop stays free while networks are being trained', timed, async () => {
  const { stdout, stderr } = await runChild(`${longFit}
    import { monitorEventLoopDelay } from 'node:perf_hooks';
    import { setTimeout as sleep } from 'node:timers/promises';
    const stop = new AbortController();
    const fits = Array.from({ length: 8 }, (_, i) => startFit(makeNetwork(i), { signal: stop.signal }));
    await sleep(300);
    const delay = monitorEventLoopDelay({ resolution: 2 });
    delay.enable();
    await sleep(2000);
    delay.disable();
    stop.abort();
    const ends = await Promise.all(fits);
    console.log(JSON.stringify({
      p99: delay.percentile(99) / 1e6, count: delay.count, stopped: ends.map((h) => h.stoppedBy),
    }));
  `);
  expect(stderr).toBe('');
  const { p99, count, stopped } = JSON.parse(stdout);
  expect(count).toBeGreaterThan(200);
  expect(p99).toBeLessThan(20);
  expect(stopped).toEqual(Array(8).fill('aborted'));
});

// Epochs far shorter than their own callback: they must neither pile up nor starve timers.
test('the event loop turns while epochs end faster than it handles them', timed, async () => {
  const { status, stdout, stderr } = await runChild(`
    import { Network } from 'chainrule';
    const net = new Network({ inputSize: 2, seed: 1, backend: 'native',
      layers: [{ units: 4, activation: 'tanh' }, { units: 1, activation: 'sigmoid' }] });
    const stop = new AbortController();
    const start = performance.now();
    let last = start, longest = 0;
    const watch = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }, 1);
    setTimeout(() => stop.abort(), 500);
    const history = await net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0],
      { epochs: 1e7, batchSize: 4, signal: stop.signal });
    clearInterval(watch);
    const { stoppedBy } = history, epochs = history.column('loss').length;
    console.log(JSON.stringify({ stoppedBy, longest, elapsed: performance.now() - start, epochs }));
  `);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { stoppedBy, longest, elapsed, epochs } = JSON.parse(stdout);
  expect(stoppedBy).toBe('aborted');
  expect(elapsed).toBeLessThan(1000);
  expect(longest).toBeLessThan(100);
  expect(epochs).toBeGreaterThan(1000);
});

test('any value that onEpoch throws ends the fit, which rejects with it', async () => {
  const { status, stdout, stderr } = await runChild(`
    import { Network } from 'chainrule';
    const thrown = [];
    for (const value of ['text', 5, null, undefined, Symbol.iterator, new Error('error')]) {
      const net = new Network({ inputSize: 1, layers: [{ units: 1 }], backend: 'native' });
      const outcome = await net.fit([[1], [2]], [1, 2], { epochs: 1e6, onEpoch: () => { throw value } })
        .then(() => 'resolved', (error) => error === value);
      thrown.push(outcome);
    }
    console.log(thrown.join());
  `);
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: 'true,true,true,true,true,true\n',
    stderr: '',
  });
});

// What an estimator does itself, beside its networks: reading rows, encoding them, calibrating.
test('the event loop turns while an estimator reads many rows', async () => {
  const { stdout, stderr } = await runChild(`
    import { MLPClassifier } from 'chainrule';
    const rows = Array.from({ length: 100_000 }, (_, i) => ({
      a: (i * 7919) % 10_007, b: String((i * 31) % 977) + '.5', c: 'c' + (i * 17) % 40, y: i % 3 === 0,
    }));
    let turns = 0, on = true;
    const turn = () => {
      turns++;
      if (on) setImmediate(turn);
    };
    const classifier = new MLPClassifier({ seed: 1, epochs: 1, hiddenLayers: [4] });
    await classifier.fit(rows.slice(0, 2000), 'y');
    turn();
    await classifier.predictAsync(rows);
    on = false;
    console.log(turns);
  `);
  expect(stderr).toBe('');
  expect(Number(stdout)).toBeGreaterThan(25);
});
