/** The contenders: our own engine, and the peers that are installed. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { flopsOf } from './cases.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PEERS = path.join(HERE, 'peers');

/** Debian's packages of the peers are for Debian's Python, which need not be the first on PATH. */
const PYTHON = '/usr/bin/python3';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {number} threads
 * @property {string[]} command
 * @property {NodeJS.ProcessEnv} env
 * @property {'adam' | 'adamEpsilonHat'} formula which losses it has to reach
 * @property {(one: import('./cases.mjs').Case) => number} guessSeconds a rough guess of a step's time
 */

/**
 * @typedef {object} Peer
 * @property {string} name as --peers takes it
 * @property {string[]} command
 * @property {boolean} threaded whether it can use more than one thread
 * @property {'adam' | 'adamEpsilonHat'} formula scikit-learn adds epsilon before the bias correction
 * @property {number} gflops roughly, to predict the cases for which it is too slow
 * @property {() => boolean} isInstalled
 */

/** @type {Peer[]} */
export const KNOWN_PEERS = [
  python('torch', 'torch_eager.py', 'adam', 200),
  python('sklearn', 'scikit_learn.py', 'adamEpsilonHat', 50),
  javascript('tfjs-wasm', ['tfjs.mjs', 'wasm'], '@tensorflow/tfjs-backend-wasm', 2),
  javascript('tfjs-cpu', ['tfjs.mjs', 'cpu'], '@tensorflow/tfjs', 0.5),
  javascript('brain.js', ['brain.mjs'], 'brain.js', 0.05),
];

function python(name, script, formula, gflops) {
  return {
    name,
    command: [PYTHON, path.join(PEERS, script)],
    threaded: true,
    formula,
    gflops,
    isInstalled: () => pythonHas(name),
  };
}

function javascript(name, [script, ...args], dependency, gflops) {
  return {
    name,
    command: [process.execPath, path.join(PEERS, script), ...args],
    threaded: false,
    formula: 'adam',
    gflops,
    isInstalled: () => existsSync(path.join(PEERS, 'node_modules', dependency)),
  };
}

function pythonHas(module) {
  try {
    const find = `import sys, importlib.util as u; sys.exit(u.find_spec('${module}') is None)`;
    execFileSync(PYTHON, ['-c', find], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** One process for each number of threads that the peer can use. */
export function peerContenders(peer, threadCounts) {
  return (peer.threaded ? threadCounts : [1]).map((threads) => ({
    name: peer.name,
    threads,
    command: peer.command,
    env: environment(threads),
    formula: peer.formula,
    guessSeconds: (one) => 2e-4 + flopsOf(one) / (peer.gflops * 1e9),
  }));
}

/** chainrule; `simd` is the instruction set to force, or null for what it chooses. */
export function ownContender(threads, simd = null) {
  return {
    name: 'chainrule',
    threads,
    command: [process.execPath, '--expose-gc', path.join(HERE, 'own.mjs')],
    env: { ...environment(threads), ...(simd && { CHAINRULE_SIMD: simd }) },
    formula: 'adam',
    guessSeconds: (one) => 1e-6 + flopsOf(one) / 200e9,
  };
}

/**
 * The environment of all processes. A kernel family forced on OpenBLAS from outside would slow down all its
 * users, so each chooses by the CPU; and Debian's threaded build is preferred to a serial one.
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
