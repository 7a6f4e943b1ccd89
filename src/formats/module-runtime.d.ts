/**
 * Made of src/module/ by scripts/module-runtime.mjs when the package is built or tested: for each entry an expression
 * that gives its exports.
 */

/** See src/module/network.ts. */
export const NETWORK: string;
/** See src/module/estimator.ts. */
export const ESTIMATOR: string;
