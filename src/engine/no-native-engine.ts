/** Replaces native-engine.ts in the build of `chainrule/reference`, which must contain no native code. */

import type { NativeEngine } from './contract.js';

export const ENTRY: string = 'chainrule/reference';

export const nativeEngine: NativeEngine | null = null;
