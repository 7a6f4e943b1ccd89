/**
 * What this library has of native code. The build of `chainrule/reference` puts no-native-engine.ts in the
 * place of this file.
 */

import type { NativeEngine } from './contract.js';
import { explain } from './native/explain.js';
import { useAddon } from './native/load-addon.js';
import { loadNativeBackend } from './native/native.js';

/** How programs import this library. */
export const ENTRY: string = 'chainrule';

export const nativeEngine: NativeEngine | null = { load: loadNativeBackend, explain, useAddon };
