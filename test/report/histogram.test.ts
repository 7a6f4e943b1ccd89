import { describe, expect, it } from 'vitest';
import { histogram } from '../../src/report/page/histogram.js';

describe('a histogram', () => {
  it('has each number in the bar that holds it', () => {
    const values = Float64Array.of(-1, 0, 0.5, 1, 1, 11);
    const bars = histogram(values, -1, 11);
    expect(bars.reduce((sum, { rows }) => sum + rows, 0)).toBe(values.length);
    // Bars are half a unit wide; the last one holds its upper end, too.
    const filled = bars.filter(({ rows }) => rows > 0);
    expect(filled).toEqual([
      { from: -1, to: -0.5, rows: 1 },
      { from: 0, to: 0.5, rows: 1 },
      { from: 0.5, to: 1, rows: 1 },
      { from: 1, to: 1.5, rows: 2 },
      { from: 10.5, to: 11, rows: 1 },
    ]);
  });

  it.each([
    ['equal numbers', [5, 5, 5]],
    ['numbers whose difference is infinite', [-1.7e308, 0, 1.7e308]],
    ['numbers whose difference is nearly 0', [0, 5e-324]],
  ])('counts %s', (_, numbers) => {
    const bars = histogram(Float64Array.from(numbers), numbers[0], numbers.at(-1)!);
    expect(bars.reduce((sum, { rows }) => sum + rows, 0)).toBe(numbers.length);
    expect(bars[0].rows).toBeGreaterThan(0);
  });
});
