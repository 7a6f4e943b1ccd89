/** Workers that are terminated while they train. The main thread never loads the addon. */

import { LONG_FIT, runNode } from './child.mjs';

/** What a worker does; it says 'started' when there is something to terminate. */
const SITUATIONS = {
  'a fit': `startFit(makeNetwork()); tell();`,
  'a fit with onEpoch': `startFit(makeNetwork(), { onEpoch: () => {} }); tell();`,
  'in onEpoch': `startFit(makeNetwork(), { onEpoch: () => { tell(); const end = Date.now() + 20; while (Date.now() < end); } });`,
  'an onEpoch whose promise never settles': `startFit(makeNetwork(), { onEpoch: () => { tell(); return new Promise(() => {}); } });`,
  'a queue of fits': `for (let i = 0; i < 6; i++) startFit(makeNetwork(i)); tell();`,
  predictions: `for (let i = 0; i < 4; i++) makeNetwork(i).predictAsync(x); tell();`,
  'steps in a loop': `const net = makeNetwork(); tell(); for (;;) net.trainBatch(x, y);`,
  'a fit and predictions beside it': `const net = makeNetwork(); startFit(net); net.predictAsync(x); tell();
    for (;;) { await new Promise(setImmediate); net.predict(x.subarray(0, 64)); }`,
  'networks that were never disposed of': `for (let i = 0; i < 20; i++) { const net = makeNetwork(i); net.trainBatch(x, y); } tell();
    setInterval(() => {}, 1000);`,
};

/** Workers that are alive at once, and those of one process. */
const AT_ONCE = 4;
const PER_PROCESS = 36;

/** @returns {Promise<import('./child.mjs').Finding>} */
export async function workerEnds(trials = PER_PROCESS) {
  const failures = [];
  for (let done = 0; done < trials; done += PER_PROCESS) {
    const count = Math.min(PER_PROCESS, trials - done);
    const { status, stdout, stderr } = await runNode(program(done, count));
    if (status === 0 && stdout === `${count}\n` && stderr === '') continue;
    failures.push(
      `trials from ${done}: status ${status}, '${stdout.trim()}' of ${count}, ${stderr.slice(0, 500)}`,
    );
  }
  return { trials, failures };
}

/** Source text that starts and terminates `count` workers, and prints how many came to their end. */
function program(first, count) {
  const sources = Object.values(SITUATIONS).map(
    (code) => `${LONG_FIT}
      import { parentPort } from 'node:worker_threads';
      const tell = () => parentPort.postMessage('started');
      ${code}`,
  );
  return `
    import { Worker } from 'node:worker_threads';
    const library = JSON.stringify(import.meta.resolve('chainrule'));
    const sources = ${JSON.stringify(sources)}.map((text) => text.replace("'chainrule'", library));
    let ended = 0;
    const one = (i) => new Promise((resolve, reject) => {
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(sources[i % sources.length])));
      worker.on('error', reject);
      worker.once('message', () => setTimeout(() => worker.terminate(), (7 * i) % 40));
      worker.on('exit', () => { ended++; resolve(); });
    });
    let next = ${first};
    const run = async () => { while (next < ${first + count}) await one(next++); };
    await Promise.all(Array.from({ length: ${AT_ONCE} }, run));
    console.log(ended);
  `;
}
