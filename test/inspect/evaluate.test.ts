import { describe, expect, it } from 'vitest';

import type { Samples } from '../../src/engine/contract.js';
import { metricsOf } from '../../src/inspect/evaluate.js';

function samples(
  targets: Float32Array | Int32Array,
  rows = targets.length,
  weights: number[] | null = null,
): Samples {
  return { rows, inputs: new Float32Array(rows), targets, weights: weights && Float32Array.from(weights) };
}

describe('metricsOf crossEntropy', () => {
  const outputs = Float32Array.of(0.7, 0.2, 0.1, 0.3, 0.3, 0.4, 0.4, 0.4, 0.2, 0, 0.5, 0.5);
  const classes = Int32Array.of(0, 2, 1, 1);

  it('predicts the class of the largest output, the first of equals', () => {
    const metrics = metricsOf('crossEntropy', outputs, samples(classes));
    expect(metrics).toEqual({
      accuracy: 0.75,
      logLoss: expect.closeTo(-Math.log(0.7 * 0.4 * 0.4 * 0.5) / 4, 6),
      // Of the classes 0, 1 and 2.
      precision: expect.closeTo((1 / 2 + 1 + 1) / 3, 12),
      recall: expect.closeTo((1 + 1 / 2 + 1) / 3, 12),
      f1: expect.closeTo((2 / 3 + 2 / 3 + 1) / 3, 12),
      confusionMatrix: [
        [1, 0, 0],
        [1, 1, 0],
        [0, 0, 1],
      ],
    });
    const shares = Float32Array.of(1, 0, 0, 0.2, 0.2, 0.6, 0, 1, 0, 0.1, 0.6, 0.3);
    expect(metricsOf('crossEntropy', outputs, samples(shares, 4))).toMatchObject({
      accuracy: metrics.accuracy,
      f1: metrics.f1,
      confusionMatrix: metrics.confusionMatrix,
    });
  });

  it('weighs the rows', () => {
    const metrics = metricsOf('crossEntropy', outputs, samples(classes, 4, [1, 2, 3, 4]), 2);
    expect(metrics.accuracy).toBeCloseTo(0.7, 12);
    expect(metrics.topKAccuracy).toBe(1);
    expect(metrics.confusionMatrix).toEqual([
      [1, 0, 0],
      [3, 4, 0],
      [0, 0, 2],
    ]);
  });

  it('has an area under the curve for two classes that both occur', () => {
    const pairs = Float32Array.of(0.9, 0.1, 0.6, 0.4, 0.7, 0.3, 0.2, 0.8);
    const two = metricsOf('crossEntropy', pairs, samples(Int32Array.of(0, 0, 1, 1)));
    expect(two.rocAuc).toBe(0.75);
    expect(metricsOf('crossEntropy', pairs, samples(new Int32Array(4)))).not.toHaveProperty('rocAuc');
    expect(metricsOf('crossEntropy', outputs, samples(classes))).not.toHaveProperty('rocAuc');
  });

  it('has no matrix for very many classes', () => {
    const many = new Float32Array(2 * 1001);
    many[5] = many[1001 + 7] = 1;
    const metrics = metricsOf('crossEntropy', many, samples(Int32Array.of(5, 7)));
    expect(metrics).toMatchObject({ accuracy: 1, f1: 1 });
    expect(metrics).not.toHaveProperty('confusionMatrix');
  });
});

