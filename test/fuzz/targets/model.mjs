/** Files of networks and of estimators. */

import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mutateBytes } from '../mutate-bytes.mjs';
import { mutateJson, mutateText } from '../mutate-json.mjs';
import { joinFile, sealFile, splitFile } from '../safetensors-file.mjs';

const FOLDER = new URL('../../fixtures/models/', import.meta.url);
const CORPUS = new URL('../corpus/', import.meta.url);
const seed = (name, folder) => ({ name, bytes: readFileSync(new URL(`${name}.safetensors`, folder)) });
const { classifier } = JSON.parse(readFileSync(new URL('predictions.json', FOLDER), 'utf8'));

const HARD_FLOATS = [Number.NaN, Infinity, -Infinity, -1, 3.4e38, -3.4e38, 1e-45, -0, 1e30];
const HARD_SIZES = [0, 1, 3, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -1, 0.5];

/** @param {object} chainrule - the library */
export function modelTargets(chainrule) {
  return [
    {
      name: 'network',
      seeds: ['network-checksums', 'network-plain'].map((name) => seed(name, FOLDER)),
      mutate,
      run: (bytes, folder) => runNetwork(chainrule, bytes, folder),
    },
    {
      name: 'estimator',
      seeds: ['classifier-checksums', 'classifier-plain'].map((name) => seed(name, FOLDER)),
      mutate,
      run: (bytes, folder) => runEstimator(chainrule, bytes, folder),
    },
    {
      name: 'checkpoint',
      seeds: [seed('checkpoint-checksums', CORPUS)],
      refused: [seed('long-difference', new URL('refused/', CORPUS))],
      mutate,
      run: (bytes, folder) => resumeFit(chainrule, bytes, folder),
    },
    {
      name: 'training',
      seeds: ['estimator-checkpoint-checksums', 'estimator-beginning-checksums'].map((name) =>
        seed(name, CORPUS),
      ),
      mutate,
      run: (bytes, folder) => resumeEstimator(chainrule, bytes, folder),
    },
  ];
}

function mutate(random, { bytes }, other) {
  if (random.chance(0.15)) return mutateBytes(random, bytes, other.bytes);
  let { header, data } = splitFile(bytes);
  data = Buffer.from(data);
  for (const key of Object.keys(header.__metadata__)) {
    if (key.endsWith('Sha256') && random.chance(0.95)) delete header.__metadata__[key];
  }
  for (let changes = 1 + random.below(2); changes > 0; changes--) {
    switch (random.below(6)) {
      case 0:
      case 1:
        changeDescription(random, header);
        break;
      case 2:
        changeTensor(random, header);
        break;
      case 3:
        if (data.length >= 4)
          data.writeFloatLE(random.pick(HARD_FLOATS), 4 * random.below(Math.floor(data.length / 4)));
        break;
      case 4:
        header = mutateJson(random, header);
        break;
      default:
        data = mutateBytes(random, data);
    }
    if (typeof header !== 'object' || header === null) break;
  }
  const text = mutateText(random, header);
  return random.chance(0.7) ? sealFile(text, data) : joinFile(text, data);
}

function changeDescription(random, header) {
  const metadata = header?.__metadata__;
  const key = Object.keys(metadata ?? {}).find((name) => !name.endsWith('Sha256'));
  if (key === undefined || typeof metadata[key] !== 'string') return;
  try {
    metadata[key] = mutateText(random, mutateJson(random, JSON.parse(metadata[key])));
  } catch {
    // Another change has made it no JSON.
  }
}

function changeTensor(random, header) {
  const names = Object.keys(header).filter((name) => name !== '__metadata__');
  if (names.length === 0) return;
  const [name, other] = [random.pick(names), random.pick(names)];
  const entry = header[name];
  // Another change may have made it none.
  if (typeof entry !== 'object' || entry === null || typeof header[other] !== 'object') return;
  switch (random.below(7)) {
    case 0:
      delete header[name];
      break;
    case 1:
      [header[name], header[other]] = [header[other], header[name]];
      break;
    case 2:
      header[`${name}.more`] = structuredClone(entry);
      break;
    case 3:
      entry.dtype = random.pick(['F16', 'F64', 'U8', 'BF16', 'I64', 'f32', '', 1, null]);
      break;
    case 4:
      entry.shape = random.pick([
        [],
        [random.pick(HARD_SIZES)],
        Array(3).fill(random.pick(HARD_SIZES)),
        Array(1000).fill(1),
        [...(entry.shape ?? [])].reverse(),
      ]);
      break;
    case 5:
      entry.data_offsets = [random.pick(HARD_SIZES), random.pick(HARD_SIZES)];
      break;
    default:
      entry.data_offsets = header[other]?.data_offsets;
  }
}

