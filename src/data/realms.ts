/**
 * Recognises objects of other realms too (a frame, a vm context, a test runner's), which `instanceof` does not. By
 * what the language itself gives, not by `node:util`, so that it works in browsers.
 */

/** Whether `method`, which works on one kind of object only, works on `value`. */
function works(method: () => unknown, value: unknown): boolean {
  // What has no brand: saves the exception.
  if (typeof value !== 'object' || value === null) return false;
  try {
    method.call(value);
    return true;
  } catch {
    return false;
  }
}

const sizeOf = (prototype: object) =>
  Object.getOwnPropertyDescriptor(prototype, 'size')?.get as () => unknown;

export const isDate = (value: unknown): value is Date => works(Date.prototype.getTime, value);

export const isMap = (value: unknown): value is ReadonlyMap<unknown, unknown> =>
  works(sizeOf(Map.prototype), value);

export const isSet = (value: unknown): value is ReadonlySet<unknown> => works(sizeOf(Set.prototype), value);

/** 'Float64Array' and the like; undefined for anything but a typed array. */
export function typedArrayName(value: unknown): string | undefined {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype);
  return Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.get?.call(value);
}
