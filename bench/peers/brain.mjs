/**
 * brain.js: it takes a step after every sample, and has sigmoid outputs and one activation for all layers. So
 * its losses differ, and only the time for the same number of samples can be compared.
 */

import { createRequire } from 'node:module';
import { readData, serve } from '../contenders/serve.mjs';

const require = createRequire(import.meta.url);

await serve(async (job) => {
  const { sizes, learningRate } = job;
  const { inputs, targets } = readData(job);
  const [inputSize] = sizes;
  const outputs = sizes.at(-1);
  const { NeuralNetwork } = require('brain.js');
  const network = new NeuralNetwork({
    inputSize,
    hiddenLayers: sizes.slice(1, -1),
    outputSize: outputs,
    activation: 'sigmoid',
  });
  const options = { praxis: 'adam', learningRate, errorThresh: Number.MIN_VALUE, log: false };
  let data;
  let epochs;

  return {
    version: require('brain.js/package.json').version,
    setting: 'a step a sample, sigmoid',
    losses: async () => null,

    prepare(rows, newEpochs) {
      data = Array.from({ length: rows }, (_, row) => ({
        input: inputs.slice(row * inputSize, (row + 1) * inputSize),
        output: outputs === 1 ? [targets[row]] : oneHot(targets[row], outputs),
      }));
      epochs = newEpochs;
    },

    round: async () => network.train(data, { ...options, iterations: epochs }),
  };
});

function oneHot(label, classes) {
  const values = new Float32Array(classes);
  values[label] = 1;
  return values;
}