describe('metricsOf bce', () => {
  it('of one output are those of the positive class, as in scikit-learn', () => {
    const targets = Float32Array.of(0, 0, 1, 1, 1, 0, 1, 0, 1, 0);
    const outputs = Float32Array.of(0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.9, 0.2, 0.65, 0.7);
    expect(metricsOf('bce', outputs, samples(targets))).toEqual({
      accuracy: 0.7,
      precision: 0.75,
      recall: 0.6,
      f1: expect.closeTo(0.6666666666666665, 12),
      rocAuc: expect.closeTo(0.76, 12),
      logLoss: expect.closeTo(0.5279527958267276, 6),
      confusionMatrix: [
        [4, 1],
        [2, 3],
      ],
    });
    const weights = [1, 2, 0.5, 1, 3, 1, 0, 2, 1, 0.25];
    expect(metricsOf('bce', outputs, samples(targets, 10, weights))).toMatchObject({
      accuracy: expect.closeTo(0.6808510638297872, 6),
      precision: expect.closeTo(0.8888888888888888, 6),
      recall: expect.closeTo(0.36363636363636365, 6),
      f1: expect.closeTo(0.5161290322580644, 6),
      rocAuc: expect.closeTo(0.7927272727272727, 6),
      logLoss: expect.closeTo(0.5372619077399293, 6),
    });
  });

  it('counts 0.5 as no', () => {
    expect(metricsOf('bce', Float32Array.of(0.5), samples(Float32Array.of(0))).accuracy).toBe(1);
  });

  it('of several outputs are the means over the labels, as in scikit-learn', () => {
    const targets = Float32Array.of(1, 0, 0, 1, 1, 1, 0, 0, 1, 0);
    const outputs = Float32Array.of(0.8, 0.3, 0.6, 0.7, 0.4, 0.9, 0.2, 0.6, 0.9, 0.1);
    const { labels, ...means } = metricsOf('bce', outputs, samples(targets, 5));
    expect(means).toEqual({
      accuracy: expect.closeTo(0.7, 12),
      precision: expect.closeTo(0.6666666666666666, 12),
      recall: expect.closeTo(0.8333333333333333, 12),
      f1: expect.closeTo(0.7333333333333334, 12),
      rocAuc: expect.closeTo(0.9166666666666666, 12),
      logLoss: expect.closeTo((0.4768458164069112 + 0.36807233021345453) / 2, 6),
    });
    expect(labels?.map((label) => [label.rocAuc, label.confusionMatrix])).toEqual([
      [
        expect.closeTo(0.8333333333333333, 12),
        [
          [1, 1],
          [1, 2],
        ],
      ],
      [
        1,
        [
          [2, 1],
          [0, 2],
        ],
      ],
    ]);
    const onlyYes = metricsOf(
      'bce',
      outputs,
      samples(
        targets.map((t, i) => (i % 2 ? 1 : t)),
        5,
      ),
    );
    expect(onlyYes).not.toHaveProperty('rocAuc');
    expect(onlyYes.labels?.[0].rocAuc).toBeCloseTo(0.8333333333333333, 12);
  });
});

describe('metricsOf mse and halfMse', () => {
  it.each(['mse', 'halfMse'] as const)('measures the errors of a regression with %s', (loss) => {
    const { rmse, mae, r2, accuracy } = metricsOf(
      loss,
      Float32Array.of(1, 10, 2, 20, 6, 30),
      samples(Float32Array.of(1, 10, 2, 20, 3, 36), 3),
    );
    expect(rmse).toBeCloseTo(Math.sqrt((9 + 36) / 6), 12);
    expect(mae).toBeCloseTo((3 + 6) / 6, 12);
    // Column 1: 1 - 9 / 2. Column 2: mean 22, 1 - 36 / (144 + 4 + 196).
    expect(r2).toBeCloseTo((1 - 9 / 2 + 1 - 36 / 344) / 2, 12);
    expect(accuracy).toBeUndefined();
  });

  it('weighs the rows', () => {
    const { mae } = metricsOf('mse', Float32Array.of(1, 2), samples(Float32Array.of(0, 0), 2, [3, 1]));
    expect(mae).toBe(1.25);
  });

  it('hides no NaN', () => {
    expect(metricsOf('mse', Float32Array.of(1, Number.NaN), samples(Float32Array.of(1, 2)))).toEqual({
      rmse: Number.NaN,
      mae: Number.NaN,
      r2: Number.NaN,
    });
  });
});
