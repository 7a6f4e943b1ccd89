import type { Backend, BackendName, BackendNetwork, Gemm } from '../engine/contract.js';
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
  /**
   * Which unit computes them, to which precision: 'float32', or 'vdpbf16-bf16', 'amx-bf16x3' and the like. See the
   * option `precision`.
   */
  products: string;
  /** Why products are float32 although `precision` allows less; absent if they are as asked for. */
  productsReason?: string;
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
  const threads = backend.name === 'native' ? defaults.threads() : 1;
  return infoOf(backend, gemm, { threads, products: { name: defaults.precision, reason: '' } }, reason);
}

export function infoOf(
  backend: Backend,
  gemm: Gemm,
  { threads, products }: Pick<BackendNetwork, 'threads' | 'products'>,
  reason: string,
): BackendInfo {
  const { name, simd, blas, path } = backend;
  return {
    name,
    simd,
    blas,
    gemm,
    products: products.name,
    ...(products.reason === '' ? {} : { productsReason: products.reason }),
    threads,
    reason,
    ...(path === undefined ? {} : { path }),
  };
}
