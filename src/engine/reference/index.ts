import { firstNonFinite } from '../../numbers/finite.js';
import type { Backend } from '../contract.js';
import { ReferenceDataset } from './dataset.js';
import { ReferenceNetwork } from './network.js';

/** The engine in plain TypeScript: runs wherever Node runs, and shows how the native one computes. */
export const referenceBackend: Backend = {
  name: 'reference',
  simd: 'none',
  blas: 'none',
  gemm: 'own',
  createNetwork: (spec, parameters) => new ReferenceNetwork(spec, parameters),
  createDataset: (samples) => new ReferenceDataset(samples),
  firstNonFinite,
};
