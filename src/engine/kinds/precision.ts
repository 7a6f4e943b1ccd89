/** The least precision of matrix products, highest first. The core has them in model/spec.h. */
export const precisions = ['float32', 'bf16x3', 'bf16'] as const;

/**
 * `bf16` rounds the operands of products to 8 significant bits; `bf16x3` splits each into two such numbers and keeps
 * 16 bits; `float32` has 24.
 */
export type Precision = (typeof precisions)[number];
