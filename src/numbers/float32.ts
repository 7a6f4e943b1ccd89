/** The range of the numbers that engines compute with. */

export const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** Smaller numbers are denormal, and processors are told to take those for 0. */
export const SMALLEST_NORMAL = 2 ** -126;
