/**
 * Scales a feature by its quartiles and clips it smoothly into (-3, 3), so that neither the unit of a column nor a
 * few wild values matter: x1 = factor (x - centre), x2 = x1 / sqrt(1 + (x1 / 3)^2). The rule is that of RealMLP
 * (Holzmüller, Grinsztajn and Steinwart, "Better by Default", 2024).
 */

import { valuesAtRanks } from '../numbers/order.js';

export interface Scale {
  /** The median. */
  readonly centre: number;
  /** 1 / (upper - lower quartile); 2 / (max - min) if those are equal; 0 for a constant. */
  readonly factor: number;
}

/** The scale of values, none of which may be NaN. */
export function scaleOf(known: Float64Array): Scale {
  const last = known.length - 1;
  const ranks = [0, ...SHARES.flatMap((share) => around(last * share)), last];
  const found = known.length === 0 ? [] : valuesAtRanks(known, ranks);
  const at = new Map(ranks.map((rank, i) => [rank, found[i]]));
  return scaleOfSorted(known.length, (index) => at.get(index) ?? Number.NaN);
}

/** Shares of the values below those that make the scale. */
const SHARES = [0.25, 0.5, 0.75];
const around = (place: number) => [Math.floor(place), Math.ceil(place)];

/** The scale of a feature that has few different values: pairs of a value and how often it occurs, ascending. */
export function scaleOfCounts(counts: readonly (readonly [value: number, count: number])[]): Scale {
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  return scaleOfSorted(total, (index) => {
    let end = 0;
    for (const [value, count] of counts) {
      end += count;
      if (index < end) return value;
    }
    return Number.NaN;
  });
}

function scaleOfSorted(count: number, at: (index: number) => number): Scale {
  if (count === 0) return { centre: 0, factor: 0 };
  // JSON has no -0.
  const centre = median(count, at) + 0;
  const spread = distance(quantile(count, at, 0.25), quantile(count, at, 0.75));
  if (spread > 0) return { centre, factor: reciprocal(spread) };
  const range = distance(at(0), at(count - 1));
  return { centre, factor: range > 0 ? 2 * reciprocal(range) : 0 };
}

/** As numpy's median, with its roundings. */
function median(count: number, at: (index: number) => number): number {
  const lower = at((count - 1) >> 1);
  const upper = at(count >> 1);
  const sum = lower + upper;
  return Number.isFinite(sum) ? sum / 2 : lower / 2 + upper / 2;
}

/** As numpy's method 'linear', with its roundings. */
function quantile(count: number, at: (index: number) => number, share: number): number {
  const place = (count - 1) * share;
  const below = Math.floor(place);
  const weight = place - below;
  const lower = at(below);
  if (weight === 0) return lower;
  const upper = at(below + 1);
  const step = upper - lower;
  if (!Number.isFinite(step)) return lower * (1 - weight) + upper * weight;
  return weight < 0.5 ? lower + step * weight : upper - step * (1 - weight);
}

/** The distance of two numbers of any size, at most the largest double. */
const distance = (lower: number, upper: number) => Math.min(upper - lower, Number.MAX_VALUE);

/** At most a quarter of the largest double, for denormal differences. */
const reciprocal = (value: number) => Math.min(1 / value, Number.MAX_VALUE / 4);

/** Beyond this, x1 is so large that x2 is 3 in double. */
const SURELY_CLIPPED = 1e9;

/** The scaled and clipped value of a finite `value`. Never NaN, at most 3 in size. */
export function smoothClip(value: number, { centre, factor }: Scale): number {
  if (factor === 0) return 0;
  const difference = value - centre;
  // The difference of two huge numbers may be infinite although their scaled difference is small.
  const scaled = Number.isFinite(difference) ? factor * difference : factor * value - factor * centre;
  if (scaled > SURELY_CLIPPED) return 3;
  if (scaled < -SURELY_CLIPPED) return -3;
  const third = scaled / 3;
  return scaled / Math.sqrt(1 + third * third);
}
