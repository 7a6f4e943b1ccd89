import { describe, expect, it } from 'vitest';
import { crossValidate, MLPClassifier, MLPRegressor } from '../../src/index.js';
import { expectError, expectRejection } from '../errors.js';
import { houses, irisRows, small } from './rows.js';

const rows = irisRows();
const labels = rows.map(({ species }) => species);

describe('crossValidate', () => {
  it('tests every row once by an estimator that has not seen it', async () => {
    const classifier = new MLPClassifier({ ...small, epochs: 60 });
    const { scores, mean, standardDeviation, folds, predictions, metric } = await crossValidate(
      classifier,
      rows,
      'species',
      { folds: 3 },
    );
    expect(metric).toBe('accuracy');
    expect(scores).toEqual(folds.map(({ evaluation }) => evaluation.accuracy));
    expect(mean).toBeCloseTo(scores.reduce((a, b) => a + b) / 3, 12);
    expect(standardDeviation).toBeCloseTo(Math.sqrt(scores.reduce((s, v) => s + (v - mean) ** 2, 0) / 3), 12);
    expect(mean).toBeGreaterThan(0.85);
    const hits = predictions.filter((label, row) => label === labels[row]).length;
    expect(hits / rows.length).toBeCloseTo(mean, 12);
    expect(folds.flatMap(({ testRows }) => Array.from(testRows)).sort((a, b) => a - b)).toEqual(
      rows.map((_, row) => row),
    );
    expectError(() => classifier.predict(rows), 'ERR_UNFITTED', 'predict');
  });

  it('fits each fold as a fit with the same time would be', async () => {
    const features = houses(90);
    const prices = features.map(({ price }) => price);
    const times = features.map((_, row) => -row);
    const regressor = new MLPRegressor({ ...small, epochs: 10 });
    const { folds } = await crossValidate(regressor, features, prices, { folds: 2, time: times });
    expect(Array.from(folds[1].testRows)).toEqual(Array.from({ length: 30 }, (_, row) => row));
    const alone = await new MLPRegressor(regressor.options).fit(features.slice(30), prices.slice(30), {
      time: times.slice(30),
    });
    expect(alone.evaluate(features.slice(0, 30), prices.slice(0, 30))).toEqual(folds[1].evaluation);
  });

  it('is the same on one thread as on two', async () => {
    const run = async (parallel: number) => {
      const { predictions, scores } = await crossValidate(new MLPClassifier(small), rows, labels, {
        folds: 4,
        parallel,
      });
      return { predictions, scores };
    };
    expect(await run(2)).toEqual(await run(1));
  });

  it('takes a class with a single row, which one fold does not train on', async () => {
    const rare = rows.map(({ species, ...row }, i) => ({ ...row, species: i === 7 ? 'rare' : species }));
    const classifier = new MLPClassifier({ ...small, classWeight: { rare: 2 }, metric: 'logLoss' });
    const { folds, predictions, scores } = await crossValidate(classifier, rare, 'species', { folds: 3 });
    expect(predictions[7]).not.toBe('rare');
    expect(scores.every(Number.isFinite)).toBe(true);
    for (const { evaluation, testRows } of folds) {
      const tested = evaluation.confusionMatrix?.map((row) => row.reduce((a, b) => a + b));
      expect(tested?.[0]).toBe(testRows.includes(7) ? 1 : 0);
      expect(tested?.length).toBe(4);
    }
  });

  it('takes folds of times that lack the later classes', async () => {
    const { predictions } = await crossValidate(new MLPClassifier(small), rows, 'species', {
      folds: 2,
      time: true,
    });
    expect(predictions.slice(0, 50)).toEqual(Array(50).fill(undefined));
    expect(predictions.slice(50, 100)).toEqual(Array(50).fill('setosa'));
  });

  it('has errors as negative scores', async () => {
    const regressor = new MLPRegressor({ ...small, epochs: 40 });
    const { scores, folds } = await crossValidate(regressor, houses(150), 'price', {
      folds: 3,
      metric: 'mae',
    });
    expect(scores).toEqual(folds.map(({ evaluation }) => -evaluation.mae));
  });

  it('respects groups and time', async () => {
    const grouped = rows.map((row, i) => ({ ...row, plot: `p${i % 9}` }));
    const byGroup = await crossValidate(new MLPClassifier(small), grouped, 'species', {
      folds: 3,
      groups: 'plot',
    });
    for (const { testRows } of byGroup.folds) {
      const plots = new Set(Array.from(testRows, (row) => row % 9));
      expect(testRows.length).toBe(
        [...plots].reduce((sum, p) => sum + rows.filter((_, i) => i % 9 === p).length, 0),
      );
    }
    const byTime = await crossValidate(new MLPRegressor(small), houses(100), 'price', {
      folds: 3,
      time: true,
    });
    expect(byTime.folds.map(({ testRows }) => testRows[0])).toEqual([25, 50, 75]);
    expect(byTime.predictions.slice(0, 25).every((prediction) => prediction === undefined)).toBe(true);
  });

  it('hears of each fold and refuses what it cannot do', async () => {
    const heard: number[] = [];
    const once = { folds: 2, parallel: 1, onFold: ({ fold }: { fold: number }) => heard.push(fold) };
    await crossValidate(new MLPClassifier(small), rows, labels, once);
    expect(heard).toEqual([0, 1]);
    const classifier = new MLPClassifier(small);
    const both = crossValidate(classifier, rows, labels, { groups: labels, time: true });
    await expectRejection(both, 'ERR_OPTION', 'groups and time');
    await expectRejection(crossValidate(classifier, rows, labels, { folds: 1 }), 'ERR_OPTION', 'folds is 1');
    const other = crossValidate(classifier, rows, labels, { metric: 'rmse' });
    await expectRejection(other, 'ERR_OPTION', "metric is 'rmse'");
    await expectRejection(
      crossValidate({} as MLPClassifier, rows, labels),
      'ERR_OPTION',
      'estimator is an object',
    );
  });
});
