/**
 * Trains a network on the 60,000 handwritten digits of MNIST and reports on 10,000 that it has not seen.
 *
 *     npm run quickstart -- --epochs 5
 */

import { statSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Network } from 'chainrule';
import { SingleBar } from 'cli-progress';
import { confusionMatrix, drawConfusionMatrix } from './confusion-matrix.mjs';
import { PIXELS, readDigits } from './mnist.mjs';

const MODEL = 'mnist.safetensors';
const CLASSES = 10;
const DEFAULT_EPOCHS = 10;
const VALIDATION_SPLIT = 0.05;

const USAGE = `usage: npm run quickstart -- [--epochs N]

Trains 784-128-10 on the MNIST digits and saves it as ${MODEL} in the current folder.

  --epochs N   passes over the digits (default ${DEFAULT_EPOCHS})
  --help       this text

CHAINRULE_BACKEND=reference trains without the native engine. Ctrl-C ends the training early.`;

const { epochs } = readOptions();

const training = readDigits('train');
const test = readDigits('t10k');

const net = new Network({
  inputSize: PIXELS,
  layers: [
    { units: 128, activation: 'relu' },
    { units: CLASSES, activation: 'softmax' },
  ],
  loss: 'crossEntropy',
  optimizer: { kind: 'adam', learningRate: 1e-3 },
  seed: 1,
});
const held = percent(VALIDATION_SPLIT, 0);
console.log(
  `Training 784-128-10 on ${count(training.labels.length)} digits, ${held} of them for validation\n`,
);

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
// If Node prints a warning, about a missing native engine, it goes above the bar.
await setImmediate();
const progress = startProgress();
const start = performance.now();
const history = await net.fit(training.images, training.labels, {
  epochs,
  batchSize: 128,
  validationSplit: VALIDATION_SPLIT,
  signal: interrupt.signal,
  onEpoch: (record) => progress.epoch(record),
});
const seconds = (performance.now() - start) / 1000;
progress.stop();
if (history.stoppedBy === 'aborted') console.log('interrupted; continuing with what has been learnt');

const { loss, accuracy } = net.evaluate(test.images, test.labels);
console.log(
  `\nTest accuracy ${percent(accuracy)} (loss ${loss.toFixed(4)}) on ${count(test.labels.length)} digits`,
);

const predicted = classesOf(net.predict(test.images));
const matrix = confusionMatrix(test.labels, predicted, CLASSES);
console.log('\nConfusion matrix: a row for each digit as written, a column for each as recognised\n');
console.log(drawConfusionMatrix(matrix, { colours: process.stdout.hasColors?.() ?? false }));

await net.save(MODEL);
const { name, simd, blas, threads, reason } = net.backend;
console.log(`
Engine    ${name} (SIMD ${simd}, BLAS ${blas}, ${counted(threads, 'thread')})
Because   ${reason}
Training  ${seconds.toFixed(1)} s for ${counted(history.epochs.length, 'epoch')}
Model     ${path.resolve(MODEL)}, ${count(Math.round(statSync(MODEL).size / 1024))} KiB`);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { epochs: { type: 'string', default: String(DEFAULT_EPOCHS) }, help: { type: 'boolean' } },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    if (!/^[1-9]\d*$/.test(values.epochs)) {
      throw new Error(`--epochs: expected a whole number from 1, got '${values.epochs}'`);
    }
    return { epochs: Number(values.epochs) };
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** A line for each epoch on stdout, and below it a bar on stderr if that is a terminal. */
function startProgress() {
  const bar = new SingleBar({
    format: 'training [{bar}] {value}/{total} epochs | {duration_formatted}',
    stream: process.stderr,
    clearOnComplete: true,
    linewrap: true,
  });
  const control = (sequence) => process.stderr.isTTY && process.stderr.write(sequence);
  bar.start(epochs, 0);
  return {
    epoch(record) {
      control('\r\x1b[K');
      console.log(describeEpoch(record));
      // The bar has moved down a line: save the cursor there, where bar.stop() will go back to.
      control('\x1b7');
      bar.increment();
    },
    stop: () => bar.stop(),
  };
}

function describeEpoch({ epoch, loss, metrics, samplesPerSecond }) {
  return [
    `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`,
    `loss ${loss.toFixed(4)}`,
    `validation accuracy ${percent(metrics.validationAccuracy)}`,
    `${count(Math.round(samplesPerSecond))} samples/s`,
  ].join('   ');
}

/** The most probable class of each row of (rows, 10) probabilities. */
function classesOf(probabilities) {
  return Uint8Array.from({ length: probabilities.length / CLASSES }, (_, row) => {
    const ofRow = probabilities.subarray(row * CLASSES, (row + 1) * CLASSES);
    return ofRow.indexOf(Math.max(...ofRow));
  });
}

function count(value) {
  return value.toLocaleString('en-US');
}

function counted(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function percent(share, decimals = 2) {
  return `${(100 * share).toFixed(decimals)}%`;
}
