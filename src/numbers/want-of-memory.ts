/**
 * The errors that JavaScript throws for want of memory, as ours. Arrays of numbers are made by allocate.ts, which says
 * what they are for; this is for all the rest: texts, Maps, lists, and what other packages allocate.
 */

import { ChainruleError } from '../error.js';

/** V8's messages, and those of Node and of JavaScriptCore. */
const MESSAGES =
  /^(Array buffer allocation failed|Invalid (typed )?array length|Invalid string length|(Map|Set) maximum size exceeded|Cannot create a string longer than|Out of memory|Failed to allocate|The value of "size" is out of range)/;

/** ERR_MEMORY for an error of the language that means it; any other error as it is. */
function asMemoryError(error: unknown): unknown {
  const { name, message } = Object(error) as Partial<Error>;
  const means = (name === 'RangeError' || name === 'Error') && MESSAGES.test(String(message));
  return means && !(error instanceof ChainruleError)
    ? new ChainruleError('ERR_MEMORY', `no memory for an array, a text or a list: ${message}`, {
        cause: error,
      })
    : error;
}

type AnyFunction = (this: unknown, ...args: never[]) => unknown;

/** `run` with `asMemoryError` of what it throws, or rejects with. */
export function withMemoryErrors<F extends AnyFunction>(run: F): F {
  const wrapped = function (this: unknown, ...args: never[]): unknown {
    try {
      const result = run.apply(this, args);
      return result instanceof Promise ? result.catch(rethrow) : result;
    } catch (error) {
      throw asMemoryError(error);
    }
  };
  const { name, length } = run;
  return Object.defineProperties(wrapped, {
    name: { value: name },
    length: { value: length },
  }) as unknown as F;
}

/** Does the same with all public methods of a class, but for its constructor. */
export function giveMemoryErrors(Class: abstract new (...args: never[]) => object): void {
  for (const holder of [Class, Class.prototype as object]) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      const { value } = property;
      if (typeof value !== 'function' || name === 'constructor' || name === 'prototype') continue;
      Object.defineProperty(holder, name, { ...property, value: withMemoryErrors(value) });
    }
  }
}

function rethrow(error: unknown): never {
  throw asMemoryError(error);
}
