/**
 * What dist/ exports at run time: all of index.ts, from whichever copy of this library is evaluated first.
 * Otherwise a program that both imports and requires it would have two of each class, and one would not accept
 * the other's Dataset. The types come from index.ts.
 */

import { ENTRY } from './engine/native-engine.js';
import * as own from './index.js';
import { VERSION } from './version.js';

const libraries = globalThis as unknown as Record<symbol, typeof own | undefined>;
const key = Symbol.for(`${ENTRY}@${VERSION}`);
libraries[key] ??= own;
const library = libraries[key];

export const {
  ChainruleError,
  Dataset,
  MLPClassifier,
  MLPRegressor,
  ModelHandle,
  Network,
  backend,
  crossValidate,
  gradientCheck,
  loadEstimator,
  makeReport,
  memory,
  metrics,
  minimize,
  openTable,
  readTable,
  search,
  setMemoryLimit,
  tensorBoard,
  useAddon,
} = library;
