/** Where an estimator computes, and what two of its methods have in common. */

import { isMap } from '../data/realms.js';
import { ChainruleError } from '../error.js';
import type { LoadOptions } from '../network/network.js';

/** Options of a loaded estimator that depend on this machine, not on the file. */
export type EstimatorLoadOptions = LoadOptions;

/** The error for a method that needs a fitted estimator. */
export function unfitted(method: string): ChainruleError {
  return new ChainruleError('ERR_UNFITTED', `${method} was called before fit: fit the estimator or load one`);
}

/** The error for a method that would change an estimator during a fit. */
export function busy(method: string): ChainruleError {
  return new ChainruleError(
    'ERR_BUSY',
    `${method} was called while the estimator is fitted: await that first`,
  );
}

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
