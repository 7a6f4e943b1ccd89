/** The scale g of the inputs: the first layer sees X' = X (.) g, a column of X times an element of g. */

import type { Model } from './model.js';
import type { FloatArray } from './vector.js';

/** What the first layer sees of `inputs`, (rows, inputSize): X' in the workspace, or X without a scale. */
export function scaleInputs(model: Model, inputs: FloatArray, rows: number): FloatArray {
  const { scaled } = model.workspace;
  if (scaled === null) return inputs;
  const { scale } = model.parameters;
  const columns = scale.length;
  for (let i = 0; i < rows * columns; i++) scaled.inputs[i] = inputs[i] * scale[i % columns];
  return scaled.inputs;
}

/** dg_i = sum over the rows of x_i dJ/dx'_i, from the dJ/dX' in the workspace; 0 without a scale. */
export function scaleGradient(model: Model, inputs: FloatArray, rows: number): void {
  const { scaled } = model.workspace;
  if (scaled === null) return;
  const { scale } = model.gradients;
  const columns = scale.length;
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let i = column; i < rows * columns; i += columns) sum += inputs[i] * scaled.deltas[i];
    scale[column] = sum;
  }
}
