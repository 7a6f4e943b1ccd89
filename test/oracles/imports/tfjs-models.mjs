/** Writes models of TensorFlow.js as it saves them, with what they predict. */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROWS = [
  [0.5, -1.25, 2, 0.125],
  [-3, 0.75, 0.1, -0.4],
  [0, 0, 0, 0],
  [1.5, 2.5, -0.3, 3.25],
  [-0.2, -0.9, 1.1, 0.6],
];

/** Models by the folder that each is written to. */
function models(tf) {
  const { dense, dropout, activation, flatten, batchNormalization, leakyReLU, reLU, softmax } = tf.layers;
  const plain = () =>
    tf.sequential({
      layers: [
        dense({ units: 7, activation: 'relu', inputShape: [4] }),
        dropout({ rate: 0.25 }),
        dense({ units: 5, activation: 'tanh', useBias: false }),
        dense({ units: 3, activation: 'softmax' }),
      ],
    });
  const input = tf.input({ shape: [4] });
  const hidden = batchNormalization({ epsilon: 0.01 }).apply(dense({ units: 6 }).apply(input));
  const last = batchNormalization({ scale: false }).apply(reLU({}).apply(hidden));
  const functional = tf.model({ inputs: input, outputs: dense({ units: 2 }).apply(last) });
  return {
    sequential: plain(),
    activations: tf.sequential({
      layers: [
        dense({ units: 4, activation: 'gelu', inputShape: [4] }),
        dense({ units: 4, activation: 'selu' }),
        dense({ units: 4, activation: 'swish' }),
        dense({ units: 4, activation: 'mish' }),
        dense({ units: 4 }),
        leakyReLU({}),
        dense({ units: 4 }),
        activation({ activation: 'sigmoid' }),
        dense({ units: 4, activation: 'linear' }),
        softmax({}),
      ],
    }),
    functional,
    nested: tf.sequential({
      layers: [
        flatten({ inputShape: [2, 2] }),
        tf.sequential({ layers: [dense({ units: 5, activation: 'relu', inputShape: [4] })] }),
        dense({ units: 1, activation: 'sigmoid' }),
      ],
    }),
    uint8: plain(),
    uint16: plain(),
    float16: plain(),
  };
}

/** Numbers of the size of trained weights; those of a variance have to be positive. */
function setWeights(tf, model) {
  let seed = 1;
  model.setWeights(
    model.getWeights().map((weight, w) => {
      const isVariance = model.weights[w].originalName.includes('variance');
      const values = Float32Array.from({ length: weight.size }, () => {
        seed = (seed * 48271) % 2147483647;
        const value = seed / 1073741823.5 - 1;
        return isVariance ? 0.5 + Math.abs(value) : value;
      });
      return tf.tensor(values, weight.shape);
    }),
  );
}

/** What a model is saved as, its weights in fewer bits if it is called after a type. */
async function artifactsOf(tf, model, name) {
  let saved;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const { modelTopology, weightSpecs, weightData } = saved;
  const floats = new Float32Array(weightData);
  if (!['uint8', 'uint16', 'float16'].includes(name))
    return { modelTopology, weightSpecs, bytes: Buffer.from(weightData) };
  const parts = [];
  let at = 0;
  const specs = weightSpecs.map((spec) => {
    const size = spec.shape.reduce((a, b) => a * b, 1);
    const { bytes, quantization } = quantise(floats.subarray(at, at + size), name);
    at += size;
    parts.push(bytes);
    return { ...spec, quantization };
  });
  return { modelTopology, weightSpecs: specs, bytes: Buffer.concat(parts) };
}

/** As tensorflowjs_converter does. */
function quantise(values, dtype) {
  if (dtype === 'float16') {
    return {
      bytes: bytesOf(Uint16Array.from(values, toFloat16)),
      quantization: { dtype, original_dtype: 'float32' },
    };
  }
  const [Type, most] = dtype === 'uint8' ? [Uint8Array, 255] : [Uint16Array, 65535];
  const min = Math.min(...values);
  const scale = (Math.max(...values) - min) / most || 1;
  const bytes = bytesOf(Type.from(values, (value) => Math.round((value - min) / scale)));
  return { bytes, quantization: { dtype, original_dtype: 'float32', min, scale } };
}

const bytesOf = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);

/** Of a number from 2^-14 to 2, truncated. */
function toFloat16(value) {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  const exponent = ((bits >> 23) & 0xff) - 127 + 15;
  const sign = (bits >> 16) & 0x8000;
  return exponent <= 0 ? sign : sign | (exponent << 10) | ((bits >> 13) & 0x3ff);
}

/** @param {NodeRequire} require finds TensorFlow.js */
export async function recordTfjs(require, folder) {
  const tf = require('@tensorflow/tfjs');
  await tf.setBackend('cpu');
  const records = [];
  for (const [name, model] of Object.entries(models(tf))) {
    setWeights(tf, model);
    const { modelTopology, weightSpecs, bytes } = await artifactsOf(tf, model, name);
    const own = path.join(folder, name);
    mkdirSync(own, { recursive: true });
    // In two files, as large models have more than one.
    const half = Math.floor(bytes.length / 2 / 3);
    const paths = ['group1-shard1of2.bin', 'group1-shard2of2.bin'];
    writeFileSync(path.join(own, paths[0]), bytes.subarray(0, half));
    writeFileSync(path.join(own, paths[1]), bytes.subarray(half));
    const json = {
      format: 'layers-model',
      generatedBy: `TensorFlow.js tfjs-layers v${tf.version['tfjs-layers']}`,
      convertedBy: null,
      modelTopology,
      weightsManifest: [{ paths, weights: weightSpecs }],
    };
    writeFileSync(path.join(own, 'model.json'), `${JSON.stringify(json)}\n`);
    const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const loaded = await tf.loadLayersModel(
      tf.io.fromMemory({ modelTopology, weightSpecs, weightData: data }),
    );
    const shape = [ROWS.length, ...loaded.inputs[0].shape.slice(1)];
    const outputs = loaded.predict(tf.tensor(ROWS.flat(), shape)).arraySync();
    const file = `${name}/model.json`;
    records.push({ file, source: `TensorFlow.js ${tf.version.tfjs}`, inputs: ROWS, outputs });
  }
  writeFileSync(path.join(folder, 'predictions.json'), `${JSON.stringify(records, null, 1)}\n`);
}
