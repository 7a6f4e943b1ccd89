#!/usr/bin/env node
/**
 * Records the losses that contenders have to reach, from PyTorch and scikit-learn in float64, in
 * expected-losses.json. Run it again when cases or data change, and then `npm run format`.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CASES, CHECKED_STEPS } from '../cases.mjs';
import { KNOWN_PEERS, peerContenders } from '../contenders/list.mjs';
import { Worker } from '../contenders/worker.mjs';
import { writeData } from '../data.mjs';

const FILE = new URL('expected-losses.json', import.meta.url);
const THREADS = 2;
/** For the whole of what a peer is asked, in float64. */
const MOST_SECONDS = 1800;

/** The losses of CHECKED_STEPS steps by a peer in float64, and its version. */
async function lossesOf(peer, one, folder) {
  const [contender] = peerContenders(peer, [THREADS]);
  const worker = new Worker(contender);
  try {
    const job = { ...one, folder, threads: THREADS, precision: 'float64', thorough: false };
    const { version } = await worker.ask('create', { job }, MOST_SECONDS);
    const { losses } = await worker.ask('losses', { steps: CHECKED_STEPS }, MOST_SECONDS);
    return { version, losses: losses.map((loss) => Number(loss.toPrecision(12))) };
  } finally {
    await worker.close();
  }
}

const sources = {};
const losses = {};
for (const { name, ...shape } of CASES) {
  const one = { ...shape, steps: CHECKED_STEPS };
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-bench-'));
  try {
    writeData(folder, one);
    losses[name] = {};
    for (const peer of KNOWN_PEERS.filter(({ name: peerName }) => ['torch', 'sklearn'].includes(peerName))) {
      const recorded = await lossesOf(peer, one, folder);
      sources[peer.formula] = `${peer.name} ${recorded.version}, float64`;
      losses[name][peer.formula] = recorded.losses;
    }
    console.log(name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
writeFileSync(FILE, `${JSON.stringify({ sources, losses }, null, 2)}\n`);
