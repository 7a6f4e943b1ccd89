/** Arrays whose size depends on what the caller has given. */

import { ChainruleError } from '../error.js';

const BYTES_PER_MEGABYTE = 1e6;

/**
 * `length` zeros.
 *
 * @param what - what they are for, as a message says it
 * @throws {@link ChainruleError} ERR_MEMORY with what would have been needed
 */
export function newFloats(length: number, what: string): Float32Array<ArrayBuffer> {
  return allocated(() => new Float32Array(length), length, what);
}

/** As {@link newFloats}, in double precision. */
export function newDoubles(length: number, what: string): Float64Array<ArrayBuffer> {
  return allocated(() => new Float64Array(length), length, what, 8);
}

/** A copy of `values` in single precision. Throws as {@link newFloats}. */
export function copyFloats(values: Float32Array | Float64Array, what: string): Float32Array<ArrayBuffer> {
  return allocated(() => new Float32Array(values), values.length, what);
}

function allocated<T>(allocate: () => T, length: number, what: string, bytesEach = 4): T {
  try {
    return allocate();
  } catch (cause) {
    const megabytes = Math.ceil((bytesEach * length) / BYTES_PER_MEGABYTE);
    const message = `no memory for ${what}: ${length} numbers, ${megabytes} MB`;
    throw new ChainruleError('ERR_MEMORY', message, { cause });
  }
}
