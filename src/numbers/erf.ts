/** 2 / sqrt(pi) */
const SCALE = 1.1283791670955126;
/** Above this, 1 - erf(x) would lose digits of erfc(x). */
const FAR = 1;

/** erfc(x) = 1 - erf(x), accurate to a few units in its own last place: the tail keeps its digits. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  return x < FAR ? 1 - erfNear(x) : erfcFar(x);
}

/**
 * erf(x) = 2/sqrt(pi) e^(-x²) sum_n 2^n x^(2n+1) / (1 · 3 · ... · (2n+1)) (Abramowitz and Stegun, 7.1.6). All
 * terms have the sign of x: nothing cancels.
 */
function erfNear(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return SCALE * Math.exp(-x * x) * sum;
}

/** sqrt(pi) e^(x²) erfc(x) = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))) (7.1.14), from the far end. */
function erfcFar(x: number): number {
  let fraction = x;
  // As many terms as it takes to reach the last place.
  for (let n = Math.ceil(10 + 200 / (x * x)); n >= 1; n--) fraction = x + n / 2 / fraction;
  return ((SCALE / 2) * Math.exp(-x * x)) / fraction;
}
