import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEstimator, MLPClassifier, MLPRegressor, metrics, Network } from '../../src/index.js';
import { VERSION } from '../../src/version.js';
import { expectRejection } from '../errors.js';
import { houses, irisRows, parted, small } from './rows.js';

const { training, test } = parted(irisRows());
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainrule-held-out-'));
});

describe('the score on rows held out', () => {
  it('of validation rows is that of evaluating them', async () => {
    const classifier = await new MLPClassifier(small).fit(training, 'species', {
      validation: { rows: test },
    });
    expect(classifier.heldOutScore!.rows).toBe(test.length);
    const { accuracy, logLoss, confusionMatrix } = classifier.evaluate(test);
    expect(classifier.heldOutScore!.evaluation).toMatchObject({ accuracy, confusionMatrix });
    expect(classifier.heldOutScore!.evaluation.logLoss).toBeCloseTo(logLoss, 5);

    const rows = houses(200);
    const regressor = await new MLPRegressor(small).fit(rows.slice(0, 150), 'price', {
      validation: { rows: rows.slice(150) },
    });
    const { rmse, r2 } = regressor.evaluate(rows.slice(150));
    expect(regressor.heldOutScore!.evaluation.rmse).toBeCloseTo(rmse, 5);
    expect(regressor.heldOutScore!.evaluation.r2).toBeCloseTo(r2, 8);
  });

  it('of members covers every row, and is lower than that on rows that taught', async () => {
    const noisy = training.map((row, i) => ({ ...row, species: i % 4 === 0 ? 'setosa' : row.species }));
    const classifier = await new MLPClassifier({ ...small, epochs: 60, members: 3 }).fit(noisy, 'species');
    expect(classifier.heldOutScore!.rows).toBe(noisy.length);
    expect(classifier.heldOutScore!.evaluation.accuracy).toBeLessThan(classifier.score(noisy));
  });

  it('has the most frequent class and the mean beside it', async () => {
    const rows = training.filter((row, i) => row.species !== 'setosa' || i % 3 === 0);
    const labels = rows.map(({ species }) => species);
    const classifier = await new MLPClassifier({ ...small, members: 2 }).fit(rows, 'species');
    const counts = classifier.classes.map((label) => labels.filter((own) => own === label).length);
    expect(classifier.heldOutScore!.baseline.accuracy).toBeCloseTo(Math.max(...counts) / rows.length, 12);
    expect(classifier.heldOutScore!.baseline.rocAuc).toBeCloseTo(0.5, 12);

    const prices = houses(100).map(({ price }) => price);
    const regressor = await new MLPRegressor({ ...small, members: 2 }).fit(houses(100), 'price');
    const mean = prices.reduce((sum, price) => sum + price, 0) / prices.length;
    expect(regressor.heldOutScore!.baseline.rmse).toBeCloseTo(
      metrics.rmse(
        prices,
        prices.map(() => mean),
      ),
      6,
    );
    expect(regressor.heldOutScore!.baseline.r2).toBeCloseTo(0, 8);
  });

  it('is null where there is none', async () => {
    expect(
      (await new MLPClassifier({ ...small, validationSplit: 0 }).fit(training, 'species')).heldOutScore,
    ).toBe(null);
    const same = training.map((row) => ({ ...row, species: 'one' }));
    expect((await new MLPClassifier(small).fit(same, 'species')).heldOutScore).toBe(null);
    expect((await new MLPClassifier(small).partialFit(training, 'species')).heldOutScore).toBe(null);
    const weights = training.map((_, i) => (i < 60 ? 1 : 0));
    const ordered = await new MLPClassifier(small).fit(training, 'species', {
      sampleWeight: weights,
      time: true,
    });
    expect(ordered.heldOutScore).toBe(null);
  });
});

describe('a file', () => {
  it('keeps how the fit went, but not how long it took', async () => {
    const path = join(folder, 'history.safetensors');
    const classifier = await new MLPClassifier({ ...small, members: 2 }).fit(training, 'species');
    await classifier.save(path);
    const loaded = await MLPClassifier.load(path);
    expect(loaded.history.members).toHaveLength(2);
    loaded.history.members.forEach(({ epochs, ...others }, member) => {
      const { epochs: before, ...same } = classifier.history.members[member];
      expect(others).toEqual(same);
      epochs.forEach((record, i) => {
        expect(record.validationLoss).toBeCloseTo(before[i].validationLoss!, 6);
        expect(record.loss).toBeCloseTo(before[i].loss, 6);
        expect(record).toMatchObject({ epoch: i + 1, seconds: Number.NaN });
      });
      expect(epochs).toHaveLength(before.length);
    });
    expect(loaded.heldOutScore).toEqual(classifier.heldOutScore);
    expect(loaded.provenance).toEqual({ version: VERSION, rows: training.length });
    expect(loaded.target).toBe('species');
    expect(loaded.networks).toEqual(classifier.networks);
    expect(loaded.networks[0].layers.at(-1)).toMatchObject({ units: 3, activation: 'softmax' });
  });

  it('is the same for the same seed and rows', async () => {
    const files = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const path = join(folder, name);
        await (await new MLPRegressor({ ...small, members: 2 }).fit(houses(60), 'price')).save(path);
        return readFile(path);
      }),
    );
    expect(files[0].equals(files[1])).toBe(true);
  });

  it('counts the rows of later calls', async () => {
    const path = join(folder, 'partial.safetensors');
    const regressor = await new MLPRegressor(small).fit(houses(60), 'price');
    await regressor.partialFit(houses(30), 'price');
    await regressor.save(path);
    expect((await MLPRegressor.load(path)).provenance.rows).toBe(90);
  });

  it('is loaded as what it is', async () => {
    const path = join(folder, 'either.safetensors');
    await (await new MLPRegressor(small).fit(houses(60), 'price')).save(path);
    expect(await loadEstimator(path)).toBeInstanceOf(MLPRegressor);
    await (await new MLPClassifier(small).fit(training, 'species')).save(path);
    expect(await loadEstimator(path, { threads: 1 })).toBeInstanceOf(MLPClassifier);
    await new Network({ inputSize: 1, layers: [{ units: 1 }] }).save(path);
    await expectRejection(loadEstimator(path), 'ERR_FILE', 'holds a network');
    await expectRejection(loadEstimator(join(folder, 'none')), 'ERR_FILE', 'could not be read');
    await expectRejection(loadEstimator(''), 'ERR_OPTION', 'loadEstimator');
  });
});

it('onEpoch hears how many epochs there will be', async () => {
  const records: string[] = [];
  await new MLPRegressor({ ...small, epochs: 3, members: 2 }).fit(houses(40), 'price', {
    onEpoch: ({ member, members, epoch, epochs }) => records.push(`${member}/${members} ${epoch}/${epochs}`),
  });
  expect(records.sort()).toEqual(['0/2 1/3', '0/2 2/3', '0/2 3/3', '1/2 1/3', '1/2 2/3', '1/2 3/3']);
});
