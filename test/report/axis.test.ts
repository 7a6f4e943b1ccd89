import { describe, expect, it } from 'vitest';
import { type AxisRequest, valueAxis } from '../../src/report/page/axis.js';

const labelsOf = (request: AxisRequest) => {
  const { ticks, tickFormat } = valueAxis(request).options;
  return ticks.map(tickFormat);
};

/** Pixels from the end of each label to the start of the next, at a width of digits that no font of a page exceeds. */
function gaps(request: AxisRequest): number[] {
  const { ticks, tickFormat } = valueAxis(request).options;
  const scale = request.pixels / (request.to - request.from);
  const half = (tick: number) => 3.3 * tickFormat(tick).length;
  return ticks.slice(1).map((tick, i) => (tick - ticks[i]) * scale - half(tick) - half(ticks[i]));
}

describe('ticks of an axis', () => {
  const ranges = [
    [0, 1e5],
    [279_570, 1_185_000],
    [-3e5, 7e5],
    [0, 1e9],
    [1e9, 1e9 + 40],
    [0, 1e-6],
    [-2.5e-6, 4e-6],
    [0, 3e21],
    [0.2, 0.9],
  ];
  it.each(ranges)('from %d to %d are apart, differ, and are at least two', (from, to) => {
    for (const pixels of [310, 205]) {
      const labels = labelsOf({ from, to, pixels });
      expect(labels.length).toBeGreaterThanOrEqual(2);
      expect(new Set(labels).size).toBe(labels.length);
      if (from < 1e9) expect(Math.min(...gaps({ from, to, pixels }))).toBeGreaterThan(6);
    }
  });

  it('are short, and written in one way', () => {
    expect(labelsOf({ from: 0, to: 1e5, pixels: 310 })).toEqual(['0', '20K', '40K', '60K', '80K', '100K']);
    expect(labelsOf({ from: 0, to: 1e4, pixels: 140 })).toEqual(['0', '5K', '10K']);
    expect(labelsOf({ from: -1e9, to: 1e9, pixels: 310 })).toContain('\u2212500M');
    expect(labelsOf({ from: 0, to: 1e-6, pixels: 140 })).toEqual(['0', '0.5×10⁻⁶', '1×10⁻⁶']);
    expect(labelsOf({ from: 0, to: 0.4, pixels: 310, kind: 'share' })).toContain('10%');
  });

  it('stand at the ends, in spite of rounding', () => {
    expect(labelsOf({ from: 0.2, to: 0.6, pixels: 120 })).toEqual(['0.2', '0.4', '0.6']);
    const nice = valueAxis({ from: 0.6, to: 1.7, pixels: 310, isNice: true });
    expect(nice.options.domain).toEqual([0.6, 1.8]);
  });

  it('of epochs and rows are whole numbers', () => {
    expect(labelsOf({ from: 1, to: 3, pixels: 310, kind: 'whole' })).toEqual(['1', '2', '3']);
  });

  it('of a logarithmic axis are fewer where decades are many', () => {
    const request = { from: 0.004, to: 1.2, pixels: 200, isUpright: true, isLog: true };
    expect(labelsOf({ ...request, pixels: 600 })).toContain('0.02');
    expect(labelsOf(request)).toContain('0.01');
    const many = labelsOf({ ...request, from: 1e-9, to: 1e9 });
    expect(many.length).toBeLessThan(10);
    expect(many.length).toBeGreaterThan(2);
  });

  it.each([
    [-1.7e308, 1.7e308],
    [0, 5e-324],
    [1e308, 1.5e308],
  ])('are numbers from %d to %d, too', (from, to) => {
    for (const isNice of [false, true]) {
      const { domain, ticks } = valueAxis({ from, to, pixels: 310, isNice }).options;
      expect([...domain, ...ticks].every(Number.isFinite)).toBe(true);
      expect(labelsOf({ from, to, pixels: 310, isNice }).join()).toMatch(/^[\d.,\u2212×⁰¹²³⁴⁵⁶⁷⁸⁹]+$/);
    }
  });

  it('is one for a single value', () => {
    expect(labelsOf({ from: 0.26, to: 0.26, pixels: 200 })).toEqual(['0.26']);
  });
});
