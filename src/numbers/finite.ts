/** Finds values that nothing can be computed with. An engine has its own, the native one a quicker one. */
export interface Finder {
  /** Index of the first NaN or infinity, or -1. */
  firstNonFinite(values: Float32Array): number;
}

/** Index of the first NaN or infinity, or -1. */
export function firstNonFinite(values: Float32Array | Float64Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** For where no engine is at hand. */
export const plainFinder: Finder = { firstNonFinite };
