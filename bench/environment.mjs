/** The environment of every process that is timed. */

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/**
 * This process's environment, with a number of threads and the same OpenBLAS for all. A kernel family forced
 * from outside would slow down every user of OpenBLAS, so that variable goes. Debian's threaded build is used
 * where it lies beside a serial one.
 *
 * @param {number} threads
 * @returns {NodeJS.ProcessEnv}
 */
export function environment(threads) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OPENBLAS_'));
  const blas = threadedBlas();
  return {
    ...Object.fromEntries(inherited),
    OMP_NUM_THREADS: String(threads),
    OPENBLAS_NUM_THREADS: String(threads),
    PYTHONDONTWRITEBYTECODE: '1',
    ...(blas && { LD_LIBRARY_PATH: blas }),
  };
}

/** Folder of a threaded OpenBLAS with the name libblas.so.3, or null; CHAINRULE_BENCH_BLAS names another. */
function threadedBlas() {
  if (process.env.CHAINRULE_BENCH_BLAS) return process.env.CHAINRULE_BENCH_BLAS;
  if (process.platform !== 'linux') return null;
  const folders = readdirSync('/usr/lib').flatMap((triplet) =>
    ['openblas-pthread', 'openblas-openmp'].map((name) => path.join('/usr/lib', triplet, name)),
  );
  return folders.find((folder) => existsSync(path.join(folder, 'libblas.so.3'))) ?? null;
}
