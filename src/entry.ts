/**
 * What dist/ exports at run time: all of index.ts, from whichever copy of this library is evaluated first. A
 * program that imports it here and requires it there would else have two of each class, and a Dataset of
 * the one would be none to the other. The types come from index.ts.
 */

import { ENTRY } from './engine/native-engine.js';
import * as own from './index.js';
import { VERSION } from './version.js';

const libraries = globalThis as unknown as Record<symbol, typeof own | undefined>;
const key = Symbol.for(`${ENTRY}@${VERSION}`);
libraries[key] ??= own;
const library = libraries[key];

export const { ChainruleError, Dataset, Network, backend, gradientCheck, metrics, minimize, useAddon } =
  library;
