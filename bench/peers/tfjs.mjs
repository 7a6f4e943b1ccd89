/** TensorFlow.js, `node tfjs.mjs cpu` or `wasm`: a Sequential model and its `fit`. */

import process from 'node:process';
import * as tf from '@tensorflow/tfjs';
import { readData, serve } from '../contenders/serve.mjs';
import { layerParameters } from '../data.mjs';

const [, , backend] = process.argv;

await serve(async (job) => {
  if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend(backend);
  await tf.ready();

  const { sizes, batch, loss } = job;
  const { inputs, targets, parameters } = readData(job);
  const [inputSize] = sizes;
  const outputs = sizes.at(-1);
  const model = modelOf(job, parameters);
  const x = (first, rows) =>
    tf.tensor2d(inputs.subarray(first * inputSize, (first + rows) * inputSize), [rows, inputSize]);
  const y = (first, rows) => {
    const some = targets.subarray(first, first + rows);
    if (loss === 'bce') return tf.tensor2d(Float32Array.from(some), [rows, 1]);
    return tf.oneHot(tf.tensor1d(some, 'int32'), outputs).toFloat();
  };
  let data;
  let epochs;

  return {
    version: tf.version.tfjs,
    setting: '',

    async losses(steps) {
      const losses = [];
      for (let step = 0; step < steps; step++) {
        losses.push(await model.trainOnBatch(x(step * batch, batch), y(step * batch, batch)));
      }
      return losses;
    },

    prepare(rows, newEpochs) {
      tf.dispose(data);
      data = [x(0, rows), y(0, rows)];
      epochs = newEpochs;
    },

    round: () =>
      model.fit(data[0], data[1], {
        epochs,
        batchSize: batch,
        shuffle: false,
        verbose: 0,
        yieldEvery: 'never',
      }),
  };
});

function modelOf({ sizes, loss, learningRate }, parameters) {
  const model = tf.sequential({
    layers: sizes.slice(1).map((units, l) =>
      tf.layers.dense({
        units,
        inputShape: [sizes[l]],
        activation: l < sizes.length - 2 ? 'relu' : loss === 'bce' ? 'sigmoid' : 'softmax',
      }),
    ),
  });
  model.compile({
    optimizer: tf.train.adam(learningRate, 0.9, 0.999, 1e-8),
    loss: loss === 'bce' ? 'binaryCrossentropy' : 'categoricalCrossentropy',
  });
  // Their kernels are (in, out).
  model.setWeights(
    layerParameters(sizes, parameters).flatMap(({ weight, bias }, l) => [
      tf.tensor2d(weight, [sizes[l + 1], sizes[l]]).transpose(),
      tf.tensor1d(bias),
    ]),
  );
  return model;
}
