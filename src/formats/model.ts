import type { NetworkSpec, OptimizerState } from '../engine/contract.js';

/**
 * What a network is at one moment, in words of no file format and of no class: what `save` writes is one, and
 * what `load` makes a network of.
 */
export interface Model {
  /** Without `threads` and `gemm`, which depend on the machine. */
  spec: Omit<NetworkSpec, 'threads' | 'gemm'>;
  /** Flat, in the layout of the seam. */
  parameters: Float32Array;
  optimizerState: OptimizerState;
}
