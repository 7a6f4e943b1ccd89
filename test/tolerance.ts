/**
 * The named tolerances, and the comparison that uses them. Every numeric test uses these, and
 * tolerance.test.ts proves that the comparison refuses wrong values.
 *
 * A difference is measured relative to the expected value, but at least to a fraction, `floor`, of the largest
 * expected magnitude of the tensor: if a sum cancels, the result carries the rounding errors of its large
 * terms.
 */
export interface Tolerance {
  /** What |actual - expected| may be, relative to max(|expected|, floor * largest |expected|). */
  relative: number;
  floor: number;
}

/** Distance from 1 to the next float32. */
const FLOAT32_EPSILON = 2 ** -23;

/** The same bits, -0 and NaN included. */
export const exact: Tolerance = { relative: 0, floor: 0 };

/** A function of each float32 alone: a few units in the last place. */
export const elementwise: Tolerance = { relative: 8 * FLOAT32_EPSILON, floor: 1e-6 };

/** Sums of `length` float32 products, whose rounding errors mostly cancel. */
export function reduction(length: number): Tolerance {
  return { relative: 4 * FLOAT32_EPSILON * Math.sqrt(length), floor: 1 };
}

/** One forward pass through a few layers in float32: outputs and losses. */
export const forwardPass: Tolerance = { relative: 1e-5, floor: 0.03 };

/** What an exported model gives in somebody else's software, relative to the largest output. */
export const exportedModel: Tolerance = { relative: 1e-5, floor: 1 };

/**
 * The losses of a descent, relative to the largest: one that has nearly vanished is the square of a difference
 * between nearly equal float32 numbers.
 */
export const lossCurve: Tolerance = { relative: 1e-5, floor: 1 };

/** Gradients, and parameters after many steps, in float32. */
export const trajectory: Tolerance = { relative: 1e-4, floor: 0.03 };

/**
 * The same with RMSprop, relative to the largest: it divides a gradient by its own size, so that one that is
 * nearly 0, and mostly rounding, moves its weight as far as the others move theirs.
 */
export const normalisedTrajectory: Tolerance = { relative: 1e-4, floor: 1 };

/** The difference of two nearly equal float32 tensors. */
export const remainder: Tolerance = { relative: 1e-3, floor: 0.03 };

/** Published numbers, printed to `digits` significant digits. */
export function printed(digits: number): Tolerance {
  return { relative: 0.5 * 10 ** (1 - digits), floor: 0 };
}

/** Central differences of float32 losses, which round away half of the digits. */
export const centralDifference: Tolerance = { relative: 2e-3, floor: 0.1 };

/**
 * Describes the worst difference between two tensors, or returns null if there is none beyond the
 * tolerance. A NaN equals a NaN and nothing else; an infinity equals itself.
 */
export function worstDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
): string | null {
  if (actual.length !== expected.length) return `${actual.length} values, expected ${expected.length}`;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const magnitude = Math.abs(expected[i]);
    if (magnitude > largest && magnitude < Infinity) largest = magnitude;
  }
  let worst: string | null = null;
  let worstExcess = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    const difference = Math.abs(actual[i] - expected[i]);
    const allowed = tolerance.relative * Math.max(Math.abs(expected[i]), tolerance.floor * largest);
    // Written so that a NaN on either side is refused, and by `exact` also 0 for -0.
    if (difference <= allowed && tolerance.relative > 0 && allowed < Infinity) continue;
    const excess = Number.isFinite(difference) && allowed > 0 ? difference / allowed : Infinity;
    if (worst === null || excess > worstExcess) {
      worst = `[${i}] is ${actual[i]}, expected ${expected[i]} to within ${allowed}`;
      worstExcess = excess;
    }
  }
  return worst;
}

/**
 * Fails the test unless every value is within the tolerance.
 *
 * @param what names the tensor in the message
 */
export function expectClose(
  actual: ArrayLike<number> | number,
  expected: ArrayLike<number> | number,
  tolerance: Tolerance,
  what: string,
): void {
  const difference = worstDifference(
    typeof actual === 'number' ? [actual] : actual,
    typeof expected === 'number' ? [expected] : expected,
    tolerance,
  );
  if (difference !== null) throw new Error(`${what}${difference.startsWith('[') ? '' : ': '}${difference}`);
}