async function runNetwork({ Network }, bytes, folder) {
  const file = path.join(folder, 'model.safetensors');
  await writeFile(file, bytes);
  checkNetwork(
    await Network.load(file, { backend: bytes.length % 8 === 0 ? 'native' : 'reference', threads: 1 }),
  );
}

/** A step on a network leaves finite weights, or says that it does not. */
export function checkNetwork(network) {
  const x = new Float32Array(2 * network.inputSize).fill(0.5);
  for (const y of [Int32Array.of(0, 0), new Float32Array(2 * network.outputSize)]) {
    try {
      network.trainBatch(x, y);
    } catch (error) {
      // Labels are not for every task.
      if (error.code === 'ERR_DATA' || error.code === 'ERR_SHAPE') continue;
      if (error.code === 'ERR_DIVERGED') return;
      throw error;
    }
    for (const layer of network.getParameters()) {
      for (const values of Object.values(layer)) {
        if (!values.every(Number.isFinite)) throw new Error('a step left weights that are not finite');
      }
    }
  }
  if (!network.predict(x).every(Number.isFinite)) throw new Error('a prediction is not finite');
}

async function runEstimator({ loadEstimator, MLPClassifier }, bytes, folder) {
  const file = path.join(folder, 'model.safetensors');
  await writeFile(file, bytes);
  const estimator = await loadEstimator(file, { backend: 'reference' });
  checkEstimator(MLPClassifier, estimator, classifier.rows);
}

/** What an estimator says is finite. */
function checkEstimator(MLPClassifier, estimator, rows) {
  const predictions = estimator.predict(rows);
  if (!(estimator instanceof MLPClassifier)) {
    if (!predictions.every(Number.isFinite)) throw new Error('a prediction is not finite');
    return;
  }
  for (const probabilities of estimator.predictProbability(rows)) {
    if (!probabilities.every((each) => each >= 0 && each <= 1)) throw new Error('a probability is none');
  }
}

/** Continues the fit from which the seed is. */
async function resumeFit({ Network }, bytes, folder) {
  const resume = path.join(folder, 'fit');
  await mkdir(resume, { recursive: true });
  await writeFile(path.join(resume, 'checkpoint-1.safetensors'), bytes);
  const layers = [{ units: 3, activation: 'tanh' }, { units: 1 }];
  const network = new Network({ inputSize: 2, seed: 5, backend: 'reference', layers });
  const x = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const options = { epochs: 5, batchSize: 2, validationSplit: 0.25, earlyStopping: { patience: 5 } };
  try {
    await network.fit(x, [0, 1, 1, 0], { ...options, resume });
  } catch (error) {
    if (error.code !== 'ERR_DIVERGED') throw error;
  }
  checkNetwork(network);
}

/** Continues the training of an estimator from which the seeds are: of the last network, and of the first. */
async function resumeEstimator({ MLPClassifier }, bytes, folder) {
  const resume = path.join(folder, 'training');
  await mkdir(resume, { recursive: true });
  await writeFile(path.join(resume, 'checkpoint-1.safetensors'), bytes);
  const rows = Array.from({ length: 16 }, (_, i) => ({ a: i % 5, b: ['x', 'y'][(i % 3) % 2] }));
  const labels = rows.map((_, i) => ['no', 'yes'][i % 2]);
  const options = { seed: 3, members: 2, epochs: 4, hiddenLayers: [2], backend: 'reference' };
  const estimator = new MLPClassifier(options);
  try {
    await estimator.fit(rows, labels, { resume });
  } catch (error) {
    if (error.code !== 'ERR_DIVERGED') throw error;
    return;
  }
  checkEstimator(MLPClassifier, estimator, rows);
}
