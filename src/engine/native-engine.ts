/**
 * This library's native code. The build of `chainrule/reference` replaces this file by no-native-engine.ts.
 */

import type { NativeEngine } from './contract.js';
import { explain } from './native/explain.js';
import { useAddon } from './native/load-addon.js';
import { loadNativeBackend } from './native/native.js';

/** How programs import this library. */
export const ENTRY: string = 'chainrule';

export const nativeEngine: NativeEngine | null = { load: loadNativeBackend, explain, useAddon };
