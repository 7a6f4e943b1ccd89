/** Products of matrices to a network's precision. */

import type { Precision } from '../contract.js';
import { gemm } from './gemm.js';
import type { FloatArray } from './vector.js';

/**
 * `gemm` with the operands as `precision` has them: as they are, rounded to bf16, or split into two bf16, high and
 * low, for three products. Sums and C are not rounded to bf16. Numbers in float64 are taken as they are.
 */
export function multiply(
  precision: Precision,
  transposeA: boolean,
  transposeB: boolean,
  m: number,
  n: number,
  k: number,
  a: FloatArray,
  b: FloatArray,
  c: FloatArray,
): void {
  const product = (left: FloatArray, right: FloatArray) =>
    gemm(transposeA, transposeB, m, n, k, left, right, c);
  if (precision === 'float32' || c instanceof Float64Array) {
    product(a, b);
    return;
  }
  const [left, right] = [a.subarray(0, m * k), b.subarray(0, k * n)];
  const [highLeft, highRight] = [toBf16(left), toBf16(right)];
  if (precision === 'bf16x3') {
    product(highLeft, toBf16(difference(right, highRight)));
    product(toBf16(difference(left, highLeft)), highRight);
  }
  product(highLeft, highRight);
}

/**
 * The nearest numbers with 8 significant bits, ties to even: float32 without the lower half of its bits. NaN stays,
 * denormal numbers become 0.
 */
function toBf16(values: FloatArray): Float32Array {
  const rounded = new Float32Array(values);
  const bits = new Uint32Array(rounded.buffer);
  for (let i = 0; i < bits.length; i++) {
    const own = bits[i];
    if ((own & 0x7f800000) === 0) bits[i] = own & 0x80000000;
    else if (Number.isNaN(rounded[i])) bits[i] = 0x7fc00000;
    else bits[i] = (own + 0x7fff + ((own >>> 16) & 1)) & 0xffff0000;
  }
  return rounded;
}

function difference(values: FloatArray, high: Float32Array): Float32Array {
  return high.map((part, i) => values[i] - part);
}
