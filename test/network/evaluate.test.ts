import { describe, expect, it } from 'vitest';

import type { Samples } from '../../src/backend/backend.js';
import { metricsOf } from '../../src/network/evaluate.js';

function samples(rows: number, targets: Float32Array | Int32Array): Samples {
  return { rows, inputs: new Float32Array(rows), targets, weights: null };
}

describe('metricsOf', () => {
  const outputs = Float32Array.of(0.7, 0.2, 0.1, 0.3, 0.3, 0.4, 0.4, 0.4, 0.2, 0, 0.5, 0.5);

  it('counts rows whose largest output is that of the class; the first of equals is the largest', () => {
    expect(metricsOf('crossEntropy', outputs, samples(4, Int32Array.of(0, 2, 1, 1)))).toEqual({
      accuracy: 0.75,
    });
    const shares = Float32Array.of(1, 0, 0, 0.2, 0.2, 0.6, 0, 1, 0, 0.1, 0.6, 0.3);
    expect(metricsOf('crossEntropy', outputs, samples(4, shares))).toEqual({ accuracy: 0.75 });
  });

  it('counts labels on the right side of 0.5', () => {
    const targets = Float32Array.of(1, 0, 1, 0);
    expect(metricsOf('bce', Float32Array.of(0.9, 0.6, 0.5, 0.1), samples(2, targets))).toEqual({
      accuracy: 0.5,
    });
  });

  it.each(['mse', 'halfMse'] as const)('measures the errors of a regression with %s', (loss) => {
    const { rmse, mae, r2, accuracy } = metricsOf(
      loss,
      Float32Array.of(1, 10, 2, 20, 6, 30),
      samples(3, Float32Array.of(1, 10, 2, 20, 3, 36)),
    );
    expect(rmse).toBeCloseTo(Math.sqrt((9 + 36) / 6), 12);
    expect(mae).toBeCloseTo((3 + 6) / 6, 12);
    // Column 1: 1 - 9 / 2. Column 2: mean 22, 1 - 36 / (144 + 4 + 196).
    expect(r2).toBeCloseTo((1 - 9 / 2 + 1 - 36 / 344) / 2, 12);
    expect(accuracy).toBeUndefined();
  });

  it('gives a constant target the r2 of scikit-learn', () => {
    const constant = samples(3, Float32Array.of(0.1, 0.1, 0.1));
    expect(metricsOf('mse', Float32Array.of(0.1, 0.1, 0.1), constant).r2).toBe(1);
    expect(metricsOf('mse', Float32Array.of(0.1, 0.1, 0.2), constant).r2).toBe(0);
  });

  it('hides no NaN', () => {
    const one = samples(2, Float32Array.of(1, 2));
    expect(metricsOf('mse', Float32Array.of(1, Number.NaN), one)).toEqual({
      rmse: Number.NaN,
      mae: Number.NaN,
      r2: Number.NaN,
    });
  });
});
