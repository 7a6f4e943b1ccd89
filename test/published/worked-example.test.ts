/** A logistic unit that lecture notes on backpropagation work out by hand, to four digits. */

import { describe, expect, it } from 'vitest';
import { Network } from '../../src/index.js';
import { engines } from '../engines.js';

const parameters = [{ weight: [0.7576, 0.2793, 0.4031, 0.7347, 0.0293], bias: [0.7999] }];
const x = [
  [-8, 1, -3, 5, 2],
  [-2, 2, -1, 5, 2],
  [7, 1, 9, -5, -2],
];

describe.each(engines)('the %s engine', (backend) => {
  const outputs = (activation: 'identity' | 'sigmoid') =>
    new Network({ inputSize: 5, layers: [{ units: 1, activation }], parameters, backend }).predict(x);

  // The weights are printed to four digits.
  it.each([
    [0, -2.459, 0.0788],
    [1, 3.172, 0.9598],
    [2, 6.278, 0.9981],
  ])('row %i: z = %f, sigmoid %f', (row, z, sigmoid) => {
    expect(outputs('identity')[row]).toBeCloseTo(z, 3);
    expect(outputs('sigmoid')[row]).toBeCloseTo(sigmoid, 4);
  });
});
