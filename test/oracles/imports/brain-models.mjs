/** Writes what both versions of brain.js give for trained networks, with what they predict. */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const COLOURS = [
  { input: { r: 0.03, g: 0.7, 7: 0.5 }, output: { black: 1 } },
  { input: { r: 0.16, g: 0.09, b: 0.2 }, output: { white: 1 } },
  { input: { r: 0.5, g: 0.5, b: 1 }, output: { white: 0.7, black: 0.2 } },
];
const ROWS = [
  { r: 1, g: 0.4, b: 0, 7: 0.2 },
  { r: 0, g: 0, b: 0.9, 7: 0 },
  { r: -0.5, g: 0.25, b: 0.1, 7: 1 },
];
const XOR = [
  { input: [0, 0], output: [0] },
  { input: [0, 1], output: [1] },
  { input: [1, 0], output: [1] },
  { input: [1, 1], output: [0] },
];

/** @param {NodeRequire} require finds brain-1 and brain-2 */
export function recordBrain(require, folder) {
  mkdirSync(folder, { recursive: true });
  const records = [];
  for (const version of [1, 2]) {
    const brain = require(`brain-${version}`);
    for (const activation of ['sigmoid', 'relu', 'leaky-relu', 'tanh']) {
      for (const type of ['NeuralNetwork', 'NeuralNetworkGPU']) {
        // Its kernels in version 1 cannot be compiled.
        if (version === 1 && type === 'NeuralNetworkGPU' && activation.endsWith('relu')) continue;
        const options = { hiddenLayers: [4, 3], activation, mode: 'cpu', leakyReluAlpha: 0.05 };
        const isNamed = type === 'NeuralNetwork' || activation === 'tanh';
        const trained = new brain[type](options);
        trained.train(isNamed ? COLOURS : XOR, { iterations: 50, leakyReluAlpha: 0.05 });
        const json = withOwnWeights(JSON.parse(JSON.stringify(trained.toJSON())), activation);
        // Version 1 writes no slope, so that what it reads predicts otherwise than what it wrote.
        const loaded = new brain[type](version === 1 ? { mode: 'cpu' } : options).fromJSON(json);
        const file = `v${version}-${type}-${activation}.json`;
        writeFileSync(path.join(folder, file), `${JSON.stringify(json)}\n`);
        records.push({ file, source: `brain.js ${version}`, ...predictions(loaded, json, isNamed) });
      }
    }
  }
  writeFileSync(path.join(folder, 'predictions.json'), `${JSON.stringify(records, null, 1)}\n`);
}

/** Weights that matter more than those after a few steps, and are the same in every recording. */
function withOwnWeights(json, activation) {
  const size = activation === 'leaky-relu' ? 20 : 1.5;
  let seed = 1;
  const replace = (value) => {
    if (typeof value === 'number') {
      seed = (seed * 48271) % 2147483647;
      return size * (seed / 1073741823.5 - 1);
    }
    if (Array.isArray(value)) return value.map(replace);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replace(each)]));
  };
  return { ...json, layers: replace(json.layers) };
}

/** Rows in the order of the network's columns, as its lookups say. */
function predictions(network, json, isNamed) {
  if (!isNamed) {
    return {
      inputs: XOR.map(({ input }) => input),
      outputs: XOR.map(({ input }) => Array.from(network.run(input))),
    };
  }
  const order = (lookup) => Object.keys(lookup).sort((a, b) => lookup[a] - lookup[b]);
  const isOld = json.inputLookup === true;
  const inputNames = isOld ? Object.keys(json.layers[0]) : order(json.inputLookup);
  const outputNames = isOld ? Object.keys(json.layers.at(-1)) : order(json.outputLookup);
  return {
    inputNames,
    outputNames,
    inputs: ROWS.map((row) => inputNames.map((name) => row[name])),
    outputs: ROWS.map((row) => {
      const output = network.run(row);
      return outputNames.map((name) => output[name]);
    }),
  };
}
