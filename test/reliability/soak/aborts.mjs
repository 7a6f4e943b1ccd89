/** Aborts: how soon a fit ends, at which weights, and what is left on the signal. */

import { runNode } from './child.mjs';

/** Fits are replayed step by step: a fit that was aborted must have the weights of one of its steps. */
const PROGRAM = (trials) => `
  import { Network } from 'chainrule';
  import { getEventListeners } from 'node:events';
  import { setTimeout as sleep } from 'node:timers/promises';
  const rows = 512, wide = 64;
  const x = Float32Array.from({ length: rows * wide }, (_, i) => Math.sin(i * i));
  const y = Int32Array.from({ length: rows }, (_, i) => i % 10);
  const make = (seed) => new Network({ inputSize: wide, seed, backend: 'native', optimizer: 'sgd',
    layers: [{ units: 128, activation: 'relu' }, { units: 10, activation: 'softmax' }] });
  const bits = (net) => Buffer.from(net.getParameters()[1].weight.buffer).toString('base64');
  // A batch takes some 0.3 ms.
  const batchSize = 64, steps = rows / batchSize;
  const wrong = [], latencies = [];
  for (let i = 0; i < ${trials}; i++) {
    const net = make(i), stop = new AbortController();
    const fit = net.fit(x, y, { epochs: 1e9, batchSize, shuffle: false, signal: stop.signal });
    await sleep(i % 7);
    const start = performance.now();
    stop.abort();
    const { stoppedBy, epochs } = await fit;
    latencies.push(performance.now() - start);
    if (stoppedBy !== 'aborted') wrong.push('stopped by ' + stoppedBy);
    if (getEventListeners(stop.signal, 'abort').length > 0) wrong.push('a listener is left');
    const replay = make(i), end = bits(net);
    if (epochs.length > 0) await replay.fit(x, y, { epochs: epochs.length, batchSize, shuffle: false });
    let found = bits(replay) === end;
    for (let s = 0; s < steps && !found; s++) {
      const from = s * batchSize;
      replay.trainBatch(x.subarray(from * wide, (from + batchSize) * wide), y.subarray(from, from + batchSize));
      found = bits(replay) === end;
    }
    if (!found) wrong.push('weights of no step');
    net.dispose();
    replay.dispose();
  }
  // One signal for many fits.
  const all = new AbortController();
  const fits = Array.from({ length: 64 }, (_, i) => make(i).fit(x, y, { epochs: 1e9, signal: all.signal }));
  await sleep(20);
  all.abort();
  await Promise.all(fits);
  if (getEventListeners(all.signal, 'abort').length > 0) wrong.push('a listener is left after 64 fits');
  latencies.sort((a, b) => a - b);
  console.log(JSON.stringify({ wrong, latencies: [0.5, 0.99, 1].map((q) => latencies[Math.ceil(q * latencies.length) - 1]) }));
`;

/** @returns {Promise<import('./child.mjs').Finding>} */
export async function aborts(trials = 20) {
  const { status, stdout, stderr } = await runNode(PROGRAM(trials), { timeout: 1_800_000 });
  if (status !== 0 || stderr !== '')
    return { trials, failures: [`status ${status}: ${stderr.slice(0, 500)}`] };
  const { wrong, latencies } = JSON.parse(stdout);
  const [median, p99, longest] = latencies.map((each) => each.toFixed(1));
  // Another program's stall may be in the longest.
  const late = latencies[1] > 50 ? [`p99 ${p99} ms, expected at most 50`] : [];
  return {
    trials: trials + 64,
    failures: [...wrong, ...late],
    note: `ms to the end: p50 ${median}, p99 ${p99}, longest ${longest}`,
  };
}
