import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MLPClassifier, MLPRegressor } from '../../src/index.js';
import type { ReportFacts } from '../../src/report/facts.js';
import { gatherFacts } from '../../src/report/gather.js';
import { type ReportOptions, resolveReport } from '../../src/report/options.js';
import { expectRejection } from '../errors.js';
import { draw, houses, irisRows, parted, small } from '../estimators/rows.js';

const iris = irisRows();
const { training, test } = parted(iris);

function factsOf(
  estimator: unknown,
  rows: unknown,
  labels?: unknown,
  options: ReportOptions = {},
): Promise<ReportFacts> {
  return gatherFacts(estimator, rows, labels, resolveReport(options));
}

describe('the rows that a report judges by', () => {
  it('are those held out, if the rows are those of the fit', async () => {
    const classifier = await new MLPClassifier({ ...small, members: 3 }).fit(iris, 'species');
    const { tested, classes } = await factsOf(classifier, iris, 'species', { importance: false });
    expect(tested).toMatchObject({ how: 'heldOut', rows: 150, networks: 3 });
    const { evaluation, predictions } = classifier.heldOut()!;
    expect(classes?.evaluation).toEqual(evaluation);
    expect(Array.from(classes!.predicted, (index) => classes!.names[index])).toEqual(predictions);
    expect(classes?.baseline.accuracy).toBeCloseTo(1 / 3, 12);
  });

  it('are a part of them with one network', async () => {
    const classifier = await new MLPClassifier({ ...small, members: 1 }).fit(iris, 'species');
    const { tested, classes } = await factsOf(classifier, iris, 'species', { importance: false });
    expect(tested).toMatchObject({ how: 'heldOut', rows: 30 });
    expect(classes?.evaluation).toEqual(classifier.heldOut()!.evaluation);
  });

  it('are all others, also with the same labels in the same order', async () => {
    const rows = houses(60);
    const others = houses(120).slice(60);
    const labels = rows.map((_, i) => i % 2);
    const classifier = await new MLPClassifier({ ...small, members: 2 }).fit(rows, labels);
    const { tested, classes } = await factsOf(classifier, others, labels, { importance: false });
    expect(tested.how).toBe('new');
    expect(classes?.evaluation).toEqual(classifier.evaluate(others, labels));
    await expectRejection(
      factsOf(classifier, others, labels, { heldOut: true }),
      'ERR_OPTION',
      'heldOut is true, but the 60 rows are not known as those of the last fit',
    );
  });

  it('are those of the caller, which chose the epoch', async () => {
    const rows = houses(100);
    const [own, other] = [rows.slice(0, 70), rows.slice(70)];
    const regressor = await new MLPRegressor(small).fit(own, 'price', { validation: { rows: other } });
    const ofOther = await factsOf(regressor, other, 'price');
    expect(ofOther.tested).toMatchObject({ how: 'validation', rows: 30 });
    expect(ofOther.importance?.columns.length).toBe(4);
    const ofOwn = await factsOf(regressor, own, 'price');
    expect(ofOwn.tested).toMatchObject({ how: 'validation', rows: 30 });
    expect(ofOwn.numbers?.evaluation).toEqual(regressor.evaluate(other, 'price'));
    // Their cells are not there.
    expect(ofOwn.importance).toBeNull();
  });

  it('are called seen where nothing else is left', async () => {
    const options = { ...small, validationSplit: 0 };
    const regressor = await new MLPRegressor(options).fit(houses(50), 'price');
    expect((await factsOf(regressor, houses(50), 'price', { importance: false })).tested.how).toBe('seen');
    const more = await new MLPRegressor({ ...small, members: 2 }).fit(houses(50), 'price');
    await more.partialFit(houses(50), 'price');
    expect((await factsOf(more, houses(50), 'price', { importance: false })).tested.how).toBe('seen');
  });

  it('count by their weights, which are those of the fit unless others are given', async () => {
    const rows = houses(80);
    const weights = rows.map((_, i) => 1 + (i % 3));
    const regressor = await new MLPRegressor({ ...small, members: 2 }).fit(rows, 'price', {
      sampleWeight: weights,
    });
    const plain = await factsOf(regressor, rows, 'price', { importance: false });
    expect(plain.tested.isWeighted).toBe(true);
    expect(plain.numbers?.evaluation).toEqual(regressor.heldOut()!.evaluation);
    const fresh = houses(140).slice(80);
    const given = fresh.map((_, i) => i % 2);
    const weighted = await factsOf(regressor, fresh, 'price', { sampleWeight: given, importance: false });
    expect(weighted.numbers?.evaluation).toEqual(regressor.evaluate(fresh, 'price', { sampleWeight: given }));
  });
});

