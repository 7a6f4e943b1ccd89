/**
 * The training losses and scores that scikit-learn prints in its documentation, "Compare stochastic learning
 * strategies for MLPClassifier" (auto_examples/neural_networks/plot_mlp_training_curves), and that Debian's
 * 1.2.1 prints. They are reproduced to two units of the sixth decimal, from the weights and in the order of
 * rows that its random_state=0 draws.
 *
 * Not included are inverse scaling with momentum, since scikit-learn's velocity contains the learning rate, and
 * the two data sets of random numbers.
 */

import { describe, expect, it } from 'vitest';
import {
  type FitOptions,
  type LayerParametersInput,
  Network,
  type OptimizerOptions,
} from '../../src/index.js';
import { engines } from '../engines.js';
import { type Classified, readDigits, readIris } from './datasets.js';
import { NumpyRandom } from './numpy-random.js';

const datasets = { iris: readIris(), digits: readDigits() };

const HIDDEN_UNITS = 100;
const ALPHA = 1e-4;

const sgd: OptimizerOptions = { kind: 'sgd', learningRate: 0.2 };
const momentum: OptimizerOptions = { kind: 'momentum', learningRate: 0.2, momentum: 0.9 };
const nesterov: OptimizerOptions = { ...momentum, nesterov: true };
const adam: OptimizerOptions = { kind: 'adam', learningRate: 0.01, epsilonHat: true };

/**
 * Data, strategy, optimizer, epochs, training loss, training score. The epochs are the limit, or the epoch in
 * which scikit-learn's tolerance of 0.0001 ended the training: its `n_iter_`.
 */
const published: [keyof typeof datasets, string, OptimizerOptions, number, number, number][] = [
  ['iris', 'constant', sgd, 400, 0.09695, 0.98],
  ['iris', 'momentum', momentum, 139, 0.04953, 0.98],
  ['iris', 'Nesterov', nesterov, 143, 0.04954, 0.98],
  ['iris', 'inv-scaling', sgd, 289, 0.978444, 0.36],
  ['iris', 'Adam', adam, 176, 0.045311, 0.98],
  ['digits', 'constant', sgd, 15, 0.243802, 0.956038],
  ['digits', 'momentum', momentum, 15, 0.041297, 0.992766],
  ['digits', 'Nesterov', nesterov, 15, 0.042898, 0.993879],
  ['digits', 'inv-scaling', sgd, 15, 1.855465, 0.638843],
  ['digits', 'Adam', adam, 15, 0.045934, 0.991653],
];

describe.each(engines)('the %s engine', (backend) => {
  it.each(published)('%s: %s', async (data, strategy, optimizer, epochs, loss, score) => {
    const { x, y } = datasets[data];
    const rows = x.length;
    const batchSize = Math.min(200, rows);
    const random = new NumpyRandom(0);
    const network = new Network({
      inputSize: x[0].length,
      layers: [
        { units: HIDDEN_UNITS, activation: 'relu' },
        { units: classCount(y), activation: 'softmax' },
      ],
      optimizer,
      // scikit-learn divides its alpha by the rows of the batch; 197 instead of 200 is near enough.
      l2: ALPHA / batchSize,
      parameters: initialParameters([x[0].length, HIDDEN_UNITS, classCount(y)], random),
      backend,
    });
    const inverseScaling: FitOptions['learningRateSchedule'] = (epoch, base) =>
      base / Math.sqrt((epoch - 1) * rows + 1);

    const history = await network.fit(x, y, {
      epochs,
      batchSize,
      order: shuffledAnew(rows, random),
      learningRateSchedule: strategy === 'inv-scaling' ? inverseScaling : 'constant',
    });

    const { accuracy } = network.evaluate(x, y);
    expect(Math.abs(history.epochs[epochs - 1].loss - loss)).toBeLessThan(2e-6);
    // A row between two classes may be predicted as either.
    expect(Math.abs((accuracy ?? 0) - score)).toBeLessThan(1.5 / rows);
  });
});

function classCount(y: Classified['y']): number {
  return Math.max(...y) + 1;
}

/** Glorot and Bengio's uniform distribution, for the biases too; a weight is drawn as (in, out). */
function initialParameters(sizes: number[], random: NumpyRandom): LayerParametersInput[] {
  return sizes.slice(1).map((units, l) => {
    const inputs = sizes[l];
    const limit = Math.sqrt(6 / (inputs + units));
    const transposed = random.uniform(-limit, limit, inputs * units);
    const bias = random.uniform(-limit, limit, units);
    const weight = transposed.map((_, i) => transposed[(i % inputs) * units + Math.floor(i / inputs)]);
    return { weight, bias };
  });
}

/** Each epoch shuffles the order of the epoch before it. */
function shuffledAnew(rows: number, random: NumpyRandom): () => Uint32Array {
  let order = Uint32Array.from({ length: rows }, (_, row) => row);
  return () => {
    const places = Uint32Array.from({ length: rows }, (_, row) => row);
    random.shuffle(places);
    order = places.map((place) => order[place]);
    return order;
  };
}
