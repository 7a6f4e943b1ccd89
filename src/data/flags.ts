/**
 * Features that say yes or no, or which of two things holds: robustly scaled as others are, then halved. Most of them
 * are rare, so that scaling makes them larger than numbers are, and networks rely on them too much.
 */

import { type Scale, scaleOfCounts, smoothClip } from './robust-scale.js';

/** The scale of a feature that is 1 in so many of the rows, else 0. */
export function flagScale(ones: number, rows: number): Scale {
  return scaleOfCounts([
    [0, rows - ones],
    [1, ones],
  ]);
}

/** The scale of a feature that is -1 in so many of the rows and 1 in so many others, else 0. */
export function pairScale(first: number, second: number, rows: number): Scale {
  return scaleOfCounts([
    [-1, first],
    [0, rows - first - second],
    [1, second],
  ]);
}

/** The feature: scaled, clipped and halved. */
export function scaleFlag(value: number, scale: Scale): number {
  return smoothClip(value, scale) / 2;
}

/** The scale of the indicator of missing cells, if there are any. */
export function indicatorScale(missing: number, rows: number): Scale[] {
  return missing === 0 ? [] : [flagScale(missing, rows)];
}

/** The features that say whether a cell is missing. */
export function indicatorValues(scale: Scale): { known: number; missing: number } {
  return { known: scaleFlag(0, scale), missing: scaleFlag(1, scale) };
}
