import { ChainruleError } from '../../error.js';
import type { Backend, BackendDataset, BackendNetwork, Gemm, NetworkSpec, Samples } from '../contract.js';
import { loadAddon } from './load-addon.js';

/** What the native addon exports; its classes have the shape of the seam. */
interface Addon {
  simd: string;
  blas: string;
  gemm: Gemm;
  /** Instruction sets that this CPU has kernels for, best first. */
  instructionSets: string[];
  Network: new (spec: NetworkSpec, parameters: Float32Array) => BackendNetwork;
  Dataset: new (samples: Samples) => BackendDataset;
  firstNonFinite(values: Float32Array): number;
  /**
   * What the core holds at this moment; `allocations` never decreases. `reported` is what V8 knows to be held
   * outside of its heap, by array buffers too.
   */
  memory(): { bytes: number; blocks: number; allocations: number; reported: number; helperThreads: number };
  setErrorClass(errorClass: typeof ChainruleError): void;
}

export interface NativeBackend extends Backend {
  readonly instructionSets: readonly string[];
  /** As the addon has it. */
  memory(): ReturnType<Addon['memory']>;
}

let loaded: NativeBackend | undefined;

/**
 * The engine in C++. Throws ERR_BACKEND, listing what was tried, where no addon can be loaded.
 */
export function loadNativeBackend(): NativeBackend {
  if (loaded === undefined) {
    const { addon: exports, path } = loadAddon();
    const addon = exports as Addon;
    // What the addon throws is a ChainruleError from the start: nothing here has to translate it.
    addon.setErrorClass(ChainruleError);
    loaded = {
      name: 'native',
      path,
      simd: addon.simd,
      blas: addon.blas,
      gemm: addon.gemm,
      instructionSets: addon.instructionSets,
      createNetwork: (spec, parameters) => new addon.Network(spec, parameters),
      createDataset: (samples) => new addon.Dataset(samples),
      firstNonFinite: (values) => addon.firstNonFinite(values),
      memory: () => addon.memory(),
    };
  }
  return loaded;
}
