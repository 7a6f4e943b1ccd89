import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readEstimator } from '../../src/estimators/estimator-file.js';
import { writeSafetensors } from '../../src/formats/safetensors.js';
import { ChainruleError, MLPClassifier, MLPRegressor, Network } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectRejection } from '../errors.js';
import { readPlainly } from '../formats/plain-safetensors.js';
import { draw, houses, irisRows, parted, small } from './rows.js';

const { training, test } = parted(irisRows());
let path: string;
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'estimator.safetensors');
});

describe('a saved classifier', () => {
  it.each([1, 2])('of %d members predicts the same', async (members) => {
    const classifier = await new MLPClassifier({
      ...small,
      members,
      classWeight: new Map([['setosa', 2]]),
    }).fit(training, 'species');
    await classifier.save(path);
    const loaded = await MLPClassifier.load(path);
    expect(loaded.predictProbability(test)).toEqual(classifier.predictProbability(test));
    expect(loaded.classes).toEqual(classifier.classes);
    expect(loaded.columns).toEqual(classifier.columns);
    expect(loaded.evaluate(test)).toEqual(classifier.evaluate(test));
  });

  it('of several members gives each network one thread, as a fit does', async () => {
    for (const members of [1, 2]) {
      await (await new MLPClassifier({ ...small, members }).fit(training, 'species')).save(path);
      const networks = await readEstimator(
        path,
        'MLPClassifier',
        { threads: 3 },
        ({ ensemble }) => ensemble.networks,
      );
      expect(networks.map(({ backend }) => backend.threads)).toEqual(members === 1 ? [3] : [1, 1]);
    }
  });

  it('predicts the same in every engine, to the rounding of float32', async () => {
    const classifier = await new MLPClassifier({ ...small, epochs: 60 }).fit(training, 'species');
    await classifier.save(path);
    const expected = classifier.predictProbability(test).flat();
    for (const backend of engines) {
      const loaded = await MLPClassifier.load(path, { backend, threads: 1 });
      expect(loaded.predict(test)).toEqual(classifier.predict(test));
      loaded
        .predictProbability(test)
        .flat()
        .forEach((probability, i) => {
          expect(probability).toBeCloseTo(expected[i], 4);
        });
    }
  });

  it('goes on like the one that was saved, if that went on', async () => {
    const classifier = await new MLPClassifier(small).fit(training, 'species');
    await classifier.save(path);
    const withoutOptimizer = (await readFile(path)).length;
    await classifier.partialFit(training, 'species');
    await classifier.save(path);
    expect((await readFile(path)).length).toBeGreaterThan(2 * withoutOptimizer - 20_000);
    const loaded = await MLPClassifier.load(path);
    await classifier.partialFit(test, 'species');
    await loaded.partialFit(test, 'species');
    expect(loaded.predictProbability(test)).toEqual(classifier.predictProbability(test));
  });

  it.each<[string, (string | bigint | boolean)[]]>([
    ['bigints', [5n, 2n ** 80n]],
    ['booleans', [true, false]],
    ['names of properties', ['__proto__', 'constructor']],
  ])('keeps labels: %s', async (_, labels) => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ constructor: i % 2 === 0 ? 1 : 5, other: i * i }));
    const given = rows.map((_, i) => labels[i % 2]);
    const classifier = await new MLPClassifier({ ...small, threshold: 0.5 }).fit(rows, given as string[]);
    await classifier.save(path);
    const loaded = await MLPClassifier.load(path);
    expect(loaded.predict(rows)).toEqual(classifier.predict(rows));
    expect(loaded.threshold).toBe(0.5);
  });
});

