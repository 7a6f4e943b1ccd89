/** Summaries of many rounds. */

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
 * The summary of a / b, entry by entry: adjacent rounds ran under the same conditions, so the median of their
 * ratios varies less than the ratio of their medians.
 */
export function ratios(a, b) {
  return summary(a.map((value, round) => value / b[round]));
}

/** The largest relative error and its index; a NaN is the largest of all. */
export function worstError(actual, expected) {
  let worst = { error: 0, index: 0 };
  for (const [index, value] of actual.entries()) {
    const error = Math.abs(value - expected[index]) / Math.abs(expected[index]);
    if (Number.isNaN(error)) return { error, index };
    if (error > worst.error) worst = { error, index };
  }
  return worst;
}
