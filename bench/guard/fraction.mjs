/**
 * The speed of a training step, as a fraction of the speed of an sgemm in the same process. Times vary, so
 * this notices only a large loss; count.mjs notices a tenth, but needs valgrind.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { coreEnvironment, PROGRAM } from '../core-bench.mjs';

/**
 * The least fraction of sgemm's speed that counts as no slower: 0.7 of the least that was seen, on one core of
 * a Zen 5, with the kernels for AVX-512, AVX2 and SSE4, each beside OpenBLAS's own for them. The sets differ by
 * a tenth in all cases but the first; so do medians from run to run on a busy machine; and caches differ
 * from CPU to CPU.
 */
export const LEAST_FRACTIONS = {
  '4-16-3 B16': 0.035,
  '30-64-32-1 B32': 0.37,
  '784-128-10 B128': 0.58,
  '784-512-256-10 B128': 0.61,
};

/**
 * The median of a step's speed over that of an sgemm beside it, on one thread.
 *
 * @param {string} name of the case
 * @param {number} rounds
 */
export async function measureFraction(name, rounds) {
  const run = promisify(execFile);
  const args = ['--fraction', String(rounds), '--case', name];
  const { stdout } = await run(PROGRAM, args, { env: coreEnvironment(1) });
  const [fraction, steps] = stdout.trim().split(' ').map(Number);
  if (!(steps > rounds)) throw new Error(`core_bench was to take ${rounds} rounds and printed '${stdout}'`);
  return fraction;
}

/** What is wrong with a fraction, or null. */
export function judgeFraction(name, fraction) {
  const least = LEAST_FRACTIONS[name];
  // Written so that NaN is a fault.
  if (fraction >= least && fraction < 10) return null;
  return `${name}: a step runs at ${fraction} of sgemm's speed, expected at least ${least}`;
}
