/** Curves and bins behind the charts, from targets and probabilities. */

/** How much rows count: all the same if null. */
export type Weights = Float32Array | null;

export function weightOf(weights: Weights, row: number): number {
  return weights === null ? 1 : weights[row];
}

export interface RocPoint {
  /** Share of the others that are taken for the class. */
  falsePositive: number;
  /** Share of the class that is found. */
  truePositive: number;
}

const MOST_POINTS = 200;

/** The ROC curve of a class against the rest: scores from the highest down, equal ones at once. */
export function rocCurve(
  scores: Float64Array,
  isPositive: (row: number) => boolean,
  weights: Weights,
): RocPoint[] {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
  let [positives, negatives] = [0, 0];
  for (const row of order) {
    if (isPositive(row)) positives += weightOf(weights, row);
    else negatives += weightOf(weights, row);
  }
  const points: RocPoint[] = [{ falsePositive: 0, truePositive: 0 }];
  let [hits, alarms] = [0, 0];
  order.forEach((row, i) => {
    if (isPositive(row)) hits += weightOf(weights, row);
    else alarms += weightOf(weights, row);
    if (i + 1 < order.length && scores[order[i + 1]] === scores[row]) return;
    points.push({ falsePositive: alarms / negatives, truePositive: hits / positives });
  });
  return thinned(withoutMiddles(points), MOST_POINTS);
}

/** Points on a straight step between their neighbours say nothing. */
function withoutMiddles(points: RocPoint[]): RocPoint[] {
  return points.filter((point, i) => {
    const [before, after] = [points[i - 1], points[i + 1]];
    if (before === undefined || after === undefined) return true;
    const isUp = before.falsePositive === point.falsePositive && point.falsePositive === after.falsePositive;
    const isRight = before.truePositive === point.truePositive && point.truePositive === after.truePositive;
    return !isUp && !isRight;
  });
}

/** At most so many of some points, evenly spread, with the first and the last. */
export function thinned<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points];
  return Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]);
}

const GRID = 100;

/** The mean of several ROC curves at equal shares of false positives. */
export function meanRoc(curves: readonly (readonly RocPoint[])[]): RocPoint[] {
  const means = Array.from({ length: GRID + 1 }, (_, i) => {
    const falsePositive = i / GRID;
    const heights = curves.map((curve) => heightAt(curve, falsePositive));
    return { falsePositive, truePositive: heights.reduce((sum, each) => sum + each, 0) / heights.length };
  });
  return [{ falsePositive: 0, truePositive: 0 }, ...means];
}

function heightAt(curve: readonly RocPoint[], x: number): number {
  // Of a vertical step the upper end: what can be had for no more false positives.
  let last = 0;
  while (last + 1 < curve.length && curve[last + 1].falsePositive <= x) last++;
  const [from, to] = [curve[last], curve[last + 1]];
  if (to === undefined) return from.truePositive;
  const part = (x - from.falsePositive) / (to.falsePositive - from.falsePositive);
  return from.truePositive + part * (to.truePositive - from.truePositive);
}

/** Rows whose predicted probabilities are near each other. */
export interface ReliabilityBin {
  from: number;
  to: number;
  rows: number;
  /** Mean probability that was predicted. */
  predicted: number;
  /** Share of the rows for which it came true. */
  actual: number;
  /** Ends of the 95% interval of that share. */
  low: number;
  high: number;
}

const BINS = 10;

/** Rows by their predicted probability, in ten bins of equal width; those without rows are left out. */
export function reliability(
  probabilities: ArrayLike<number>,
  cameTrue: (row: number) => boolean,
  weights: Weights,
): ReliabilityBin[] {
  const bins = Array.from({ length: BINS }, () => ({ rows: 0, weight: 0, predicted: 0, actual: 0 }));
  for (let row = 0; row < probabilities.length; row++) {
    const bin = bins[Math.min(BINS - 1, Math.floor(probabilities[row] * BINS))];
    const weight = weightOf(weights, row);
    bin.rows++;
    bin.weight += weight;
    bin.predicted += weight * probabilities[row];
    if (cameTrue(row)) bin.actual += weight;
  }
  return bins.flatMap(({ rows, weight, predicted, actual }, i) => {
    if (weight === 0) return [];
    const share = actual / weight;
    const [low, high] = wilson(share, rows);
    return {
      from: i / BINS,
      to: (i + 1) / BINS,
      rows,
      predicted: predicted / weight,
      actual: share,
      low,
      high,
    };
  });
}

/** Mean distance between predicted and actual shares, by rows (the expected calibration error). */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  return bins.reduce((sum, bin) => sum + (bin.rows * Math.abs(bin.predicted - bin.actual)) / rows, 0);
}

const Z = 1.959964;

/** 95% interval of a share that was found in so many rows (Wilson, JASA 1927). */
export function wilson(share: number, rows: number): [low: number, high: number] {
  const spread = Z ** 2 / rows;
  const middle = (share + spread / 2) / (1 + spread);
  const half = (Z / (1 + spread)) * Math.sqrt((share * (1 - share)) / rows + spread / (4 * rows));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** The value below which a share of ascending values lies. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const place = share * (ascending.length - 1);
  const below = Math.floor(place);
  const [low, high] = [ascending[below], ascending[Math.min(below + 1, ascending.length - 1)]];
  return low + (place - below) * (high - low);
}
