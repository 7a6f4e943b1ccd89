/** Histograms: rows by a number. */

import * as Plot from '@observablehq/plot';

export interface Bar {
  from: number;
  to: number;
  rows: number;
}

const BARS = 24;

/** Numbers from `from` to `to` in bars of the same width. */
export function histogram(values: Float64Array, from: number, to: number): Bar[] {
  // Divided before they are subtracted: the difference of large numbers may be infinite.
  const width = to / BARS - from / BARS || 1;
  const bars = Array.from({ length: BARS }, (_, i) => ({
    from: from + i * width,
    to: from + (i + 1) * width,
    rows: 0,
  }));
  for (const value of values) {
    bars[Math.min(BARS - 1, Math.max(0, Math.floor(value / width - from / width)))].rows++;
  }
  return bars;
}

/** The mark that draws them. */
export function barsOf(bars: readonly Bar[]): Plot.Markish {
  return Plot.rectY(bars, {
    x1: 'from',
    x2: 'to',
    y: 'rows',
    fill: 'var(--c1)',
    fillOpacity: 0.75,
    insetLeft: 0.5,
    insetRight: 0.5,
  });
}
