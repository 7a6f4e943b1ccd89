import type { Backend, BackendName, Gemm } from '../engine/contract.js';
import { gemmOf, selectBackend } from '../engine/select.js';
import { defaults } from '../options/defaults.js';

/** An engine, and why it is this one. */
export interface BackendInfo {
  name: BackendName;
  /** The instruction set of the kernels, e.g. 'AVX2'; 'none' for the reference engine. */
  simd: string;
  /** The BLAS with version and kernel family; 'none' if the engine has none, like the reference engine. */
  blas: string;
  /** What computes matrix products: chainrule's own kernels, or OpenBLAS. See the option `gemm`. */
  gemm: Gemm;
  /** The most threads that a step uses. */
  threads: number;
  /** Why it is this engine, in a sentence. */
  reason: string;
  /** Absolute path of the native addon; absent if its exports were given to `useAddon`. */
  path?: string;
}

/**
 * The engine that `backend: 'auto'` chooses in this process, without making a network. `threads` is what a
 * network has by default. If the native engine is not available, the process is warned as by a network.
 *
 * @throws {@link ChainruleError} ERR_BACKEND if CHAINRULE_BACKEND, CHAINRULE_ADDON, CHAINRULE_SIMD,
 * CHAINRULE_GEMM or `useAddon` ask for something that is not available; ERR_OPTION if CHAINRULE_BACKEND or
 * CHAINRULE_GEMM has a value that is not one of theirs
 */
export function backend(): BackendInfo {
  const { backend, reason } = selectBackend('auto');
  const gemm = backend.resolveGemm(gemmOf('auto', backend));
  return infoOf(backend, gemm, backend.name === 'native' ? defaults.threads() : 1, reason);
}

export function infoOf(backend: Backend, gemm: Gemm, threads: number, reason: string): BackendInfo {
  const { name, simd, blas, path } = backend;
  return { name, simd, blas, gemm, threads, reason, ...(path === undefined ? {} : { path }) };
}
