/** Other tools on the same splits, live: peers.py trains them, and what they predict is judged here. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../scripts/prebuild/cache.mjs';
import { environment } from '../environment.mjs';
import { readSet } from './folder.mjs';
import { classificationMetrics, regressionMetrics } from './metrics.mjs';
import { recordOf } from './summary.mjs';
import { liveName } from './targets.mjs';

const SCRIPT = fileURLToPath(new URL('peers.py', import.meta.url));

/** The tools of each peer, by their names in results.json, and what pip installs for it. */
export const PEERS = {
  sklearn: {
    tools: ['sklearn-mlp', 'sklearn-mlp-scaled-y'],
    packages: ['scikit-learn==1.9.1', 'pandas==3.1.1'],
  },
  lightgbm: { tools: ['lightgbm'], packages: ['lightgbm==4.7.0', 'pandas==3.1.1'] },
  pytabkit: { tools: ['realmlp-td-s'], packages: ['pytabkit==1.8.0', 'torch==2.15.0', 'pandas==3.1.1'] },
};

/** Folder of the Python environment, outside the repository. */
export function peersFolder() {
  return path.join(cacheFolder(), 'tables-peers');
}

/** The environment's Python. */
export function peersPython() {
  return path.join(peersFolder(), 'bin', 'python');
}

/**
 * Runs the tools of a peer on the sets and adds their records to the results, or why there are none.
 *
 * @param {string} name
 * @param {string} folder of the tables
 * @param {{ entries: import('./folder.mjs').SetEntry[], results: object }} to results as main.mjs makes them
 * @param {{ repeats: number, threads: number | null }} options
 */
export async function runPeer(name, folder, { entries, results }, { repeats, threads }) {
  for (const tool of PEERS[name].tools) {
    const live = liveName(tool);
    results.tools[live] = { label: live, version: null };
    for (const entry of entries) {
      if (tool === 'sklearn-mlp-scaled-y' && entry.task !== 'regression') continue;
      const most = Math.min(repeats, entry.split.repeats);
      const job = { tool, folder, entry, repeats: most, threads: threads ?? availableParallelism() };
      try {
        const { version, outcomes } = await run(job);
        results.tools[live].version = version;
        results.sets[entry.name][live] = recordOf(entry, judge(entry, readSet(folder, entry), outcomes));
        console.error(`${entry.name}: ${live}`);
      } catch (error) {
        results.problems.push({ tool: live, set: entry.name, repeat: null, problem: error.message });
      }
    }
  }
}

/** @returns {Promise<{ version: string, outcomes: object[] }>} what peers.py printed, a line each */
async function run(job) {
  const python = peersPython();
  if (!existsSync(python)) throw new Error('not installed: node bench/tables/install-peers.mjs');
  const child = spawn(python, [SCRIPT], { env: environment(job.threads), stdio: 'pipe' });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ended = new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', (error) => resolve(error.message));
  });
  child.stdin.end(JSON.stringify(job));
  const lines = [];
  for await (const line of createInterface({ input: child.stdout })) {
    // Libraries print lines of their own.
    if (line.startsWith('{')) lines.push(JSON.parse(line));
  }
  const status = await ended;
  if (status !== 0) throw new Error(`ended with ${status}: ${complaint.trim().split('\n').at(-1)}`);
  const [{ version }, ...outcomes] = lines;
  return { version, outcomes };
}

function judge({ task }, { labels, test }, outcomes) {
  return outcomes.map(({ predicted, ...outcome }) => {
    const truth = [...test[outcome.repeat]].map((row) => labels[row]);
    const metrics =
      task === 'classification'
        ? classificationMetrics(truth, predicted)
        : regressionMetrics(truth, predicted);
    return { ...outcome, metrics };
  });
}