describe('the importance of columns', () => {
  it('is that of the estimator on new rows', async () => {
    const classifier = await new MLPClassifier({ ...small, metric: 'logLoss' }).fit(training, 'species');
    const { importance } = await factsOf(classifier, test, 'species');
    const expected = classifier.importance(test, 'species');
    expect(importance?.columns.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
    importance?.columns.forEach((column, i) => {
      expect(column.importance).toBeCloseTo(expected[i].importance, 5);
      expect(column.standardDeviation).toBeCloseTo(expected[i].standardDeviation, 5);
    });
    expect(importance?.rows).toBe(test.length);
  });

  it('is that of a regressor, and of held-out rows where each network has its own', async () => {
    const rows = houses(200);
    const regressor = await new MLPRegressor({ ...small, epochs: 60, members: 2 }).fit(rows, 'price');
    const fresh = houses(260).slice(200);
    const ofNew = await factsOf(regressor, fresh, 'price');
    const expected = regressor.importance(fresh, 'price');
    ofNew.importance?.columns.forEach((column, i) => {
      expect(column.name).toBe(expected[i].name);
      expect(column.importance / expected[0].importance).toBeCloseTo(
        expected[i].importance / expected[0].importance,
        4,
      );
    });
    const { importance } = await factsOf(regressor, rows, 'price');
    expect(-importance!.score).toBeCloseTo(regressor.heldOut()!.evaluation.rmse, 4);
    expect(importance?.columns[0].name).toBe('area');
    expect(importance?.columns[0].importance).toBeGreaterThan(20);
    expect(importance?.columns.find(({ name }) => name === 'noise')?.importance).toBeLessThan(2);
  });
});

describe('what else a report says', () => {
  it('is each warning once, and the names of files without their folders', async () => {
    const rows = houses(90).map((house, i) => ({ ...house, key: `h${i}` }));
    const regressor = await new MLPRegressor(small).fit(rows, 'price');
    const [own] = regressor.warnings;
    const advice = own.slice(own.indexOf('; '));
    const { data, dataName, title } = await factsOf(regressor, rows, undefined, {
      dataName: '/home/me/my data/houses.csv',
      readWarnings: [
        `/home/me/my data/houses.csv: ${own.replace(advice, '; --columns key=categorical')}`,
        'line 7 of ../other/more.csv has 5 fields, expected 6',
        "data/more.csv: 'a/b.c' is rare; --ignore a/b.c",
        '12 km/h or 1/2 is no number',
      ],
      importance: false,
    });
    expect([dataName, title]).toEqual(['houses.csv', 'price in houses.csv']);
    expect(data.warnings[0]).toMatch(/^column left out: 'key' .*; --columns key=categorical$/);
    expect(data.readWarnings).toEqual([
      'line 7 of more.csv has 5 fields, expected 6',
      "more.csv: 'a/b.c' is rare; --ignore a/b.c",
      '12 km/h or 1/2 is no number',
    ]);
    expect(resolveReport({ dataName: 'Sales 2024/25' }).dataName).toBe('Sales 2024/25');
  });

  it('is what the columns were, with their reasons and warnings', async () => {
    const rows = houses(90).map((house, i) => ({ ...house, key: `h${i}`, w: 1 + (i % 2) }));
    const regressor = await new MLPRegressor(small).fit(rows, 'price', { sampleWeight: 'w' });
    const readWarnings = ['line 7 has 5 fields, expected 6'];
    const { data, target } = await factsOf(regressor, rows, undefined, { readWarnings, importance: false });
    expect(target).toBe('price');
    expect(data.fitRows).toBe(90);
    expect(data.dropped).toEqual(['w']);
    expect(data.readWarnings).toEqual(readWarnings);
    expect(data.warnings).toEqual(regressor.warnings);
    const columns = new Map(data.columns.map((column) => [column.name, column]));
    expect(columns.get('key')).toMatchObject({ kind: 'id', used: false });
    expect(columns.get('rooms')?.missing).toBe(rows.filter(({ rooms }) => rooms === null).length);
    expect(columns.get('heating')?.values).toEqual({ categories: ['gas', 'oil'], count: 2, others: false });
  });

  it('is known of a model from a file, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chainrule-report-'));
    try {
      const path = join(folder, 'model.safetensors');
      await (await new MLPClassifier({ ...small, members: 2 }).fit(training, 'species')).save(path);
      const facts = await factsOf(await MLPClassifier.load(path), test);
      expect(facts.tested).toMatchObject({ how: 'new', rows: 30 });
      expect(facts.training.members.map(({ epochs }) => epochs.length)).toEqual([20, 20]);
      expect(facts.training.members[0].seconds).toBeNull();
      expect(facts.data.fitRows).toBe(120);
      expect(facts.classes?.baseline.accuracy).toBeCloseTo(1 / 3, 12);
      expect(facts.layers.length).toBe(2);
      expect(facts.tested.mayBeSeen).toBe(false);
      const ofFit = await factsOf(await MLPClassifier.load(path), training, undefined, { importance: false });
      expect(ofFit.tested).toMatchObject({ how: 'new', mayBeSeen: true });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is a program that makes the same model', async () => {
    const options = { ...small, members: 2, columns: { "o'dd": 'categorical' as const } };
    const rows = iris.map((row, i) => ({ ...row, "o'dd": i % 4 }));
    const classifier = await new MLPClassifier(options).fit(rows, 'species');
    const { reproduction } = await factsOf(classifier, rows, 'species', { importance: false });
    expect(reproduction.program).toContain(
      "new MLPClassifier({ hiddenLayers: [16], epochs: 20, seed: 1, members: 2, columns: { ['o\\'dd']: 'categorical' } })",
    );
    const body = reproduction.program
      .replace(/^import.*$/m, '')
      .replace('/* the rows of the fit */', 'given')
      .replace(/await model\.save.*$/m, 'return model;');
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
    const again = await new AsyncFunction('MLPClassifier', 'given', body)(MLPClassifier, rows);
    expect(again.predictProbability(rows)).toEqual(classifier.predictProbability(rows));
    const settings = new Map(reproduction.settings.map(({ name, ...rest }) => [name, rest]));
    expect(settings.get('epochs')).toEqual({ value: '20', isGiven: true });
    expect(settings.get('dropout')).toEqual({ value: '0.15', isGiven: false });
  });

  it('is little about a single class, a constant or few rows', async () => {
    const one = await new MLPClassifier(small).fit(
      training,
      training.map(() => 'all'),
    );
    const ofOne = await factsOf(
      one,
      test,
      test.map(() => 'all'),
    );
    expect([ofOne.importance, ofOne.layers]).toEqual([null, []]);
    const flat = await new MLPRegressor(small).fit(
      training,
      training.map(() => 2),
    );
    const ofFlat = await factsOf(
      flat,
      test,
      test.map((_, i) => draw(i)),
    );
    expect(ofFlat.numbers?.evaluation.rmse).toBe(ofFlat.numbers?.baseline.rmse);
    const few = await new MLPRegressor(small).fit(houses(3), 'price');
    expect((await factsOf(few, houses(3), 'price')).tested.rows).toBeGreaterThan(0);
  });

  it('refuses what it does not know', async () => {
    const classifier = await new MLPClassifier(small).fit(training, 'species');
    expect(() => resolveReport({ titel: 'x' })).toThrow("did you mean 'title'?");
    expect(() => resolveReport({ readWarnings: 'x' })).toThrow('expected an array of texts');
    await expectRejection(factsOf({}, test), 'ERR_OPTION', 'expected an MLPClassifier or an MLPRegressor');
    await expectRejection(factsOf(classifier, []), 'ERR_SHAPE', 'rows has no rows');
    await expectRejection(factsOf(new MLPClassifier(), test), 'ERR_UNFITTED', 'makeReport was called before');
  });
});
