import type { BackendName } from '../src/engine/contract.js';
import { loadNativeBackend } from '../src/engine/native/native.js';

/** The engines to run a test on: the native one too, if it has been built. */
export const engines: BackendName[] = nativeLoads() ? ['reference', 'native'] : ['reference'];

function nativeLoads(): boolean {
  try {
    loadNativeBackend();
    return true;
  } catch {
    return false;
  }
}
