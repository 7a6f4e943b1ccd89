/** Processes and workers that train, and are ended. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * What a scenario has found: how often it tried, and what went wrong, in words.
 *
 * @typedef {{ trials: number, failures: string[], note?: string }} Finding
 */

/**
 * Runs `code` as an ES module in a process of its own, where 'chainrule' is the built package.
 *
 * @param {string} code
 * @param {{ args?: string[], timeout?: number }} [options]
 * @returns {Promise<{ status: number | string | null, stdout: string, stderr: string, milliseconds: number }>}
 */
export function runNode(code, { args = [], timeout = 120_000 } = {}) {
  const { CHAINRULE_BACKEND: _, CHAINRULE_SIMD: __, ...env } = process.env;
  return new Promise((resolve) => {
    const start = performance.now();
    const all = [...args, '--input-type=module', '--eval', code];
    const child = spawn(process.execPath, all, { cwd: ROOT, env, timeout, killSignal: 'SIGKILL' });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        texts[name] += text;
      });
    }
    child.on('close', (code, signal) => {
      resolve({ status: code ?? signal, ...texts, milliseconds: performance.now() - start });
    });
  });
}

/** Source text: networks, and fits that would take minutes. */
export const LONG_FIT = `
  import { Network } from 'chainrule';
  const x = new Float32Array(2048 * 64).map((_, i) => Math.sin(i * i));
  const y = new Int32Array(2048).map((_, i) => i % 10);
  const makeNetwork = (seed = 1, threads = 2) => new Network({ inputSize: 64, seed, threads, backend: 'native',
    layers: [{ units: 128, activation: 'relu' }, { units: 10, activation: 'softmax' }] });
  const startFit = (net, options) => net.fit(x, y, { epochs: 1e6, batchSize: 64, ...options });
`;

/** Runs the trials of several kinds in turn, `count` in all, and collects what they say is wrong (null if nothing). */
export async function tryAll(kinds, count, attempt) {
  const names = Object.keys(kinds);
  const failures = [];
  for (let i = 0; i < count; i++) {
    const name = names[i % names.length];
    const failure = await attempt(kinds[name], i);
    if (failure !== null) failures.push(`${name}: ${failure}`);
  }
  return { trials: count, failures };
}
