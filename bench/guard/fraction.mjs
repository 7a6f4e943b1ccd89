/**
 * The speed of a training step, as a fraction of the peak in the same process: of multiply-adds in registers or
 * of an sgemm, whichever is faster. sgemm alone is no measure, since OpenBLAS takes some CPUs for much older
 * ones. Times vary, so this notices only a large loss; count.mjs notices a tenth, but needs valgrind.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { coreEnvironment, PROGRAM } from '../core-bench.mjs';

/**
 * The least fraction that counts as no slower: 0.7 of the least that was seen on one quiet core, with the
 * kernels for AVX-512, AVX2 and SSE4. That was on an Emerald Rapids, but for the first case, where it was on a
 * Zen 5. CPUs differ by more than instruction sets do: the Zen 5 had 0.53, 0.83 and 0.87 of its sgemm in the
 * others, for 0.45, 0.65 and 0.7 here.
 */
export const LEAST_FRACTIONS = {
  '4-16-3 B16': 0.035,
  '30-64-32-1 B32': 0.31,
  '784-128-10 B128': 0.45,
  '784-512-256-10 B128': 0.49,
};

/**
 * The median of a step's speed over the peak right after it, on one thread.
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
  return `${name}: a step runs at ${fraction} of the peak, expected at least ${least}`;
}
