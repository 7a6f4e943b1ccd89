/** How columns write their features, some rows at a time. */

import type { CellFaults } from './cell-faults.js';
import type { Written } from './table.js';

/** Some cells of a column: those of `values` from `from` to before `to`. */
export interface Cells {
  readonly values: ArrayLike<unknown>;
  readonly from: number;
  readonly to: number;
  /** The row of the first of `values`. */
  readonly firstRow: number;
  /** How the file writes them, if it tells. */
  readonly written?: Written | undefined;
}

/** Where the features of a column go: into `features`, (rows, width), from the column `start`. */
export interface Destination {
  readonly features: Float32Array;
  readonly width: number;
  readonly start: number;
}

/** Made once for a column that has been learnt, and used for all rows. */
export interface ColumnWriter {
  /** The features of a missing cell, in place of which those of the others are written. */
  readonly resting: readonly number[];
  write(cells: Cells, to: Destination, faults: CellFaults): void;
}

/** Rows of a column to read between two pauses. */
const ROWS_PER_STEP = 8192;

/** Calls `read` with all rows of a column, in steps. */
export function* readInSteps(
  values: ArrayLike<unknown>,
  read: (cells: Cells) => void,
): Generator<undefined, void, undefined> {
  for (let from = 0; from < values.length; from += ROWS_PER_STEP) {
    read({ values, from, to: Math.min(from + ROWS_PER_STEP, values.length), firstRow: 0 });
    yield;
  }
}
