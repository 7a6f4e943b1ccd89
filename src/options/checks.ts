/**
 * Checks of option values. A check takes a caller's value and its name, and returns the value typed, or throws
 * ERR_OPTION with what was expected and what came.
 */

import { ChainruleError, show } from '../error.js';
import { LARGEST_FLOAT32, SMALLEST_NORMAL } from '../numbers/float32.js';

export type Check<T> = (value: unknown, name: string) => T;

/** The error for an option that is not what it should be. */
export function unexpected(name: string, value: unknown, expected: string): ChainruleError {
  return new ChainruleError('ERR_OPTION', `${name} is ${show(value)}, expected ${expected}`);
}

/** A check for numbers in a range, e.g. `number('a number from 0 to below 1', (v) => v >= 0 && v < 1)`. */
export function number(expected: string, accepts: (value: number) => boolean): Check<number> {
  return (value, name) => {
    if (typeof value !== 'number' || !Number.isFinite(value) || !accepts(value)) {
      throw unexpected(name, value, expected);
    }
    // Engines compute in float32, in which it would be infinite.
    if (Math.abs(value) > LARGEST_FLOAT32) throw unexpected(name, value, `${expected}, at most 3.4e38`);
    return value;
  };
}

/** Of a number that no engine computes with: a double. */
export const finite: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw unexpected(name, value, 'a finite number');
  return value;
};

export const positive = number('a number above 0', (value) => value > 0);
/** For what has to be above 0 in float32, too. */
export const positiveFloat: Check<number> = (value, name) => {
  if (positive(value, name) >= SMALLEST_NORMAL) return value as number;
  throw unexpected(name, value, 'a number above 0 that is so in float32, too: at least 1.2e-38');
};
export const nonNegative = number('a number of at least 0', (value) => value >= 0);
export const fraction = number('a number from 0 to below 1', (value) => value >= 0 && value < 1);
const innerFraction = number('a number above 0 and below 1', (value) => value > 0 && value < 1);
export const innerFractions: Check<number[]> = (value, name) => {
  if (!Array.isArray(value) || value.length === 0) {
    throw unexpected(name, value, 'an array of at least one number above 0 and below 1');
  }
  return value.map((each, i) => innerFraction(each, `${name}[${i}]`));
};

/** A check for whole numbers from `minimum` to `maximum`, both included. */
export function integer(minimum: number, maximum: number): Check<number> {
  return number(
    `a whole number from ${minimum} to ${maximum}`,
    (value) => Number.isInteger(value) && value >= minimum && value <= maximum,
  );
}

export const boolean: Check<boolean> = (value, name) => {
  if (typeof value !== 'boolean') throw unexpected(name, value, 'true or false');
  return value;
};

/** A check for a function that is called with a record. */
export function callback<T>(value: unknown, name: string): (record: T) => unknown {
  if (typeof value !== 'function') throw unexpected(name, value, 'a function');
  return value as (record: T) => unknown;
}

/** A check for one of a few names; for an unknown one, the error suggests the nearest. */
export function oneOf<T extends string>(names: readonly T[]): Check<T> {
  return (value, name) => {
    if ((names as readonly unknown[]).includes(value)) return value as T;
    const hint = typeof value === 'string' ? suggestion(value, names) : '';
    throw unexpected(name, value, `one of ${names.map(show).join(', ')}${hint}`);
  };
}

/** The checked value of an option, or `fallback` if it is not given. */
export function optional<T, F>(value: unknown, name: string, check: Check<T>, fallback: F): T | F {
  return value === undefined ? fallback : check(value, name);
}

/** A check that accepts null and what `check` accepts. */
export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, name) => (value === null ? null : check(value, name));
}

/**
 * Returns `value` as an object whose fields can be read by name. Refuses an option that is not among `known`:
 * one that silently does nothing is worse than an error.
 */
export function optionsObject(
  value: unknown,
  known: readonly string[],
  where: string,
): Readonly<Record<string, unknown>> {
  if (!mayBeOptions(value, known)) {
    const verb = where.startsWith('the options ') ? 'are' : 'is';
    throw new ChainruleError('ERR_OPTION', `${where} ${verb} ${show(value)}, expected an object`);
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const hint = suggestion(key, known) || `; expected one of ${known.join(', ')}`;
    throw new ChainruleError('ERR_OPTION', `unknown option ${show(key)} in ${where}${hint}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/**
 * Any plain object; one of a class, also by its prototype, if it has at least one of the options. Others hold none: a
 * signal, a Map, a promise or a Date that stands in the wrong place.
 */
function mayBeOptions(value: unknown, known: readonly string[]): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    return false;
  }
  const prototype: object | null = Object.getPrototypeOf(value);
  // In every realm, Object.prototype is the one that has none.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain || Object.keys(value).length > 0 || known.some((name) => name in value);
}

function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : `; did you mean '${nearest}'?`;
}

/** Names may be data, and to compare two takes the square of their length. */
const LONGEST_NAME = 100;

/** The name among `known` that `name` most likely misspells, if any is near enough. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  let nearest: string | undefined;
  // With up to a third of the letters wrong it is still a typo; with more it is another word.
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= fewest) continue;
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest) {
      nearest = candidate;
      fewest = edits;
    }
  }
  return nearest;
}

/** How many letters to insert, delete, replace or swap with a neighbour to turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(replaced, previous[j] + 1, current[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, beforePrevious[j - 2] + 1);
      }
      current.push(edits);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length];
}
