/**
 * Trainings that are interrupted, for processes that know nothing of each other: each makes its network and its data
 * anew and gives a digest of all bits of what it comes to.
 */

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MLPClassifier, MLPRegressor, Network } from 'chainrule';

/**
 * @typedef {import('chainrule').FitOptions} FitOptions
 * @typedef {Pick<FitOptions, 'checkpoint' | 'resume' | 'signal'> & { onEpoch?: (record: object) => unknown }} Control
 * @typedef {{ threads: number, backend: 'native' | 'reference', size?: number, patience?: number }} Machine `size` of layers
 */

const ROWS = 120;
const INPUTS = 5;

/** Numbers that look random, the same in every process. */
const wave = (/** @type {number} */ i) => (Math.sin(i * 12.9898 + 1) * 43758.5453) % 1;

/** @param {number} rows @param {number} shift */
function samples(rows, shift) {
  const x = Float32Array.from({ length: rows * INPUTS }, (_, i) => wave(i + shift));
  const y = Int32Array.from({ length: rows }, (_, row) => {
    const sum = x[row * INPUTS] + x[row * INPUTS + 1];
    return sum > 0.3 ? 2 : sum > -0.2 ? 1 : 0;
  });
  return { x, y };
}

/** @param {Machine} machine @param {import('chainrule').NetworkOptions['optimizer']} optimizer */
function network({ threads, backend, size = 12 }, optimizer) {
  const layers = [
    { units: size, activation: 'tanh', dropout: 0.2 },
    { units: size, activation: 'relu' },
    { units: 3, activation: 'softmax' },
  ];
  return new Network(
    /** @type {any} */ ({ inputSize: INPUTS, layers, optimizer, seed: 5, threads, backend }),
  );
}

/** Options that remember from one epoch to the next all that there is to remember. */
const plateauAndStopping = ({ patience = 2 }) => ({
  learningRateSchedule: { kind: 'plateau', patience: 1, factor: 0.7, cooldown: 1, warmup: 2 },
  earlyStopping: { patience, monitor: 'validationLoss', minDelta: 0.05 },
});

/** @param {number} rows @param {number} size */
async function* batchesOf(rows, size) {
  const { x, y } = samples(rows, 0);
  for (let row = 0; row < rows; row += size) {
    const end = Math.min(row + size, rows);
    yield { x: x.subarray(row * INPUTS, end * INPUTS), y: y.subarray(row, end) };
  }
}

/** Rows as people have them. */
function rows(count = ROWS) {
  const { x, y } = samples(count, 0);
  return Array.from(y, (label, row) => ({
    width: x[row * INPUTS],
    height: x[row * INPUTS + 1],
    colour: ['red', 'green', 'blue'][row % 3],
    kind: ['small', 'middle', 'large'][label],
    price: 10 * x[row * INPUTS] + label,
  }));
}

/** @type {Record<string, (machine: Machine, control: Control, epochs?: number) => Promise<object>>} */
export const trainings = {
  async memory(machine, control, epochs = 14) {
    const net = network(machine, 'adam');
    const { x, y } = samples(ROWS, 0);
    const options = { epochs, batchSize: 16, validationSplit: 0.2, classWeight: 'balanced' };
    const history = await net.fit(
      x,
      y,
      /** @type {any} */ ({ ...options, ...plateauAndStopping(machine), ...control }),
    );
    return { net, history };
  },

  async schedules(machine, control, epochs = 10) {
    const net = network(machine, { kind: 'rmsprop', momentum: 0.5, centered: true });
    const { x, y } = samples(ROWS, 0);
    const order = (/** @type {number} */ epoch) =>
      Uint32Array.from({ length: 90 }, (_, i) => (i * 7 + epoch) % ROWS);
    const history = await net.fit(
      x,
      y,
      /** @type {any} */ ({
        epochs,
        batchSize: 20,
        order,
        dropLast: true,
        learningRateSchedule: { kind: 'cosine', warmup: 2 },
        stepSchedule: (/** @type {number} */ t) => ({ dropout: 1 - t, learningRate: 1 - t / 2 }),
        convergence: { gradientTolerance: 1e-9 },
        statistics: true,
        ...control,
      }),
    );
    return { net, history };
  },

  async batches(machine, control, epochs = 10) {
    const net = network(machine, 'adamW');
    const held = samples(30, 5000);
    const history = await net.fit(
      () => batchesOf(ROWS, 25),
      /** @type {any} */ ({
        epochs,
        batchSize: 16,
        shuffleBuffer: 48,
        rowsPerEpoch: ROWS,
        validationData: [held.x, held.y],
        stepSchedule: (/** @type {number} */ t) => ({ dropout: 1 - t }),
        ...plateauAndStopping(machine),
        ...control,
      }),
    );
    return { net, history };
  },

  async classifier({ threads, backend, size = 8 }, control, epochs = 8) {
    const estimator = new MLPClassifier({
      members: 3,
      hiddenLayers: [size],
      epochs,
      seed: 3,
      threads,
      backend,
      columns: { price: 'ignore' },
      earlyStopping: { patience: 3 },
    });
    await estimator.fit(rows(), 'kind', control);
    return { estimator, history: estimator.history };
  },

  async regressor({ threads, backend, size = 8 }, control, epochs = 10) {
    const estimator = new MLPRegressor({
      members: 1,
      hiddenLayers: [size],
      epochs,
      seed: 4,
      threads,
      backend,
      loss: { kind: 'quantile', quantiles: [0.1, 0.5, 0.9] },
    });
    await estimator.fit(rows(), 'price', control);
    return { estimator, history: estimator.history };
  },
};

/** All bits of what a training has come to, times apart. */
export async function digestOf(/** @type {any} */ { net, estimator, history }) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'chainrule-')), 'model');
  await (net ?? estimator).save(file);
  const text = JSON.stringify(history, (key, value) =>
    key === 'seconds' || key === 'samplesPerSecond' ? undefined : value,
  );
  return createHash('sha256').update(readFileSync(file)).update(text).digest('hex');
}