describe('a saved regressor', () => {
  it('predicts the same, intervals too', async () => {
    const rows = houses(200);
    const regressor = await new MLPRegressor({ ...small, members: 2 }).fit(rows, 'price');
    await regressor.save(path);
    const loaded = await MLPRegressor.load(path);
    expect(loaded.predict(rows)).toEqual(regressor.predict(rows));
    expect(loaded.predictInterval(rows, { coverage: 0.8 })).toEqual(
      regressor.predictInterval(rows, { coverage: 0.8 }),
    );
  });

  it('may have 5,000 columns', async () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      Object.fromEntries(Array.from({ length: 5000 }, (_, c) => [`column ${c}`, draw(40 * c + i)])),
    );
    const regressor = await new MLPRegressor({ ...small, epochs: 2 }).fit(
      rows,
      rows.map((_, i) => i),
    );
    await regressor.save(path);
    expect((await MLPRegressor.load(path)).predict(rows)).toEqual(regressor.predict(rows));
  });

  it('may be of numbers and weights whose sums are beyond float32', async () => {
    const many = Array.from({ length: 60 }, (_, i) => ({ a: i, b: (i % 2) * 8e37 }));
    for (const weight of [1, 3e38]) {
      const fitted = await new MLPRegressor({ seed: 1, epochs: 2 }).fit(many, 'b', {
        sampleWeight: many.map(() => weight),
      });
      await fitted.save(path);
      const loaded = await MLPRegressor.load(path);
      expect(loaded.predict(many)).toEqual(fitted.predict(many));
      expect(loaded.heldOutScore).toEqual(fitted.heldOutScore);
    }
    const yesNo = many.map(({ a }) => ({ a, b: a % 2 === 0 }));
    const fitted = await new MLPClassifier({ seed: 1, epochs: 2 }).fit(yesNo, 'b', {
      sampleWeight: many.map(() => 3e38),
    });
    await fitted.save(path);
    expect((await MLPClassifier.load(path)).heldOutScore).toEqual(fitted.heldOutScore);
  });

  it('may be constant', async () => {
    const rows = houses(20).map((row) => ({ ...row, price: 3 }));
    const regressor = await new MLPRegressor(small).fit(rows, 'price');
    await regressor.save(path);
    expect((await MLPRegressor.load(path)).predict(rows.slice(0, 1))).toEqual([3]);
  });
});

describe('a file', () => {
  it('of another kind is refused', async () => {
    await (await new MLPClassifier(small).fit(training, 'species')).save(path);
    await expectRejection(
      MLPRegressor.load(path),
      'ERR_FILE',
      "kind is 'MLPClassifier', expected 'MLPRegressor'",
    );
    await expectRejection(Network.load(path), 'ERR_FILE', 'without a network');
    await new Network({ inputSize: 1, layers: [{ units: 1 }] }).save(path);
    await expectRejection(MLPClassifier.load(path), 'ERR_FILE', 'without an estimator');
    await expectRejection(MLPClassifier.load(`${path}.none`), 'ERR_FILE', 'could not be read');
    await expectRejection(new MLPClassifier().save(path), 'ERR_UNFITTED', 'save');
  });

  it('with a part missing or changed is refused', async () => {
    await (await new MLPClassifier(small).fit(training, 'species')).save(path);
    const { tensors, metadata } = await readPlainly(path);
    const description = JSON.parse(metadata.get('chainrule.estimator')!);
    const faults: [object, string | RegExp][] = [
      [{ formatVersion: 2 }, 'needs a newer chainrule'.replace('needs a', 'need a')],
      [{ encoder: {} }, ''],
      [{ constant: [0.5, 0.5] }, 'network from'],
      [{ members: [] }, 'none of its network'],
      [{ options: { hiddenLayers: 'many' } }, 'hiddenLayers'],
      [
        { head: { ...description.head, calibration: { inverseTemperature: -1, uniform: 0 } } },
        'inverseTemperature',
      ],
      [{ head: { ...description.head, labels: { type: 'string', classes: ['a'] } } }, ''],
      [{ extra: 1 }, 'extra'],
    ];
    for (const [change, part] of faults) {
      const changed = new Map([['chainrule.estimator', JSON.stringify({ ...description, ...change })]]);
      await writeSafetensors(path, { tensors, metadata: changed });
      await expectRejection(MLPClassifier.load(path), 'ERR_FILE', part);
    }
  });

  it('loads or is refused with any byte of its header flipped', async () => {
    await (await new MLPClassifier({ ...small, hiddenLayers: [2] }).fit(training, 'species')).save(path);
    const bytes = await readFile(path);
    const header = 8 + Number(bytes.readBigUInt64LE(0));
    for (let i = 8; i < header; i += 7) {
      const flipped = Buffer.from(bytes);
      flipped[i] ^= 4;
      await writeFile(path, flipped);
      await MLPClassifier.load(path, { backend: 'reference' }).catch((error) => {
        expect(error).toBeInstanceOf(ChainruleError);
        expect(error.code).toBe('ERR_FILE');
      });
    }
  });
});
