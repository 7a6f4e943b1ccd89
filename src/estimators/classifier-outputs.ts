/** From the outputs of networks to probabilities and classes. It runs in browsers, too. */

import { argmaxRows } from '../metrics/classification.js';
import { newArray } from '../numbers/allocate.js';
import { type Calibration, calibrate } from './calibration.js';
import type { Adjust } from './ensemble.js';

/** What makes calibrated probabilities of the outputs of a network. */
export function calibrationOf({
  ensemble,
  calibration,
}: {
  ensemble: { outputs: number };
  calibration: Calibration;
}): Adjust {
  return (own) => calibrate(own, ensemble.outputs, calibration);
}

/** The class to predict for each row of probabilities. */
export function chooseClasses(
  { threshold, ensemble: { outputs } }: { threshold: number | null; ensemble: { outputs: number } },
  probabilities: Float64Array,
): Int32Array {
  const rows = probabilities.length / outputs;
  if (threshold === null || outputs !== 2) return argmaxRows(probabilities, rows);
  const chosen = newArray(Int32Array, rows, 'the predictions');
  for (let row = 0; row < rows; row++) chosen[row] = probabilities[2 * row + 1] >= threshold ? 1 : 0;
  return chosen;
}
