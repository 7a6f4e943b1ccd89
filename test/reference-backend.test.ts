import { referenceBackend } from '../src/backend/reference/index.js';
import { conformance } from './conformance/index.js';

conformance('reference', () => referenceBackend);
