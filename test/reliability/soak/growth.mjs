/** Nothing grows: the core's counters, threads, descriptors and the process's size in each half of long work. */

import { runNode } from './child.mjs';

/** What is done over and over, and how often for one unit of \`scale\`. */
const WORK = {
  steps: { per: 25_000, code: `net.trainBatch(x, y);` },
  predictions: { per: 5_000, code: `net.predict(x);` },
  fits: { per: 200, code: `await net.fit(x, y, { epochs: 2, batchSize: 16 });` },
  'fits in parallel': {
    per: 20,
    code: `await Promise.all(others.map((one) => one.fit(x, y, { epochs: 2 })));`,
  },
  'asynchronous predictions': { per: 200, code: `await net.predictAsync(x);` },
  'networks disposed of': { per: 100, code: `const one = make(i); one.trainBatch(x, y); one.dispose();` },
  'networks dropped': { per: 100, code: `make(i).trainBatch(x, y);` },
  'aborted fits': {
    per: 50,
    code: `const stop = new AbortController(), fit = net.fit(x, y, { epochs: 1e9, signal: stop.signal });
      stop.abort();
      await fit;`,
  },
  errors: { per: 500, code: `try { net.predict([NaN]); } catch {}` },
};

const PROGRAM = (count, code) => `
  import { Network } from 'chainrule';
  import { readdirSync, readFileSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const addon = { exports: {} };
  process.dlopen(addon, process.cwd() + '/build/Release/chainrule.node');
  const x = Float32Array.from({ length: 64 * 8 }, (_, i) => Math.sin(i * i)), y = Int32Array.from({ length: 64 }, (_, i) => i % 3);
  const make = (seed) => new Network({ inputSize: 8, seed, backend: 'native',
    layers: [{ units: 16, activation: 'relu' }, { units: 3, activation: 'softmax' }] });
  const net = make(1), others = Array.from({ length: 8 }, (_, i) => make(i));
  const work = async (count) => { for (let i = 0; i < count; i++) { ${code} } };
  const state = async () => {
    for (let i = 0; i < 3; i++) { collect(); await sleep(20); }
    const { bytes, blocks } = addon.exports.memory();
    const { heapUsed, rss } = process.memoryUsage();
    const threads = Number(readFileSync('/proc/self/status', 'utf8').match(/Threads:\\s+(\\d+)/)[1]);
    return { bytes, blocks, threads, descriptors: readdirSync('/proc/self/fd').length, heap: heapUsed, rss };
  };
  // From its first step on a network keeps buffers; a fit that is aborted may not come so far.
  for (const one of [net, ...others]) await one.fit(x, y);
  // V8 lets its heap grow for a while before it collects all of it.
  await work(${Math.min(count, 20_000)});
  const before = await state();
  await work(${Math.ceil(count / 2)});
  const middle = await state();
  await work(${Math.floor(count / 2)});
  const after = await state();
  console.log(JSON.stringify({ before, middle, after }));
`;

const MB = 2 ** 20;

/** @returns {Promise<import('./child.mjs').Finding>} */
export async function growth(scale = 1) {
  const failures = [];
  const grown = [];
  let trials = 0;
  for (const [name, { per, code }] of Object.entries(WORK)) {
    const count = per * scale;
    trials += count;
    const { status, stdout, stderr } = await runNode(PROGRAM(count, code), { timeout: 3_600_000 });
    if (status !== 0 || stderr !== '') {
      failures.push(`${name}: status ${status}: ${stderr.slice(0, 500)}`);
      continue;
    }
    const { before, middle, after } = JSON.parse(stdout);
    for (const field of ['bytes', 'blocks', 'threads', 'descriptors']) {
      if (after[field] > before[field])
        failures.push(`${name}: ${field} from ${before[field]} to ${after[field]}`);
    }
    if (after.heap > before.heap + 2 * MB)
      failures.push(`${name}: heap by ${((after.heap - before.heap) / MB).toFixed(1)} MB`);
    // The allocator takes memory in steps and keeps it; what leaks grows in both halves.
    const halves = [middle.rss - before.rss, after.rss - middle.rss];
    const inWords = halves.map((bytes) => (bytes / MB).toFixed(1)).join(' and ');
    if (Math.min(...halves) > 16 * MB) failures.push(`${name}: rss by ${inWords} MB`);
    grown.push(`${count.toLocaleString('en')} ${name} ${inWords} MB`);
  }
  return { trials, failures, note: `rss: ${grown.join(', ')}` };
}
