import { loadNativeBackend } from '../../../src/engine/native/native.js';
import { conformance } from '../../conformance/index.js';

conformance('native', () => loadNativeBackend());
