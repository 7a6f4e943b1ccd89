import { expect, test } from 'vitest';
import { longFit, runChild } from '../child.js';

// Eight trainings at once on a machine with a core or two: the loop of JavaScript must still turn.
test('the event loop stays free while networks are being trained', async () => {
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
}, 60_000);
