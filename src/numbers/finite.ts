/** Finds values that cannot be computed with. Each engine has its own search; the native one is faster. */
export interface Finder {
  /** Index of the first NaN or infinity, or -1. */
  firstNonFinite(values: Float32Array): number;
}

/** Index of the first NaN or infinity, or -1. */
export function firstNonFinite(values: Float32Array | Float64Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** For code without an engine. */
export const plainFinder: Finder = { firstNonFinite };
