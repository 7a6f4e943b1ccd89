import { ChainruleError } from '../../error.js';
import { newDoubles, newFloats } from '../../numbers/allocate.js';
import { watchHolder } from '../../numbers/memory-limit.js';
import type {
  Backend,
  BackendDataset,
  BackendNetwork,
  Gemm,
  GemmChoice,
  NetworkSpec,
  Samples,
} from '../contract.js';
import { loadAddon } from './load-addon.js';

/** The native addon's exports; its classes have the seam's interfaces. */
interface Addon {
  simd: string;
  blas: string;
  resolveGemm(choice: GemmChoice): Gemm;
  /** Instruction sets that this CPU has kernels for, best first. */
  instructionSets: string[];
  Network: new (spec: NetworkSpec, parameters: Float32Array) => BackendNetwork;
  Dataset: new (samples: Samples) => BackendDataset;
  firstNonFinite(values: Float32Array): number;
  /**
   * The memory that the core holds now; `allocations` never decreases. `reported` is the memory that V8 knows
   * of outside its heap, including array buffers.
   */
  memory(): {
    bytes: number;
    blocks: number;
    allocations: number;
    /** Of `bytes`; Infinity if none was set. */
    limit: number;
    reported: number;
    helperThreads: number;
  };
  setMemoryLimit(bytes: number): void;
  collectGarbage(): void;
  setErrorClass(errorClass: typeof ChainruleError): void;
  /** Who makes the arrays of results: they belong to the realm of these functions, which throw where there is no memory. */
  setNewArrays(
    newFloats: (length: number) => Float32Array,
    newDoubles: (length: number) => Float64Array,
  ): void;
}

export interface NativeBackend extends Backend {
  readonly instructionSets: readonly string[];
  /** The addon's. */
  memory(): ReturnType<Addon['memory']>;
}

let loaded: NativeBackend | undefined;

/**
 * The engine in C++. Throws ERR_BACKEND with a list of what was tried if no addon can be loaded.
 */
export function loadNativeBackend(): NativeBackend {
  if (loaded === undefined) {
    const { addon: exports, path } = loadAddon();
    const addon = exports as Addon;
    // The addon throws ChainruleErrors itself, so nothing here has to translate them.
    addon.setErrorClass(ChainruleError);
    addon.setNewArrays(
      (length) => newFloats(length, 'a result'),
      (length) => newDoubles(length, 'a result'),
    );
    watchHolder({
      heldBytes: () => addon.memory().bytes,
      limit: () => addon.memory().limit,
      setLimit: (bytes) => addon.setMemoryLimit(bytes),
      collectGarbage: () => addon.collectGarbage(),
    });
    loaded = {
      name: 'native',
      path,
      simd: addon.simd,
      blas: addon.blas,
      resolveGemm: (choice) => addon.resolveGemm(choice),
      instructionSets: addon.instructionSets,
      createNetwork: (spec, parameters) => new addon.Network(spec, parameters),
      createDataset: (samples) => new addon.Dataset(samples),
      firstNonFinite: (values) => addon.firstNonFinite(values),
      memory: () => addon.memory(),
    };
  }
  return loaded;
}
