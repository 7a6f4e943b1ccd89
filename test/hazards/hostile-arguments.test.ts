import { expect, test } from 'vitest';
import { runChild } from '../child.js';

// The addon's own entries, with values that the public API never passes on: errors, not crashes.
test('values that are not networks, datasets or arrays, and getters that interfere', async () => {
  const { status, stdout, stderr } = await runChild(`
    const module = { exports: {} };
    process.dlopen(module, process.cwd() + '/build/Release/chainrule.node');
    const { Network, Dataset } = module.exports;
    const spec = (loss = 'crossEntropy', activation = 'softmax', lossParameters = []) => ({
      inputSize: 2, inputScale: null, loss, lossParameters, l2: 0, labelSmoothing: 0, seed: 1, threads: 1, gemm: 'auto', precision: 'float32',
      layers: [{ units: 2, activation, slope: 0, useBias: true, dropout: 0, factors: null }],
      optimizer: { kind: 'sgd', learningRate: 0.1, clipNorm: null },
    });
    const make = (...args) => new Network(spec(...args), new Float32Array(6));
    // Not by spreading, which would run the getters of \`more\` here.
    const samples = (more = {}) => Object.defineProperties(
      { rows: 2, inputs: new Float32Array(4), targets: Int32Array.of(0, 1), weights: null },
      Object.getOwnPropertyDescriptors(more));
    const refused = [];
    const attempt = (name, run) => {
      try { run(); refused.push(name + ' accepted'); } catch (error) { refused.push(error instanceof Error); }
    };
    attempt('labels beyond the outputs', () => make().trainBatch(samples({ targets: Int32Array.of(0, 9) })));
    attempt('labels for mse', () => make('mse', 'identity').trainBatch(samples()));
    attempt('labels for mse in a fit', () =>
      make('mse', 'identity').fit(new Dataset(samples()), { epochs: 1 }, () => {}));
    for (const parameters of [[], [0.5], [0.5, 0], [0.5, NaN], [0.5, 1.5], [0.5, '0.5'], 0.5, undefined, { length: 2 }]) {
      attempt('quantiles', () => make('quantile', 'identity', parameters === undefined ? null : parameters));
    }
    attempt('short inputs', () => make().trainBatch(samples({ inputs: new Float32Array(3) })));
    attempt('no typed array', () => make().predict([1, 2], 1));
    attempt('half a row', () => make().predict(new Float32Array(3), 1.5));
    attempt('a network for a dataset', () => {
      const net = make();
      Object.setPrototypeOf(net, Dataset.prototype);
      make().fit(net, { epochs: 1 }, () => {});
    });
    attempt('a method on another object', () => make().predict.call({}, new Float32Array(2), 1));
    attempt('detached inputs', () => {
      const inputs = new Float32Array(4);
      make().trainBatch(samples({ inputs, get weights() { structuredClone(inputs, { transfer: [inputs.buffer] }); return null; } }));
    });
    const net = make();
    net.trainBatch(samples({ get weights() { net.dispose(); return null; } }));
    attempt('after dispose', () => net.predict(new Float32Array(2), 1));
    console.log(refused.join());
  `);
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: `${Array(19).fill('true').join()}\n`,
    stderr: '',
  });
});
