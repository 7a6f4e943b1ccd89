/** Arrays whose size depends on what the caller has given. */

import { ChainruleError } from '../error.js';
import { megabytes, requireMemory } from './memory-limit.js';

/** The classes of typed arrays of numbers. */
type NumberArray =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

interface ArrayClass<A extends NumberArray> {
  new (length: number): A;
  readonly BYTES_PER_ELEMENT: number;
}

/**
 * `length` zeros, e.g. `newArray(Uint32Array, rows, 'the order of the rows')`.
 *
 * @param what - what they are for, as a message says it
 * @throws {@link ChainruleError} ERR_MEMORY with what would have been needed
 */
export function newArray<A extends NumberArray>(Type: ArrayClass<A>, length: number, what: string): A {
  const bytes = Type.BYTES_PER_ELEMENT * length;
  requireMemory(bytes, what);
  try {
    return new Type(length);
  } catch (cause) {
    const message = `no memory for ${what}: ${length} numbers, ${megabytes(bytes)}`;
    throw new ChainruleError('ERR_MEMORY', message, { cause });
  }
}

/** The values of a function of the place. Throws as {@link newArray}. */
export function arrayOf<A extends NumberArray>(
  Type: ArrayClass<A>,
  length: number,
  what: string,
  value: (place: number) => number,
): A {
  const array = newArray(Type, length, what);
  for (let i = 0; i < length; i++) array[i] = value(i);
  return array;
}

/** 0, 1, 2, ...: all rows in order. Throws as {@link newArray}. */
export function allRows(rows: number): Uint32Array<ArrayBuffer> {
  return arrayOf(Uint32Array, rows, 'the order of the rows', (row) => row);
}

/** A copy of numbers in an array of another type, or of the same. Throws as {@link newArray}. */
export function copyAs<A extends NumberArray>(
  Type: ArrayClass<A>,
  values: ArrayLike<number>,
  what: string,
): A {
  const copy = newArray(Type, values.length, what);
  copy.set(values);
  return copy;
}

/** Zeros in single precision. Throws as {@link newArray}. */
export function newFloats(length: number, what: string): Float32Array<ArrayBuffer> {
  return newArray(Float32Array, length, what);
}

/** Zeros in double precision. Throws as {@link newArray}. */
export function newDoubles(length: number, what: string): Float64Array<ArrayBuffer> {
  return newArray(Float64Array, length, what);
}

/** A copy in single precision. Throws as {@link newArray}. */
export function copyFloats(values: ArrayLike<number>, what: string): Float32Array<ArrayBuffer> {
  return copyAs(Float32Array, values, what);
}
