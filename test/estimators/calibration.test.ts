import { describe, expect, it } from 'vitest';
import { calibrate, fitCalibration, NO_CALIBRATION } from '../../src/estimators/calibration.js';
import { logLoss } from '../../src/metrics/index.js';
import { randomWord, Stream, unitInterval } from '../../src/numbers/random.js';
import { finish } from '../../src/turns.js';

const uniform = (index: number) => unitInterval(randomWord(7, Stream.split, 0, index));

/** Rows of three classes whose labels are drawn from softmax(z), while the network says softmax(3 z). */
function overconfident(rows: number): { probabilities: Float32Array; targets: Int32Array } {
  const probabilities = new Float32Array(3 * rows);
  const targets = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const z = [0, 1, 2].map((c) => 4 * uniform(4 * row + c) - 2);
    const softmax = (beta: number) => {
      const powers = z.map((each) => Math.exp(beta * each));
      const sum = powers.reduce((a, b) => a + b, 0);
      return powers.map((power) => power / sum);
    };
    probabilities.set(softmax(3), 3 * row);
    const draw = uniform(4 * row + 3);
    const [first, second] = softmax(1);
    targets[row] = draw < first ? 0 : draw < first + second ? 1 : 2;
  }
  return { probabilities, targets };
}

describe('temperature scaling', () => {
  it('finds the temperature that the labels were drawn with', () => {
    const { probabilities, targets } = overconfident(20_000);
    const { inverseTemperature, uniform: mixed } = finish(fitCalibration(probabilities, targets, 3));
    expect(inverseTemperature).toBeGreaterThan(0.32);
    expect(inverseTemperature).toBeLessThan(0.35);
    expect(mixed).toBe(0.1 / 20_001);
  });

  it('has the least log-loss of all temperatures, on targets smoothed by one row', () => {
    const { probabilities, targets } = overconfident(300);
    const best = finish(fitCalibration(probabilities, targets, 3));
    const lossAt = (beta: number) => {
      const own = calibrate(probabilities, 3, { inverseTemperature: beta, uniform: 0 });
      const spread = own.reduce((sum, p) => sum - Math.log(p), 0) / own.length;
      return (300 / 301) * logLoss(targets, own, { classes: 3 }) + spread / 301;
    };
    const least = lossAt(best.inverseTemperature);
    for (const factor of [0.5, 0.9, 0.99, 1.01, 1.1, 2]) {
      expect(lossAt(factor * best.inverseTemperature)).toBeGreaterThan(least);
    }
  });

  it('keeps the order of the classes and a sum of 1, and leaves no 0', () => {
    const out = calibrate([0, 1, 0.4, 0.6], 2, { inverseTemperature: 50, uniform: 0.01 });
    expect(out[0]).toBeGreaterThanOrEqual(0.005);
    expect(out[0] + out[1]).toBeCloseTo(1, 12);
    expect(out[3]).toBeGreaterThan(out[2]);
    // softmax(beta log p) = p^beta / sum p^beta
    const powers = [0.4 ** 50, 0.6 ** 50];
    expect(out[2]).toBeCloseTo((0.99 * powers[0]) / (powers[0] + powers[1]) + 0.005, 12);
  });

  it('stays finite if every row is right, if every row is wrong, and without rows', () => {
    const certain = finish(fitCalibration([0.9, 0.1, 0.2, 0.8], [0, 1], 2));
    expect(certain.inverseTemperature).toBeLessThan(1);
    const wrong = finish(fitCalibration([0.9, 0.1, 0.2, 0.8], [1, 0], 2));
    for (const own of [certain, wrong]) {
      const out = calibrate([1, 0, 0.5, 0.5], 2, own);
      expect(out.every((p) => p > 0 && p < 1)).toBe(true);
    }
    expect(wrong.inverseTemperature).toBeLessThan(1e-6);
    expect(finish(fitCalibration([], [], 2))).toBe(NO_CALIBRATION);
    expect(finish(fitCalibration([0.9, 0.1], [0], 2, [0]))).toBe(NO_CALIBRATION);
    expect(finish(fitCalibration([0.5, 0.5], [0], 2)).inverseTemperature).toBe(1);
  });

  it('counts rows by their weight', () => {
    const twice = finish(fitCalibration([0.9, 0.1, 0.9, 0.1, 0.9, 0.1], [0, 1, 0], 2));
    const weighted = finish(fitCalibration([0.9, 0.1, 0.9, 0.1], [0, 1], 2, [2, 1]));
    // Two thirds are right, so the probability has to be 2/3, smoothed by a row: beta log 9 = log(p / (1 - p)).
    const betaFor = (smoothing: number) => {
      const p = ((1 - smoothing) * 2) / 3 + smoothing / 2;
      return Math.log(p / (1 - p)) / Math.log(9);
    };
    expect(twice.inverseTemperature).toBeCloseTo(betaFor(1 / 4), 6);
    expect(weighted.inverseTemperature).toBeCloseTo(betaFor(1 / 3), 6);
  });
});
