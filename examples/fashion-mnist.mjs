/**
 * Trains the perceptrons of the Fashion-MNIST paper and compares their accuracies with the published ones:
 * table 3 of Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine
 * learning algorithms", arXiv:1708.07747, 2017.
 *
 * The recipe is that of the paper's benchmark/runner.py: pixels standardised, scikit-learn's MLPClassifier
 * with its defaults, which are Adam, batches of 200, alpha 0.0001, Glorot's uniform weights and a stop after
 * more than two epochs in which the training loss has not fallen by 0.0001.
 *
 *     npm run example:fashion-mnist
 *
 * It takes two minutes on two cores.
 */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Dataset, Network } from 'chainrule';
import { readLabelledImages } from './idx.mjs';

const PIXELS = 28 * 28;
const CLASSES = 10;
const BATCH_SIZE = 200;
const ALPHA = 1e-4;
/** How far an accuracy may be below the published one. */
const MARGIN = 0.01;

/**
 * Test accuracies: published; and of scikit-learn 1.2.1 in one run with random_state 1 and n_iter_no_change 2,
 * the limit of 2017.
 */
const EXPERIMENTS = [
  { hidden: [100], activation: 'relu', published: 0.871, scikitLearn: 0.8815 },
  { hidden: [100, 10], activation: 'relu', published: 0.87, scikitLearn: 0.8773 },
  { hidden: [100], activation: 'tanh', published: 0.868, scikitLearn: 0.87 },
  { hidden: [100, 10], activation: 'tanh', published: 0.863, scikitLearn: 0.8689 },
  { hidden: [10, 10], activation: 'relu', published: 0.85, scikitLearn: 0.8515 },
  { hidden: [10], activation: 'relu', published: 0.848, scikitLearn: 0.8521 },
  { hidden: [10, 10], activation: 'tanh', published: 0.841, scikitLearn: 0.8406 },
  { hidden: [10], activation: 'tanh', published: 0.84, scikitLearn: 0.848 },
];

const { values } = parseArgs({
  options: { data: { type: 'string', default: '/usr/share/datasets/fashion-mnist' } },
});
if (!existsSync(path.join(values.data, 'train-images-idx3-ubyte.gz'))) {
  console.error(`Fashion-MNIST is not in ${values.data}. To get it:

  apt-get install dataset-fashion-mnist      on Debian and Ubuntu, or
  --data FOLDER                              with the four .gz files of
                                             https://github.com/zalandoresearch/fashion-mnist`);
  process.exit(1);
}
const train = readPart('train');
const test = readPart('t10k');
standardise(train.images, test.images);
const training = new Dataset(train.images, train.labels, { inputSize: PIXELS });

console.log('network             published  scikit-learn  chainrule   epochs  seconds');
for (const { hidden, activation, published, scikitLearn } of EXPERIMENTS) {
  const start = performance.now();
  const { accuracy, epochs } = await experiment(hidden, activation);
  const seconds = (performance.now() - start) / 1000;
  const name = `${['784', ...hidden, CLASSES].join('-')} ${activation}`;
  console.log(
    [
      name.padEnd(20),
      percent(published).padStart(8),
      percent(scikitLearn).padStart(14),
      percent(accuracy).padStart(11),
      String(epochs).padStart(8),
      seconds.toFixed(1).padStart(8),
    ].join(''),
  );
  if (accuracy < published - MARGIN) {
    console.error(`more than ${percent(MARGIN)} below what is published`);
    process.exitCode = 1;
  }
}

async function experiment(hidden, activation) {
  const net = new Network({
    inputSize: PIXELS,
    layers: [
      ...hidden.map((units) => ({ units, activation, initializer: 'glorotUniform' })),
      { units: CLASSES, activation: 'softmax' },
    ],
    optimizer: { kind: 'adam', learningRate: 1e-3, epsilonHat: true },
    // scikit-learn divides its alpha by the rows of the batch.
    l2: ALPHA / BATCH_SIZE,
    seed: 1,
  });
  const history = await net.fit(training, {
    epochs: 200,
    batchSize: BATCH_SIZE,
    earlyStopping: { monitor: 'loss', patience: 3, minDelta: 1e-4, restoreBest: false },
  });
  const { accuracy } = net.evaluate(test.images, test.labels);
  net.dispose();
  return { accuracy, epochs: history.epochs.length };
}

function readPart(part) {
  return readLabelledImages(
    path.join(values.data, `${part}-images-idx3-ubyte.gz`),
    path.join(values.data, `${part}-labels-idx1-ubyte.gz`),
  );
}

/** Scales each pixel of both parts to mean 0 and variance 1 over the first part. */
function standardise(images, others) {
  const rows = images.length / PIXELS;
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    let sum = 0;
    for (let i = pixel; i < images.length; i += PIXELS) sum += images[i];
    const mean = sum / rows;
    let squares = 0;
    for (let i = pixel; i < images.length; i += PIXELS) squares += (images[i] - mean) ** 2;
    const deviation = Math.sqrt(squares / rows) || 1;
    for (const part of [images, others]) {
      for (let i = pixel; i < part.length; i += PIXELS) part[i] = (part[i] - mean) / deviation;
    }
  }
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}
