/** The process ends while networks are being trained: with the status that was asked for, and nothing on stderr. */

import { LONG_FIT, runNode, tryAll } from './child.mjs';

/** On a machine with other work. */
const LONGEST_MS = 60_000;

/** How a process ends, and with which status; `stderr` is what it may say. */
const ENDS = {
  'exit in the middle of a fit': (i) => ({
    code: `startFit(makeNetwork(i)); setTimeout(() => process.exit(${i % 3}), ${i % 60});`,
    status: i % 3,
  }),
  'exit in onEpoch': (i) => ({
    code: `startFit(makeNetwork(i), { onEpoch: ({ epoch }) => { if (epoch === ${1 + (i % 5)}) process.exit(7); } });`,
    status: 7,
  }),
  'exit with a queue of fits and predictions': (i) => ({
    code: `for (let n = 0; n < 12; n++) { startFit(makeNetwork(n)); makeNetwork(n).predictAsync(x); }
      setTimeout(() => process.exit(3), ${i % 60});`,
    status: 3,
  }),
  SIGTERM: (i) => ({
    code: `startFit(makeNetwork()); setTimeout(() => process.kill(process.pid, 'SIGTERM'), ${i % 60});`,
    status: 'SIGTERM',
  }),
  'SIGTERM with a handler that aborts': (i) => ({
    code: `const stop = new AbortController();
      process.on('SIGTERM', () => stop.abort());
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), ${i % 60});
      const { stoppedBy } = await startFit(makeNetwork(), { signal: stop.signal });
      process.exit(stoppedBy === 'aborted' ? 5 : 6);`,
    status: 5,
  }),
  SIGINT: (i) => ({
    code: `startFit(makeNetwork()); setTimeout(() => process.kill(process.pid, 'SIGINT'), ${i % 60});`,
    status: 'SIGINT',
  }),
  'an uncaught error': (i) => ({
    code: `startFit(makeNetwork()); setTimeout(() => { throw new Error('on purpose'); }, ${i % 60});`,
    status: 1,
    stderr: /on purpose/,
  }),
  'work in an exit listener': () => ({
    code: `startFit(makeNetwork());
      process.on('exit', () => { const net = makeNetwork(2); net.trainBatch(x, y); net.predict(x); startFit(net); });
      setTimeout(() => process.exit(4), 20);`,
    status: 4,
  }),
  'on its own after the last fit': () => ({
    code: `const { stoppedBy } = await startFit(makeNetwork(), { epochs: 2 }); console.log(stoppedBy);`,
    status: 0,
    stdout: 'epochs\n',
  }),
  'spawn in the middle of a fit': () => ({
    code: `import { spawnSync } from 'node:child_process';
      const stop = new AbortController();
      const fit = startFit(makeNetwork(), { signal: stop.signal });
      console.log(spawnSync(process.execPath, ['-p', '6 * 7']).stdout.toString().trim());
      stop.abort();
      await fit;`,
    status: 0,
    stdout: '42\n',
  }),
  'cluster: fits in parent and child': () => ({
    code: `import cluster from 'node:cluster';
      const losses = async () => (await startFit(makeNetwork(), { epochs: 2 })).epochs.map(({ loss }) => loss).join();
      if (cluster.isPrimary) {
        const told = new Promise((resolve) => cluster.fork().on('message', resolve));
        const own = await losses();
        console.log((await told) === own);
        cluster.disconnect();
      } else process.send(await losses());`,
    status: 0,
    stdout: 'true\n',
  }),
};

/** @returns {Promise<import('./child.mjs').Finding>} */
export function processEnds(trials = Object.keys(ENDS).length) {
  return tryAll(ENDS, trials, async (make, i) => {
    const { code, status, stdout = '', stderr = /^$/ } = make(i);
    // Cluster's child runs the same text only if it is a file.
    const source = `${LONG_FIT}\nconst i = ${i};\n${code}`;
    const came = await runNode(code.includes('cluster') ? inFile(source) : source);
    if (came.status !== status)
      return `status ${came.status}, expected ${status}: ${came.stderr.slice(0, 300)}`;
    if (came.stdout !== stdout) return `stdout '${came.stdout.slice(0, 100)}'`;
    if (!stderr.test(came.stderr)) return `stderr '${came.stderr.slice(0, 300)}'`;
    return came.milliseconds > LONGEST_MS ? `took ${Math.round(came.milliseconds)} ms` : null;
  });
}

/** Source text that writes `source` to a file beside the package, runs that, and ends as it does. */
function inFile(source) {
  return `
    import { spawnSync } from 'node:child_process';
    import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
    const folder = mkdtempSync('build/soak-');
    const file = folder + '/cluster.mjs';
    writeFileSync(file, ${JSON.stringify(source)});
    const { status, stdout, stderr } = spawnSync(process.execPath, [file]);
    rmSync(folder, { recursive: true });
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = status;
  `;
}
