/** The event loop and libuv's threads beside many fits. */

import { availableParallelism } from 'node:os';
import { LONG_FIT, runNode } from './child.mjs';

const PROGRAM = (fits, milliseconds) => `${LONG_FIT}
  import { monitorEventLoopDelay } from 'node:perf_hooks';
  import { readFile } from 'node:fs/promises';
  import { setTimeout as sleep } from 'node:timers/promises';
  const quantile = (list, q) => list.sort((a, b) => a - b)[Math.ceil(q * list.length) - 1];
  const measure = async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 }), reads = [], end = performance.now() + ${milliseconds};
    delay.enable();
    while (performance.now() < end) {
      const start = performance.now();
      await readFile('package.json');
      reads.push(performance.now() - start);
      await sleep(2);
    }
    delay.disable();
    return { delay: delay.percentile(99) / 1e6, read: quantile(reads, 0.99), readMedian: quantile(reads, 0.5) };
  };
  const idle = await measure();
  const stop = new AbortController(), start = performance.now();
  const nets = Array.from({ length: ${fits} }, (_, i) => makeNetwork(i));
  const made = performance.now();
  const running = nets.map((net) => startFit(net, { signal: stop.signal }));
  const started = performance.now() - made;
  await sleep(300);
  const busy = await measure();
  const aborted = performance.now();
  stop.abort();
  await Promise.all(running);
  console.log(JSON.stringify({ idle, busy, started, ended: performance.now() - aborted }));
`;

/** @returns {Promise<import('./child.mjs').Finding>} */
export async function eventLoop(fits = 8, milliseconds = 1500, most = { delay: 20, started: 1000 }) {
  const { status, stdout, stderr } = await runNode(PROGRAM(fits, milliseconds));
  if (status !== 0 || stderr !== '')
    return { trials: 1, failures: [`status ${status}: ${stderr.slice(0, 500)}`] };
  const { idle, busy, started, ended } = JSON.parse(stdout);
  const ms = (value) => value.toFixed(1);
  const failures = [];
  if (busy.delay > most.delay) failures.push(`delay p99 ${ms(busy.delay)} ms`);
  if (started > most.started) failures.push(`started in ${ms(started)} ms`);
  return {
    trials: 1,
    failures,
    note:
      `${fits} fits on ${availableParallelism()} cores: started in ${ms(started)} ms, delay p99 ${ms(busy.delay)} ms ` +
      `(idle ${ms(idle.delay)}), readFile p50 ${busy.readMedian.toFixed(2)} and p99 ${ms(busy.read)} ms ` +
      `(idle ${idle.readMedian.toFixed(2)} and ${ms(idle.read)}), all ended ${ms(ended)} ms after the abort`,
  };
}
