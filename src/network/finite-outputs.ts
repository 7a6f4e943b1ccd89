/** Outputs that are NaN or infinite are found before anybody takes them for predictions. It runs in browsers, too. */

import { ChainruleError } from '../error.js';
import { type Finder, firstNonFinite, plainFinder } from '../numbers/finite.js';

/** Of fewer numbers, a call of the engine takes longer than the search. */
const FEW = 256;

/**
 * Finite x and weights give outputs that are not only if sums of their products are beyond float32.
 *
 * @param outputs - (rows, width)
 * @returns the same
 * @throws {@link ChainruleError} ERR_DATA with the row, if one is NaN or infinite
 */
export function finiteOutputs(
  outputs: Float32Array,
  width: number,
  finder: Finder = plainFinder,
): Float32Array {
  const at = outputs.length < FEW ? firstNonFinite(outputs) : finder.firstNonFinite(outputs);
  if (at >= 0) throw tooLarge(outputs, width, at);
  return outputs;
}

/** The same for numbers that an estimator has made of outputs, of rows from `firstRow` on. */
export function finitePredictions(predictions: Float64Array, width: number, firstRow = 0): Float64Array {
  const at = firstNonFinite(predictions);
  if (at >= 0) throw tooLarge(predictions, width, at, firstRow);
  return predictions;
}

function tooLarge(outputs: ArrayLike<number>, width: number, at: number, firstRow = 0): ChainruleError {
  const row = firstRow + Math.floor(at / width);
  return new ChainruleError(
    'ERR_DATA',
    `the prediction for row ${row} (from 0) is ${outputs[at]}: the numbers of the row, or the weights, are too large for float32`,
  );
}
