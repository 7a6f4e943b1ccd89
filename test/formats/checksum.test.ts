import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { loadEstimator, MLPClassifier, Network } from '../../src/index.js';
import { expectRejection } from '../errors.js';
import { fileOf, rewriteFile, splitFile } from './plain-safetensors.js';

const FIXTURES = new URL('../fixtures/models/', import.meta.url);
const backend = 'reference';
const HEADER_KEY = 'chainrule.headerSha256';
const DATA_KEY = 'chainrule.dataSha256';

let path: string;
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'model.safetensors');
});

describe.each(['plain', 'checksums'])('a file of a released format, %s,', (format) => {
  it('is read and trained further as ever', async () => {
    const recorded = JSON.parse(await readFile(new URL('predictions.json', FIXTURES), 'utf8'));
    const { x, outputs, nextLoss, outputsAfterNextStep } = recorded.network;
    const net = await Network.load(new URL(`network-${format}.safetensors`, FIXTURES), { backend });
    expect([...net.predict(x)]).toEqual(outputs);
    expect(net.trainBatch(x, [0, 1, 1])).toBe(nextLoss);
    expect([...net.predict(x)]).toEqual(outputsAfterNextStep);

    const { rows, classes, probabilities } = recorded.classifier;
    const estimator = await loadEstimator(new URL(`classifier-${format}.safetensors`, FIXTURES), { backend });
    if (!(estimator instanceof MLPClassifier)) return expect.fail('another kind of estimator');
    expect(estimator.classes).toEqual(classes);
    expect(estimator.predictProbability(rows)).toEqual(probabilities);
  });
});

describe('checksums', () => {
  beforeEach(() => copyFile(new URL('network-checksums.safetensors', FIXTURES), path));

  it('are those of the values, and of what is before them with zeros for its own digits', async () => {
    await new Network({ inputSize: 3, layers: [{ units: 2 }], backend }).save(path);
    const bytes = await readFile(path);
    const { header, data } = splitFile(bytes);
    const metadata = header.__metadata__ as Record<string, string>;
    const sha256 = (of: Uint8Array) => createHash('sha256').update(of).digest('hex');
    expect(metadata[DATA_KEY]).toBe(sha256(data));
    const before = bytes.subarray(0, bytes.length - data.length).toString('latin1');
    const zeros = before.replace(metadata[HEADER_KEY], '0'.repeat(64));
    expect(metadata[HEADER_KEY]).toBe(sha256(Buffer.from(zeros, 'latin1')));
  });

  it('find any change of a byte, and say so', async () => {
    const bytes = await readFile(path);
    for (let position = 0; position < bytes.length; position++) {
      const mutant = Uint8Array.from(bytes);
      mutant[position] ^= 1 << (position % 8);
      await writeFile(path, mutant);
      await expectRejection(Network.load(path, { backend }), 'ERR_FILE', 'was changed or damaged');
    }
  });

  it('find damage of their own names', async () => {
    const bytes = await readFile(path);
    for (const name of ['__metadata__', HEADER_KEY, DATA_KEY, 'Sha256']) {
      const mutant = Uint8Array.from(bytes);
      mutant.set(Buffer.from('.'.repeat(name.length > 8 ? 3 : name.length)), bytes.indexOf(name));
      await writeFile(path, mutant);
      await expectRejection(Network.load(path, { backend }), 'ERR_FILE', 'was changed or damaged');
    }
  });

  it('do not survive that other software writes the file anew', async () => {
    const { header, data } = splitFile(await readFile(path));
    for (const keys of [[HEADER_KEY, DATA_KEY], [DATA_KEY], [HEADER_KEY]]) {
      // In an order of its own.
      const metadata = Object.entries(header.__metadata__ as object).reverse();
      const kept = metadata.filter(([key]) => key === 'chainrule' || keys.includes(key));
      await writeFile(path, fileOf({ ...header, __metadata__: Object.fromEntries(kept) }, data));
      await expectRejection(Network.load(path, { backend }), 'ERR_FILE', `leaves '${HEADER_KEY}'`);
    }
    await copyFile(new URL('network-checksums.safetensors', FIXTURES), path);
    await rewriteFile(path, (_, values) => values.fill(0));
    const net = await Network.load(path, { backend });
    expect(net.getParameters()[0].weight.every((value) => value === 0)).toBe(true);
  });
});
