/** The values that scikit-learn prints in its documentation of `sklearn.metrics.mean_pinball_loss`. */

import { expect, it } from 'vitest';
import { Network } from '../../src/index.js';
import { engines } from '../engines.js';

const published: [predictions: number[], alpha: number, loss: number][] = [
  [[0, 2, 3], 0.1, 0.1 / 3],
  [[1, 2, 4], 0.1, 0.9 / 3],
  [[0, 2, 3], 0.9, 0.9 / 3],
  [[1, 2, 4], 0.9, 0.1 / 3],
];

it.each(engines.flatMap((engine) => published.map((each) => [...each, engine] as const)))(
  'of [1, 2, 3] and %j for the quantile %d is %d, engine %s',
  (predictions, quantile, expected, backend) => {
    const network = new Network({
      inputSize: 1,
      layers: [{ units: 1, useBias: false }],
      parameters: [{ weight: [1] }],
      loss: { kind: 'quantile', quantiles: [quantile] },
      backend,
    });
    expect(network.evaluate(Float32Array.from(predictions), [1, 2, 3]).loss).toBeCloseTo(expected, 7);
  },
);
