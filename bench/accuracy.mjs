#!/usr/bin/env node
/**
 * What less precise products cost in accuracy: networks trained on the MNIST digits from several seeds in each
 * precision.
 *
 *     npm run bench:accuracy -- [--seeds 5] [--epochs 10]
 *
 * CHAINRULE_PRODUCTS=vdpbf16 (or amx, or emulated, which takes hours) has bf16x3 computed as such where the
 * engine would choose float32 for it.
 */

import process from 'node:process';
import { parseArgs } from 'node:util';
import { Network } from 'chainrule';
import { PIXELS, readDigits } from '../examples/mnist.mjs';
import { table } from './report/markdown.mjs';

const SIZES = [
  [128, 10],
  [512, 256, 10],
];
const PRECISIONS = ['float32', 'bf16x3', 'bf16'];

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '5' }, epochs: { type: 'string', default: '10' } },
});
const [seeds, epochs] = [Number(values.seeds), Number(values.epochs)];
const training = readDigits('train');
const test = readDigits('t10k');

/** Accuracy and mean cross-entropy on the test digits, and who computed the products. */
async function train(sizes, precision, seed) {
  const network = new Network({
    inputSize: PIXELS,
    layers: sizes.map((units, l) => ({ units, activation: l < sizes.length - 1 ? 'relu' : 'softmax' })),
    loss: 'crossEntropy',
    optimizer: { kind: 'adam', learningRate: 1e-3 },
    precision,
    seed,
  });
  await network.fit(training.images, training.labels, { epochs, batchSize: 128 });
  const { accuracy, loss } = network.evaluate(test.images, test.labels);
  const { products } = network.backend;
  network.dispose();
  return { accuracy, loss, products };
}

function summary(values, digits) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return { mean, least, most, text: [mean, least, most].map((value) => value.toFixed(digits)) };
}

const rows = [['network', 'precision', 'products', '% right', 'least', 'most', 'loss', 'least', 'most', '']];
for (const sizes of SIZES) {
  let float32;
  for (const precision of PRECISIONS) {
    const results = [];
    for (let seed = 1; seed <= seeds; seed++) results.push(await train(sizes, precision, seed));
    const right = summary(
      results.map(({ accuracy }) => 100 * accuracy),
      2,
    );
    const loss = summary(
      results.map((result) => result.loss),
      4,
    );
    float32 ??= right;
    const within = right.mean >= float32.least && right.mean <= float32.most;
    if (!within) process.exitCode = 1;
    rows.push([
      [PIXELS, ...sizes].join('-'),
      precision,
      results[0].products,
      ...right.text,
      ...loss.text,
      within ? 'within the spread of float32' : 'NOT within the spread of float32',
    ]);
    process.stderr.write(`${rows.at(-1).join(' ')}\n`);
  }
}
console.log(`MNIST, ${epochs} epochs, Adam 1e-3, batches of 128, ${seeds} seeds: mean, least and most\n`);
console.log(table(rows));
