/** Models of other software: ONNX, TensorFlow.js, brain.js. */

import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mutateBytes } from '../mutate-bytes.mjs';
import { mutateJson, mutateText } from '../mutate-json.mjs';
import { mutateProtobuf } from '../mutate-protobuf.mjs';
import { checkNetwork } from './model.mjs';

const FOLDER = new URL('../../fixtures/imports/', import.meta.url);
const read = (name) => readFileSync(new URL(name, FOLDER));
const list = (folder, ending) =>
  readdirSync(new URL(folder, FOLDER)).filter((name) => name.endsWith(ending) && name !== 'predictions.json');

export function importTargets({ Network }) {
  const options = { backend: 'reference' };
  return [
    {
      name: 'onnx',
      seeds: list('onnx/', '.onnx').map((name) => ({ name, bytes: read(`onnx/${name}`) })),
      mutate: (random, seed, other) =>
        random.chance(0.7)
          ? mutateProtobuf(random, seed.bytes)
          : mutateBytes(random, seed.bytes, other.bytes),
      run: async (bytes) => checkNetwork(await Network.fromONNX(bytes, options)),
    },
    {
      name: 'tfjs',
      seeds: tfjsSeeds(),
      mutate: mutateTfjs,
      run: (bytes, folder, seed) => runTfjs(Network, bytes, folder, seed),
    },
    {
      name: 'brain',
      seeds: list('brain/', '.json').map((name) => ({ name, bytes: read(`brain/${name}`) })),
      mutate: (random, seed, other) =>
        random.chance(0.2)
          ? mutateBytes(random, seed.bytes, other.bytes)
          : Buffer.from(mutateText(random, mutateJson(random, JSON.parse(seed.bytes)))),
      run: async (bytes) => checkNetwork(Network.fromBrain(bytes.toString('utf8'), options)),
    },
  ];
}

/** The bytes of a seed are those of model.json, a line break that JSON has nowhere else, and the weights. */
const BORDER = Buffer.from('\n\n\n');

function tfjsSeeds() {
  return ['sequential', 'functional', 'nested', 'activations', 'float16', 'uint8', 'uint16'].map((name) => {
    const json = JSON.stringify(JSON.parse(read(`tfjs/${name}/model.json`)));
    const shards = list(`tfjs/${name}/`, '.bin')
      .sort()
      .map((shard) => ({ name: shard, bytes: read(`tfjs/${name}/${shard}`) }));
    const weights = Buffer.concat(shards.map(({ bytes }) => bytes));
    return { name, shards, bytes: Buffer.concat([Buffer.from(json), BORDER, weights]) };
  });
}

function splitTfjs(bytes) {
  const at = bytes.indexOf(BORDER);
  return at < 0 ? [bytes, Buffer.alloc(0)] : [bytes.subarray(0, at), bytes.subarray(at + BORDER.length)];
}

function mutateTfjs(random, seed, other) {
  if (random.chance(0.2)) return mutateBytes(random, seed.bytes, other.bytes);
  const [json, weights] = splitTfjs(seed.bytes);
  const mutant = random.chance(0.9) ? mutateText(random, mutateJson(random, JSON.parse(json))) : json;
  return Buffer.concat([
    Buffer.from(mutant),
    BORDER,
    random.chance(0.2) ? mutateBytes(random, weights) : weights,
  ]);
}

async function runTfjs(Network, bytes, folder, { shards }) {
  const [json, weights] = splitTfjs(bytes);
  await writeFile(path.join(folder, 'model.json'), json);
  let start = 0;
  for (const [i, { name, bytes: whole }] of shards.entries()) {
    // The last one takes what is more or less than there should be.
    const end = i === shards.length - 1 ? weights.length : start + whole.length;
    await writeFile(path.join(folder, name), weights.subarray(start, end));
    start = end;
  }
  checkNetwork(await Network.fromTFJS(path.join(folder, 'model.json'), { backend: 'reference' }));
}
