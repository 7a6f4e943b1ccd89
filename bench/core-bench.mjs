/** The native program core_bench, which times steps without Node and measures the peak beside them. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment } from './environment.mjs';

export const PROGRAM = fileURLToPath(new URL('../build/Release/core_bench', import.meta.url));

/** Its exit status where it cannot do what is asked. */
const REFUSED = 2;

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
 * @typedef {object} Peaks what a step is measured against, on the same threads
 * @property {number} fmaGflops of multiply-adds of float32 in the processor's registers
 * @property {number | null} sgemmGflops of a large product a thread by OpenBLAS; null where it may not run
 * @property {number | null} bf16Gflops of products of bf16 in the registers or tiles of the processor's fastest
 *   unit for them; null where it has none
 * @property {string} simd instruction set of the multiply-adds
 * @property {string} blas version and kernel family, e.g. 'OpenBLAS 0.3.21 Haswell'
 */

/**
 * The peaks, each the best of several rounds.
 *
 * @param {number} threads
 * @param {string | null} simd instruction set to keep to, or null for the best
 * @returns {Promise<Peaks | null>} null where the program is not built or the CPU lacks the instruction set
 */
export async function measurePeaks(threads, simd = null) {
  if (!existsSync(PROGRAM)) return null;
  const env = coreEnvironment(threads, simd);
  try {
    const { stdout } = await promisify(execFile)(PROGRAM, ['--peak', String(threads)], { env });
    return parsePeaks(stdout);
  } catch (error) {
    if (error.code === REFUSED) return null;
    throw error;
  }
}

/** @param {string} text what core_bench prints: '118 94.8 236 AVX3 OpenBLAS 0.3.21 Cooperlake' @returns {Peaks} */
export function parsePeaks(text) {
  const [fma, sgemm, bf16, simd, ...blas] = text.trim().split(' ');
  const [fmaGflops, sgemmGflops, bf16Gflops] = [fma, sgemm, bf16].map(Number);
  if (!(fmaGflops > 0 && sgemmGflops >= 0 && bf16Gflops >= 0))
    throw new Error(`core_bench was to print peaks, printed '${text}'`);
  return {
    fmaGflops,
    sgemmGflops: sgemmGflops || null,
    bf16Gflops: bf16Gflops || null,
    simd,
    blas: blas.join(' '),
  };
}
