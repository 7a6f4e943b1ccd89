/** The state of a fit between two epochs, as plain data. */

import type { FitState, OptimizerState } from '../engine/contract.js';
import { type EpochFormat, epochRowWidth } from '../engine/epoch-rows.js';

/** What the bits of a fit depend on, by names that its caller knows. Values are JSON; those of data are digests. */
export type Fingerprint = Readonly<Record<string, unknown>>;

/** Who computed: the last digits of results depend on it. */
export interface Engine {
  backend: string;
  gemm: string;
  simd: string;
  /** What computed matrix products: 'float32', or a unit and a precision. */
  products: string;
}

/** How a fit ended, if it did so by itself. */
export type Ending = 'epochs' | 'converged' | 'earlyStopping';

/** The epochs so far, as rows of numbers. */
export interface EpochRows {
  format: EpochFormat;
  rows: Float64Array;
}

/** What a fit on batches has to know besides. */
export interface BatchesState {
  rowsPerEpoch: number;
  /** Digest of the first rows of every epoch so far; null if they were not always the same. */
  firstRows: string | null;
}

/** A network in the middle of a fit, or at its end. */
export interface FitSnapshot {
  parameters: Float32Array;
  optimizerState: OptimizerState;
  /** What the fit continues from; null if it has converged or was stopped early, when the network is final. */
  state: FitState | null;
  history: EpochRows;
  /** Null while the fit goes on. */
  ended: Ending | null;
  /** With early stopping. */
  bestEpoch?: number | undefined;
  batches?: BatchesState | undefined;
}

/** A fit in a checkpoint: where it stands, and which fit it is. */
export interface SavedFit extends FitSnapshot {
  fingerprint: Fingerprint;
  engine: Engine;
  /** How many epochs it was to train. */
  epochs: number;
  /** Names of the optimizer's moments, in the order of its state. */
  moments: readonly string[];
}

/** Epochs of all fits together. */
export function epochsOf(fits: readonly (FitSnapshot | null)[]): number {
  return fits.reduce((sum, fit) => sum + (fit === null ? 0 : epochsDone(fit)), 0);
}

/** Epochs of a fit, of which its history may have kept only some, but always the last. */
export function epochsDone({ history: { rows, format } }: Pick<FitSnapshot, 'history'>): number {
  return rows.length === 0 ? 0 : rows[rows.length - epochRowWidth(format)];
}
