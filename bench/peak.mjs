/** The best speed of OpenBLAS's sgemm on this machine, with which a training step is compared. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment } from './contenders.mjs';

const PROGRAM = fileURLToPath(new URL('../build/Release/core_bench', import.meta.url));

/** OpenBLAS's kernels for the same vectors as ours, if ours are forced. */
export const CORE_TYPES = { AVX2: 'Haswell', SSE4: 'Nehalem' };

/**
 * One large product on each thread at once, the best of several.
 *
 * @param {number} threads
 * @param {string | null} simd instruction set to keep to, or null for the best
 * @returns {Promise<{ gflops: number, blas: string } | null>} null if the program is not built
 */
export async function measurePeak(threads, simd = null) {
  if (!existsSync(PROGRAM)) return null;
  const env = { ...environment(threads), ...(CORE_TYPES[simd] && { OPENBLAS_CORETYPE: CORE_TYPES[simd] }) };
  const { stdout } = await promisify(execFile)(PROGRAM, ['--peak', String(threads)], { env });
  const [gflops, ...blas] = stdout.trim().split(' ');
  return { gflops: Number(gflops), blas: blas.join(' ') };
}
