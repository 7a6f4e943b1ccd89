import type { Backend } from '../../../src/engine/contract.js';
import { loadNativeBackend } from '../../../src/engine/native/native.js';
import { conformance } from '../../conformance/index.js';

conformance('native', () => loadNativeBackend());
conformance('native', () => byOpenBlas(loadNativeBackend()), 'native (products by OpenBLAS)');

/** The engine with OpenBLAS where a network leaves the choice to it. */
function byOpenBlas(backend: Backend): Backend {
  return {
    ...backend,
    createNetwork: (spec, parameters) => backend.createNetwork({ ...spec, gemm: 'openblas' }, parameters),
  };
}
