/** Divides whole numbers of up to 18 digits by powers of ten, as exactly as `Number` reads them and faster. */

/** Powers of ten that a double holds exactly. */
export const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Multiplied by it, a double splits into two halves of 26 bits (Dekker 1971). */
const SPLITTER = 2 ** 27 + 1;
/** Above the error of the remainder, as a part of it and of the quotient. */
const DOUBT = 2 ** -50;
const DOUBT_OF_QUOTIENT = 2 ** -100;

/**
 * The double nearest to (high + low) / 10^decimals, or NaN if it is too close to the middle of two doubles to tell.
 *
 * The quotient is found as the sum of a double and its remainder, which has twice the digits that are needed to
 * round it.
 *
 * @param high - a whole number below 10^18 of which the last digits are zeros
 * @param low - a whole number below 10^9
 */
export function quotient(high: number, low: number, decimals: number): number {
  if (decimals >= POWERS_OF_TEN.length) return Number.NaN;
  const divisor = POWERS_OF_TEN[decimals];
  // The dividend as a double, and what it lacks.
  const sum = high + low;
  const rest = low - (sum - high);
  const first = sum / divisor;
  const product = first * divisor;
  const second = (sum - product - productError(first, divisor, product) + rest) / divisor;
  const nearest = first + second;
  // Whatever the error of the remainder is, the sum must round to the same double (Ziv 1991).
  const doubt = DOUBT * Math.abs(second) + DOUBT_OF_QUOTIENT * first;
  return first + (second - doubt) === nearest && first + (second + doubt) === nearest ? nearest : Number.NaN;
}

/** What a product of doubles lacks of the exact one. */
function productError(a: number, b: number, product: number): number {
  const aScaled = SPLITTER * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = SPLITTER * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}
