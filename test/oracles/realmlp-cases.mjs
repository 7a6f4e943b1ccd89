/**
 * Trainings by the recipe of the estimators, 36 steps each: 12 epochs of 3 batches, whose last 2 rows of 38 do not
 * fill one.
 *
 * @typedef {object} RealMlpCase
 * @property {string} name also the seed of its numbers
 * @property {object} recipe as in src/estimators/recipe.ts, without patience, which never ends these
 * @property {number} [epsilon] of Adam instead of the recipe's: so large that it counts
 * @property {number} seed of the dropout
 * @property {number} inputSize
 * @property {number} outputs
 * @property {{ weight: number[], bias: number[] }[]} initial of the hidden layers in the paper's parametrisation,
 *   multiples of 1/64
 * @property {Data} training
 * @property {Data} validation
 */

/**
 * @typedef {object} Data
 * @property {number[][]} inputs
 * @property {number[]} targets class indices, or numbers
 */

import { generator } from './case.mjs';

const INPUTS = 5;
const CLASSES = 3;

const classes = {
  hiddenLayers: [9, 8, 7],
  activation: 'selu',
  loss: { kind: 'crossEntropy' },
  learningRate: 0.04,
  batchSize: 12,
  epochs: 12,
  dropout: 0,
  weightDecay: 0,
  labelSmoothing: 0.1,
  monitor: 'validationAccuracy',
};
const numbers = {
  ...classes,
  activation: 'mish',
  loss: { kind: 'squared' },
  learningRate: 0.07,
  labelSmoothing: 0,
  monitor: 'validationLoss',
};
// Larger than anyone would have it, so that 36 steps show it.
const decay = { dropout: 0.15, weightDecay: 0.5 };
const quantiles = { kind: 'quantile', quantiles: [0.1, 0.5, 0.9] };

/** @type {RealMlpCase[]} */
export const realMlpCases = [
  create('classification', classes),
  create('classification with decay and dropout', { ...classes, ...decay }),
  create('classification with a large epsilon', classes, { epsilon: 0.01 }),
  create('regression', numbers),
  create('regression with decay and dropout', { ...numbers, ...decay }),
  create('regression with a large epsilon and decay', { ...numbers, weightDecay: 0.5 }, { epsilon: 0.01 }),
  create('regression to the median', { ...numbers, loss: { kind: 'absolute' } }),
  create('regression to quantiles', { ...numbers, loss: quantiles }),
];

function create(name, recipe, more = {}) {
  const random = generator(name);
  const list = (length, value) => Array.from({ length }, value);
  /** About N(0, 1), made without functions that machines round differently. */
  const bell = () =>
    Math.round(64 * Math.sqrt(3) * (random() + random() + random() + random() - 2)) / 64 || 0;
  const data = (rows) => {
    const inputs = list(rows, () => list(INPUTS, bell));
    const score = ([a, b, c]) => a + b * c;
    const targetOf =
      recipe.loss.kind === 'crossEntropy'
        ? (row) => (score(row) < -0.5 ? 0 : score(row) < 0.5 ? 1 : CLASSES - 1)
        : (row) => score(row) / 2 + bell() / 4;
    return { inputs, targets: inputs.map(targetOf) };
  };
  const sizes = [INPUTS, ...recipe.hiddenLayers];
  return {
    name,
    recipe,
    ...more,
    seed: 12345,
    inputSize: INPUTS,
    outputs: recipe.loss.kind === 'crossEntropy' ? CLASSES : (recipe.loss.quantiles?.length ?? 1),
    initial: recipe.hiddenLayers.map((units, l) => ({
      weight: list(units * sizes[l], bell),
      bias: list(units, bell),
    })),
    training: data(38),
    validation: data(20),
  };
}
