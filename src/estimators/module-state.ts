/** What the module of an estimator holds as plain JSON, for the code in `src/module/`. */

import type { LearntColumn } from '../data/learn-column.js';
import type { NetworkState } from '../network/module.js';
import type { Calibration } from './calibration.js';
import type { InputShape } from './fit-input.js';
import type { TargetScale } from './regressor-outputs.js';

export interface EstimatorState {
  columns: readonly LearntColumn[];
  unnamed: boolean;
  shape: InputShape;
  /** The names that the option `columns` gave to rows without names, if it did. */
  columnNames: readonly string[] | null;
  /** (outputs) */
  constant: readonly number[];
  /** Empty if every row gets `constant`. */
  networks: readonly NetworkState[];
}

export interface ClassifierState extends EstimatorState {
  calibration: Calibration;
  threshold: number | null;
}

export interface RegressorState extends EstimatorState {
  scale: TargetScale;
  quantiles: readonly number[] | null;
}
