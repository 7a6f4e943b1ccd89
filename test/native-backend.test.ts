import { loadNativeBackend } from '../src/backend/native.js';
import { conformance } from './conformance/index.js';

conformance('native', () => loadNativeBackend());
