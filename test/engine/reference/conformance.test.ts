import { referenceBackend } from '../../../src/engine/reference/index.js';
import { conformance } from '../../conformance/index.js';

conformance('reference', () => referenceBackend);
