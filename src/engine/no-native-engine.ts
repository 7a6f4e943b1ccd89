/** Stands for native-engine.ts in the build of `chainrule/reference`, which is to hold no native code. */

import type { NativeEngine } from './contract.js';

export const ENTRY: string = 'chainrule/reference';

export const nativeEngine: NativeEngine | null = null;
