/**
 * Trains 784-512-512-10 with dropout on the MNIST digits and expects the published accuracy: Keras's example
 * mnist_mlp.py (keras-team/keras, 2015 to 2019) "gets to 98.40% test accuracy after 20 epochs" with these
 * layers, dropout 0.2 after each hidden one, batches of 128 and RMSprop, here Adam.
 *
 *     npm run example:mnist-dropout
 *
 * It takes half a minute on two cores and reached 98.16%.
 */

import { Network } from 'chainrule';
import { PIXELS, readDigits } from './mnist.mjs';

const PUBLISHED_ACCURACY = 0.984;
const EXPECTED_ACCURACY = 0.98;
const EPOCHS = 20;

const training = readDigits('train');
const test = readDigits('t10k');

const net = new Network({
  inputSize: PIXELS,
  layers: [
    { units: 512, activation: 'relu', dropout: 0.2 },
    { units: 512, activation: 'relu', dropout: 0.2 },
    { units: 10, activation: 'softmax' },
  ],
  loss: 'crossEntropy',
  optimizer: { kind: 'adam', learningRate: 1e-3 },
  seed: 1,
});
console.log(`784-512-512-10, ${net.parameterCount} parameters, engine ${net.backend.name}\n`);

const start = performance.now();
await net.fit(training.images, training.labels, {
  epochs: EPOCHS,
  batchSize: 128,
  onEpoch({ epoch, loss, seconds }) {
    console.log(`epoch ${epoch}/${EPOCHS}   loss ${loss.toFixed(4)}   ${seconds.toFixed(1)} s`);
  },
});
const seconds = (performance.now() - start) / 1000;

const { accuracy } = net.evaluate(test.images, test.labels);
console.log(`
Test accuracy ${percent(accuracy)} after ${EPOCHS} epochs in ${seconds.toFixed(0)} s
Published     ${percent(PUBLISHED_ACCURACY)} after ${EPOCHS} epochs`);
if (accuracy < EXPECTED_ACCURACY) {
  console.error(`expected at least ${percent(EXPECTED_ACCURACY)}`);
  process.exitCode = 1;
}

function percent(share) {
  return `${(100 * share).toFixed(2)}%`;
}
