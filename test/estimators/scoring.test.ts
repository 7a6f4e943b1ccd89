import { expect, it } from 'vitest';
import { evaluateClasses } from '../../src/estimators/scoring.js';
import { draw } from './rows.js';

const ROWS = 300;
const CLASSES = 4;
const targets = Int32Array.from({ length: ROWS }, (_, row) => (row * 7) % CLASSES);
// Rounded, so that many are equal.
const probabilities = Float64Array.from({ length: ROWS * CLASSES }, (_, i) => Math.round(20 * draw(i)) / 20);
const weights = Float32Array.from({ length: ROWS }, (_, row) => row % 3);

it.each([null, weights])(
  'the area of several classes is the mean of those of each against the rest',
  (own) => {
    const { rocAuc } = evaluateClasses(targets, targets, probabilities, CLASSES, own);
    let sum = 0;
    for (let c = 0; c < CLASSES; c++) sum += areaByPairs(c, own);
    expect(rocAuc).toBeCloseTo(sum / CLASSES, 12);
  },
);

it('there is no area if a class does not occur', () => {
  const { rocAuc } = evaluateClasses(targets, targets, new Float64Array(ROWS * 5), 5, null);
  expect(rocAuc).toBeUndefined();
});

/** The share of the pairs of a row of the class and another one that are in order. */
function areaByPairs(c: number, own: Float32Array | null): number {
  let [inOrder, all] = [0, 0];
  for (let p = 0; p < ROWS; p++) {
    for (let n = 0; n < ROWS; n++) {
      if (targets[p] !== c || targets[n] === c) continue;
      const weight = own === null ? 1 : own[p] * own[n];
      const difference = probabilities[p * CLASSES + c] - probabilities[n * CLASSES + c];
      inOrder += weight * (difference > 0 ? 1 : difference === 0 ? 0.5 : 0);
      all += weight;
    }
  }
  return inOrder / all;
}
