/** What many rounds come to. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, smallest and largest. */
export function summary(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * Entry by entry a over b, then summed up: rounds that stand beside each other saw the same machine, so the
 * median of their ratios moves less than the ratio of their medians.
 */
export function ratios(a, b) {
  return summary(a.map((value, round) => value / b[round]));
}

/** The largest relative error, and its place; a NaN is the largest of all. */
export function worstError(actual, expected) {
  let worst = { error: 0, index: 0 };
  for (const [index, value] of actual.entries()) {
    const error = Math.abs(value - expected[index]) / Math.abs(expected[index]);
    if (Number.isNaN(error)) return { error, index };
    if (error > worst.error) worst = { error, index };
  }
  return worst;
}
