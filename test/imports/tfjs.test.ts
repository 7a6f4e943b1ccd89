import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ChainruleError, Network } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectRejection } from '../errors.js';
import { expectClose, exportedModel } from '../tolerance.js';
import { recordedFile, recordedModels } from './recorded.js';

const recorded = recordedModels('tfjs');

describe.each(engines)('on the %s engine', (backend) => {
  it.each(recorded)('$file predicts as with $source', async ({ file, inputs, outputs }) => {
    const network = await Network.fromTFJS(recordedFile('tfjs', file), { backend });
    expectClose(network.predict(inputs), outputs.flat(), exportedModel, 'outputs');
  });
});

// biome-ignore lint/suspicious/noExplicitAny: JSON to change anywhere
type Json = Record<string, any>;

/** The path of a recorded model with its JSON changed. */
async function changed(name: string, change: (model: Json) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chainrule-'));
  await cp(fileURLToPath(recordedFile('tfjs', name)), folder, { recursive: true });
  const path = join(folder, 'model.json');
  const model = JSON.parse(await readFile(path, 'utf8'));
  change(model);
  await writeFile(path, JSON.stringify(model));
  return path;
}

describe('a network from TensorFlow.js', () => {
  it('keeps the dropout for further training', async () => {
    const network = await Network.fromTFJS(recordedFile('tfjs', 'sequential/model.json'));
    expect(String(network.summary())).toMatch(/dropout 0?\.25/i);
  });

  it('may be one that was converted from Keras', async () => {
    const path = await changed('functional', (model) => {
      model.modelTopology = {
        keras_version: '2.15.0',
        backend: 'tensorflow',
        model_config: model.modelTopology,
      };
      model.modelTopology.model_config.class_name = 'Functional';
      for (const weight of model.weightsManifest[0].weights) weight.name = `model/${weight.name}`;
    });
    const { inputs, outputs } = recorded.find(({ file }) => file.startsWith('functional'))!;
    expectClose((await Network.fromTFJS(path)).predict(inputs), outputs.flat(), exportedModel, 'outputs');
  });
});

const layersOf = (model: Json): Json[] => model.modelTopology.config.layers;

describe('what cannot be taken is refused with the reason', () => {
  it.each<[string, string, (model: Json) => void, string]>([
    [
      'another activation',
      'sequential',
      (model) => (layersOf(model)[0].config.activation = 'elu'),
      '(Dense) in ',
    ],
    [
      'another kind of layer',
      'sequential',
      (model) => (layersOf(model)[1].class_name = 'LSTM'),
      '(LSTM) in ',
    ],
    [
      'a graph model',
      'sequential',
      (model) => (model.format = 'graph-model'),
      '--output_format=tfjs_layers_model',
    ],
    [
      'a layer with two inputs',
      'functional',
      (model) => layersOf(model)[2].inbound_nodes[0].push(['x', 0, 0, {}]),
      'several inputs',
    ],
    [
      'a fork',
      'functional',
      (model) => (layersOf(model)[2].inbound_nodes = layersOf(model)[1].inbound_nodes),
      'expected a chain of layers',
    ],
    [
      'weights that are missing',
      'sequential',
      (model) => model.weightsManifest[0].weights.pop(),
      'bytes, expected',
    ],
    [
      'weights under another name',
      'sequential',
      (model) => (model.weightsManifest[0].weights[0].name = 'x'),
      "has no weight '",
    ],
    [
      'weights of another type',
      'sequential',
      (model) => (model.weightsManifest[0].weights[0].dtype = 'string'),
      "'string', expected 'float32'",
    ],
    [
      'a claim of more weights',
      'sequential',
      (model) => (model.weightsManifest[0].weights[0].shape = [2 ** 26, 2 ** 26]),
      'bytes, expected',
    ],
    [
      'an empty weight of many rows',
      'sequential',
      ({ weightsManifest }) =>
        weightsManifest.push({
          paths: [],
          weights: [{ ...weightsManifest[0].weights[0], shape: [2 ** 50, 0] }],
        }),
      'has a kernel of shape [1125899906842624,0]',
    ],
    [
      'a path out of the folder',
      'sequential',
      (model) => (model.weightsManifest[0].paths[0] = '../../etc/passwd'),
      'expected a file in the folder of the model',
    ],
    [
      'an absolute path',
      'sequential',
      (model) => (model.weightsManifest[0].paths[0] = '/etc/passwd'),
      'expected a file in the folder of the model',
    ],
    [
      'a file that is not there',
      'sequential',
      (model) => (model.weightsManifest[0].paths[0] = 'gone.bin'),
      'could not be read',
    ],
    ['no topology', 'sequential', (model) => delete model.modelTopology, 'modelTopology of '],
    [
      'a softmax within',
      'sequential',
      (model) => (layersOf(model)[0].config.activation = 'softmax'),
      'comes after a softmax',
    ],
  ])('%s', async (_, name, change, part) => {
    await expectRejection(
      Network.fromTFJS(await changed(name, (model) => void change(model))),
      'ERR_FILE',
      part,
    );
  });

  it('a model with anything in its JSON replaced', async () => {
    for (const name of ['sequential', 'functional', 'uint8']) {
      const model = JSON.parse(await readFile(recordedFile('tfjs', `${name}/model.json`), 'utf8'));
      const places = placesIn(model, []).filter((_, i) => i % 3 === 0);
      for (const [i, place] of places.entries()) {
        const value = [null, -1, 'x', {}, [], 1e300][i % 6];
        const path = await changed(name, (copy) => {
          const holder = place.slice(0, -1).reduce((at: Json, key) => at[key], copy);
          holder[place.at(-1)!] = value;
        });
        try {
          (await Network.fromTFJS(path)).dispose();
        } catch (error) {
          if (!(error instanceof ChainruleError) || error.code !== 'ERR_FILE') throw error;
        }
      }
    }
  });
});

function placesIn(value: unknown, path: (string | number)[]): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path];
  const own = path.length === 0 ? [] : [path];
  return [...own, ...Object.entries(value).flatMap(([key, each]) => placesIn(each, [...path, key]))];
}
