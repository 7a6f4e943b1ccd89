/** The options of an estimator as it keeps them. */

import { isMap } from '../data/realms.js';
import type { LoadOptions } from '../options/network.js';

/** Options of a loaded estimator that depend on this machine, not on the file. */
export type EstimatorLoadOptions = LoadOptions;

/** A copy of the options with the seed, that later changes of the caller's object do not reach. */
export function ownOptions<T extends object>(options: T, seed: number): Readonly<T & { seed: number }> {
  return Object.freeze({ ...copyOf(options), seed });
}

/** `structuredClone` refuses the proxies in which frameworks wrap objects to observe them. */
function copyOf<T>(value: T): T;
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, copyOf);
  if (isMap(value)) return new Map(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copyOf(each)]));
}
