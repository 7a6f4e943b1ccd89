import type { NetworkSpec, OptimizerState } from '../engine/contract.js';

/**
 * A network at one moment, as plain data, independent of any file format or class: what `save` writes, and
 * what `load` makes a network from.
 */
export interface Model {
  /** Without `threads` and `gemm`, which depend on the machine. */
  spec: Omit<NetworkSpec, 'threads' | 'gemm'>;
  /** Flat, in the layout of the seam. */
  parameters: Float32Array;
  optimizerState: OptimizerState;
}
