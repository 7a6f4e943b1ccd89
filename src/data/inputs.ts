/** Checks and converts x for a network. */

import { ChainruleError } from '../error.js';
import type { Finder } from '../numbers/finite.js';
import { type NumericArray, type Rows, toFloat32, toMatrix } from '../numbers/matrix.js';

/** Data as (rows, columns): flat and row-major, or one array per row. Values are used unchanged. */
export type Inputs = NumericArray | readonly number[] | Rows;

/** Checks x against the width of the network's inputs and returns it as (rows, inputSize). */
export function toInputs(
  name: string,
  data: unknown,
  inputSize: number,
  finder: Finder,
): { inputs: Float32Array; rows: number } {
  const matrix = toMatrix(name, data, inputSize);
  const { length } = matrix.values;
  if (length === 0) throw new ChainruleError('ERR_SHAPE', `${name} is empty, expected at least one row`);
  if (length % inputSize !== 0) {
    throw new ChainruleError(
      'ERR_SHAPE',
      `${name} has ${length} values, expected a multiple of inputSize (${inputSize})`,
    );
  }
  return { inputs: toFloat32(name, matrix, inputSize, finder), rows: length / inputSize };
}
