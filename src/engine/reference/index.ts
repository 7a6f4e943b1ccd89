import { ChainruleError } from '../../error.js';
import { firstNonFinite } from '../../numbers/finite.js';
import type { Backend, Gemm, GemmChoice } from '../contract.js';
import { ReferenceDataset } from './dataset.js';
import { ReferenceNetwork } from './network.js';

/** The engine in plain TypeScript: runs wherever Node runs, and shows how the native one computes. */
export const referenceBackend: Backend = {
  name: 'reference',
  simd: 'none',
  blas: 'none',
  resolveGemm,
  createNetwork: (spec, parameters) => new ReferenceNetwork(spec, parameters),
  createDataset: (samples) => new ReferenceDataset(samples),
  firstNonFinite,
};

function resolveGemm(choice: GemmChoice): Gemm {
  if (choice !== 'openblas') return 'own';
  throw new ChainruleError('ERR_BACKEND', 'the reference engine computes products itself, not by OpenBLAS');
}
