/** Checks of values in the JSON of other software. All errors are ERR_FILE. */

import { ChainruleError, show } from '../../error.js';

export type Fields = Readonly<Record<string, unknown>>;

export function wrong(where: string, value: unknown, expected: string): ChainruleError {
  return new ChainruleError('ERR_FILE', `${where} is ${show(value)}, expected ${expected}`);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown, where: string): Fields {
  if (isFields(value)) return value;
  throw wrong(where, value, 'an object');
}

/** A field of the object itself: a file must not reach inherited properties. */
export function own(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

export function listOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(where, value, 'an array');
}

export function textOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw wrong(where, value, 'a text');
}

export function numberOf(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(where, value, 'a finite number');
}

/** A whole number from `least` on. */
export function countOf(value: unknown, where: string, least = 0): number {
  const count = numberOf(value, where);
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw wrong(where, value, `a whole number from ${least}`);
}
