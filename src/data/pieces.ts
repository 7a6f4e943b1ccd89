/**
 * A number as how far it has come through each of several ranges: piecewise-linear encoding (Gorishniy, Rubachev and
 * Babenko, "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS 2022, section 3.2), beside the
 * number itself. Networks learn steps and bends from it that trees find easily and smooth functions hardly.
 *
 * With u = (x - lower) / (upper - lower), the feature of a range is u clamped to [0, 1], minus 1/2. The first range
 * goes on below to u = -1 and the last above to u = 2. Values are scaled and clipped ones, see `robust-scale.ts`.
 */

import { valuesAtRanks } from '../numbers/order.js';
import { type Scale, smoothClip } from './robust-scale.js';

/** With fewer rows to a range, what the ranges say is chance, and sets of a few hundred rows lose by them. */
const ROWS_PER_PIECE = 200;
const LEAST_PIECES = 5;
export const MOST_PIECES = 16;
/** Of all columns together: they make the first layer of a network wide. */
const PIECES_OF_ALL = 256;
/** A column with fewer different values has too few to divide. */
const LEAST_VALUES = 9;

/** Into how many ranges to divide each column of a table. */
export function pieceCount(rows: number, columns: number): number {
  const pieces = Math.floor(Math.min(MOST_PIECES, rows / ROWS_PER_PIECE, PIECES_OF_ALL / columns));
  return pieces < LEAST_PIECES ? 0 : pieces;
}

/**
 * The ends of at most `pieces` ranges with as many values each, ascending: one more than ranges, or none if there are
 * fewer than two ranges. Equal quantiles make fewer ranges.
 *
 * @param known - none may be NaN
 */
export function knotsOf(known: Float64Array, scale: Scale, pieces: number): number[] {
  if (pieces === 0) return [];
  if (!hasValues(known, LEAST_VALUES)) return [];
  const ranks = Array.from({ length: pieces + 1 }, (_, i) => Math.round(((known.length - 1) * i) / pieces));
  const quantiles = valuesAtRanks(known, ranks);
  const knots = quantiles.filter((knot, i) => i === 0 || isBelow(quantiles[i - 1], knot, scale));
  return knots.length < 3 ? [] : knots;
}

/** Whether two knots differ after clipping: what lies far beyond 3 is not told apart. */
export function isBelow(lower: number, upper: number, scale: Scale): boolean {
  return smoothClip(lower, scale) < smoothClip(upper, scale);
}

/** Whether at least `count` of the values differ. */
function hasValues(values: Float64Array, count: number): boolean {
  const found = new Set<number>();
  for (let i = 0; i < values.length && found.size < count; i++) found.add(values[i]);
  return found.size >= count;
}

/** Writes the features of `value` between `knots` from `at` on. Both are scaled. */
export function writePieces(
  value: number,
  knots: readonly number[],
  features: Float32Array,
  at: number,
): void {
  const last = knots.length - 2;
  for (let piece = 0; piece <= last; piece++) {
    const lower = knots[piece];
    const share = (value - lower) / (knots[piece + 1] - lower);
    const least = piece === 0 ? -1 : 0;
    const most = piece === last ? 2 : 1;
    features[at + piece] = Math.min(Math.max(share, least), most) - 0.5;
  }
}
