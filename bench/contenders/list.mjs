/** The contenders: our own engine, and the peers that are installed. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { flopsOf } from '../cases.mjs';
import { environment } from '../environment.mjs';
import { peersPython, pythonHas } from './python.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PEERS = fileURLToPath(new URL('../peers', import.meta.url));

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string | null} variant what is forced on it, in words; null for a peer, or where nothing is forced
 * @property {import('../cases.mjs').Precision} precision of its products of matrices
 * @property {Record<string, string>} backend what `network.backend` must say, or the variant is not what runs
 * @property {number} threads
 * @property {string[]} command
 * @property {NodeJS.ProcessEnv} env
 * @property {'adam' | 'adamEpsilonHat'} formula which losses it has to come to
 * @property {(one: import('../cases.mjs').Case) => number} guessSeconds a rough guess of a step's time
 */

/**
 * @typedef {object} Peer
 * @property {string} name as --peers takes it
 * @property {import('../cases.mjs').Precision} precision
 * @property {() => string[]} command
 * @property {boolean} threaded whether it can use more than one thread
 * @property {'adam' | 'adamEpsilonHat'} formula scikit-learn adds epsilon before the bias correction
 * @property {number} gflops roughly, to predict the cases for which it is too slow
 * @property {() => boolean} isInstalled
 */

/** @type {Peer[]} */
export const KNOWN_PEERS = [
  python('torch', 'torch', ['torch_step.py', 'float32'], { gflops: 200 }),
  python('torch-medium', 'torch', ['torch_step.py', 'medium'], { precision: 'bf16', gflops: 200 }),
  python('torch-autocast', 'torch', ['torch_step.py', 'autocast'], { precision: 'bf16', gflops: 200 }),
  python('jax', 'jax', ['jax_scan.py'], { gflops: 100 }),
  python('sklearn', 'sklearn', ['scikit_learn.py'], { formula: 'adamEpsilonHat', gflops: 50 }),
  javascript('tfjs-wasm', ['tfjs.mjs', 'wasm'], '@tensorflow/tfjs-backend-wasm', 2),
  javascript('tfjs-cpu', ['tfjs.mjs', 'cpu'], '@tensorflow/tfjs', 0.5),
  javascript('brain.js', ['brain.mjs'], 'brain.js', 0.05),
];

function python(name, module, [script, ...args], { precision = 'float32', formula = 'adam', gflops }) {
  return {
    name,
    precision,
    command: () => [peersPython(), path.join(PEERS, script), ...args],
    threaded: true,
    formula,
    gflops,
    isInstalled: () => pythonHas(module),
  };
}

function javascript(name, [script, ...args], dependency, gflops) {
  return {
    name,
    precision: 'float32',
    command: () => [process.execPath, path.join(PEERS, script), ...args],
    threaded: false,
    formula: 'adam',
    gflops,
    isInstalled: () => existsSync(path.join(PEERS, 'node_modules', dependency)),
  };
}

/** One process for each number of threads that the peer can use. */
export function peerContenders(peer, threadCounts) {
  const { name, precision, formula } = peer;
  return (peer.threaded ? threadCounts : [1]).map((threads) => ({
    name,
    variant: null,
    precision,
    backend: {},
    threads,
    command: peer.command(),
    env: environment(threads),
    formula,
    guessSeconds: (one) => 2e-4 + flopsOf(one) / (peer.gflops * 1e9),
  }));
}

/**
 * @typedef {object} Variant our engine with something forced on it
 * @property {string | null} title
 * @property {import('../cases.mjs').Precision} [precision] float32 where it is not said
 * @property {NodeJS.ProcessEnv} [env] by which it is forced
 * @property {Record<string, string>} [backend] what `network.backend` says then
 */

/** @type {Record<string, Variant>} */
export const VARIANTS = {
  chosen: { title: null },
  avx2: { title: 'AVX2 forced', env: { CHAINRULE_SIMD: 'AVX2' }, backend: { simd: 'AVX2' } },
  openblas: {
    title: 'products by OpenBLAS',
    env: { CHAINRULE_GEMM: 'openblas' },
    backend: { gemm: 'openblas' },
  },
  bf16x3: { title: 'bf16x3', precision: 'bf16x3' },
  bf16: { title: 'bf16', precision: 'bf16' },
};

/** @param {number} threads @param {Variant} variant @returns {Contender} */
export function ownContender(
  threads,
  { title, precision = 'float32', env = {}, backend = {} } = VARIANTS.chosen,
) {
  return {
    name: 'chainrule',
    variant: title,
    precision,
    backend,
    threads,
    command: [process.execPath, '--expose-gc', path.join(HERE, 'own.mjs')],
    env: { ...environment(threads), ...env },
    formula: 'adam',
    guessSeconds: (one) => 1e-6 + flopsOf(one) / 200e9,
  };
}
