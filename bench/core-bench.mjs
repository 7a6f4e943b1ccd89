/** The native program core_bench, which times steps without Node and measures the peak beside them. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment } from './environment.mjs';

export const PROGRAM = fileURLToPath(new URL('../build/Release/core_bench', import.meta.url));

/** The kernel family of OpenBLAS with the same vectors as ours. */
const CORE_TYPES = { AVX2: 'Haswell', SSE4: 'Nehalem' };

/**
 * What core_bench runs with.
 *
 * @param {number} threads
 * @param {string | null} simd instruction set to force on our kernels and OpenBLAS's, or null for none
 * @returns {NodeJS.ProcessEnv}
 */
export function coreEnvironment(threads, simd = null) {
  return {
    ...environment(threads),
    ...(simd && { CHAINRULE_SIMD: simd }),
    ...(CORE_TYPES[simd] && { OPENBLAS_CORETYPE: CORE_TYPES[simd] }),
  };
}

/**
 * One large product a thread at once, the best of several.
 *
 * @param {number} threads
 * @param {string | null} simd instruction set to keep to, or null for the best
 * @returns {Promise<{ gflops: number, blas: string } | null>} null where the program is not built
 */
export async function measurePeak(threads, simd = null) {
  if (!existsSync(PROGRAM)) return null;
  const env = coreEnvironment(threads, simd);
  const { stdout } = await promisify(execFile)(PROGRAM, ['--peak', String(threads)], { env });
  const [gflops, ...blas] = stdout.trim().split(' ');
  return { gflops: Number(gflops), blas: blas.join(' ') };
}
