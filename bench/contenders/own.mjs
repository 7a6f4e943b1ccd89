/** chainrule as its users get it: `fit` of the built package, one call per round. */

import { createRequire } from 'node:module';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { Dataset, Network } from 'chainrule';
import { layerParameters } from '../data.mjs';
import { readData, serve } from './serve.mjs';

await serve(async (job) => {
  const { sizes, batch } = job;
  const { inputs, targets, parameters } = readData(job);
  const [inputSize] = sizes;
  const network = networkOf(job, parameters);
  const datasetOf = (rows) =>
    new Dataset(inputs.subarray(0, rows * inputSize), targets.subarray(0, rows), { inputSize });
  const { simd, gemm, blas, products, productsReason } = network.backend;
  let dataset;
  let epochs;

  return {
    version: createRequire(import.meta.url)('chainrule/package.json').version,
    setting: simd,
    backend: { simd, gemm, blas, products, productsReason },

    async losses(steps) {
      // One epoch per step, so that a record's loss is a step's.
      const checked = datasetOf(steps * batch);
      const { epochs: records } = await network.fit(checked, {
        epochs: steps,
        batchSize: batch,
        order: (epoch) => Uint32Array.from({ length: batch }, (_, row) => (epoch - 1) * batch + row),
      });
      checked.dispose();
      return records.map((record) => record.loss);
    },

    prepare(rows, newEpochs) {
      dataset?.dispose();
      dataset = datasetOf(rows);
      epochs = newEpochs;
    },

    round: () => network.fit(dataset, { epochs, batchSize: batch, sampling: 'sequential' }),

    extras: {
      memory: () => memoryOf(network),
      oneRow: () => timeOneRow(network, inputs.slice(0, inputSize)),
    },
  };
});

function networkOf({ sizes, loss, learningRate, threads, precision }, parameters) {
  return new Network({
    inputSize: sizes[0],
    layers: sizes.slice(1).map((units, l) => ({
      units,
      activation: l < sizes.length - 2 ? 'relu' : loss === 'bce' ? 'sigmoid' : 'softmax',
    })),
    loss,
    optimizer: { kind: 'adam', learningRate },
    parameters: layerParameters(sizes, parameters),
    seed: 1,
    threads,
    precision,
    backend: process.env.CHAINRULE_BACKEND ?? 'native',
  });
}

/** The memory that the network frees: weights, optimizer and buffers. Must be the last request. */
async function memoryOf(network) {
  await freeGarbage();
  const before = process.memoryUsage.rss();
  // Frees at once, with no JavaScript in between that could free anything else.
  network.dispose();
  return { bytes: before - process.memoryUsage.rss() };
}

/** The fastest of many rounds of `predict` for one row, called as a service would. */
async function timeOneRow(network, row) {
  const calls = 2000;
  let best = Infinity;
  for (let round = 0; round < 50; round++) {
    const start = performance.now();
    for (let call = 0; call < calls; call++) network.predict(row);
    best = Math.min(best, ((performance.now() - start) / calls) * 1e3);
  }
  return { microseconds: best };
}

/**
 * Collects garbage until there is none: node runs this file with --expose-gc. V8 frees array buffers on
 * another thread, which continues after gc() has returned; without this, the copy of a dataset from an earlier
 * round was counted as the network's, 42 MB in the largest case.
 */
async function freeGarbage() {
  let last;
  let now = Infinity;
  do {
    last = now;
    globalThis.gc();
    await setTimeout(50);
    now = process.memoryUsage.rss();
  } while (now < last);
}
