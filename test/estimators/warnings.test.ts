import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MLPClassifier, MLPRegressor } from '../../src/index.js';
import { draw, houses, irisRows, small } from './rows.js';

const fast = { ...small, hiddenLayers: [4], epochs: 1 };
const rows = Array.from({ length: 60 }, (_, i) => ({ x: draw(i), z: draw(60 + i) }));
const classify = async (own: readonly object[], labels: ArrayLike<string | number>, options: object = {}) =>
  (await new MLPClassifier({ ...fast, ...options }).fit(own, labels)).warnings;
const twoClasses = rows.map((_, i) => (i % 3 === 0 ? 'a' : 'b'));

describe('warnings', () => {
  it('are none about ordinary rows', async () => {
    expect((await new MLPClassifier(fast).fit(irisRows(), 'species')).warnings).toEqual([]);
    expect((await new MLPRegressor(fast).fit(houses(100), 'price')).warnings).toEqual([]);
  });

  it('name the columns left out, and what to do', async () => {
    const own = rows.map((row, i) => ({
      ...row,
      remark: `the customer said ${i} times that it rains`,
      site: 'garden',
      skipped: 'nothing',
    }));
    expect(await classify(own, twoClasses, { columns: { skipped: 'ignore' } })).toEqual([
      "columns left out: 'remark' (text: free text: long and mostly different), 'site' (constant: the same value in " +
        "every row); to use one, say what it is: columns: { 'remark': 'categorical' }",
    ]);
  });

  it('say that text is not learnt from, even if asked for', async () => {
    const own = rows.map((row, i) => ({ ...row, note: `note ${i % 4}` }));
    const classifier = await new MLPClassifier({ ...fast, columns: { note: 'text' } }).fit(own, twoClasses);
    expect(classifier.warnings).toEqual([
      "column 'note' is left out, since nothing is learnt from free text; to learn from which text a row has, use " +
        "columns: { 'note': 'categorical' }",
    ]);
    expect(classifier.columns[2]).toMatchObject({
      used: false,
      reason: 'left out, since nothing is learnt from free text',
    });
  });

  it('name a class that is alone, and classes with a single row', async () => {
    expect(await classify(rows, Array(60).fill('all'))).toEqual([
      "the labels have one class, 'all', which is all that is predicted: rows of other classes are needed to learn from",
    ]);
    const one = twoClasses.map((label, i) => (i === 7 ? 'willow' : label));
    expect(await classify(rows, one)).toEqual([
      "the class 'willow' has a single row, on which nothing can be tested: add rows, or give rare classes one label",
    ]);
    const many = rows.map((_, i) => (i < 20 ? `rare ${i}` : i % 2 === 0 ? 'a' : 'b'));
    const [warning] = await classify(rows, many);
    expect(warning).toContain("the classes 'rare 0', 'rare 1', 'rare 10'");
    expect(warning).toContain('and 10 more have a single row each');
  });

  it('doubt labels with very many values', async () => {
    const amounts = rows.map(({ x }) => Math.round(1e6 * x));
    expect((await classify(rows, amounts))[0]).toBe(
      'the labels of 60 rows have 60 different values: MLPRegressor predicts amounts',
    );
    const own = Array.from({ length: 2400 }, (_, i) => ({ x: draw(i) }));
    const ids = own.map((_, i) => `id ${i % 1200}`);
    expect((await classify(own, ids))[0]).toBe(
      'the labels of 2400 rows have 1200 different values: are they ids or free text?',
    );
  });

  it('name columns that tell the label of every row', async () => {
    const own = rows.map((row, i) => ({
      ...row,
      code: twoClasses[i] === 'a' ? 1 : null,
      same: ` ${twoClasses[i]}`,
      nearly: i === 59 ? 'c' : twoClasses[i],
    }));
    expect(await classify(own, twoClasses)).toEqual([
      "columns 'code', 'same' tell the label of every row; leave out what is not known beforehand: " +
        "columns: { 'code': 'ignore' }",
    ]);
    const prices = houses(50).map((row) => ({ ...row, paid: String(row.price) }));
    expect((await new MLPRegressor(fast).fit(prices, 'price')).warnings).toEqual([
      "column 'paid' tells the label of every row; leave out what is not known beforehand: " +
        "columns: { 'paid': 'ignore' }",
    ]);
  });

  it('name fields that few rows have in place of another', async () => {
    const own = rows.map((row, i) => {
      const { z, ...rest } = { ...row, width: row.x + row.z };
      return i === 9 || i === 11 ? { x: rest.x, z, widht: rest.width } : { ...rest, z };
    });
    expect((await classify(own, twoClasses))[0]).toBe(
      "row 9 (from 0) has 'widht' and lacks 'width', as 1 more does: is it misspelt?",
    );
  });

  it('are few, and stay with a saved estimator', async () => {
    const own = rows.map((row, i) =>
      Object.fromEntries([
        ...Object.entries(row),
        ...Array.from({ length: 40 }, (_, c) => [`c${c}`, i % 10 === 5 ? Infinity : draw(100 * c + i)]),
      ]),
    );
    const classifier = await new MLPClassifier(fast).fit(own, ['single', ...twoClasses.slice(1)]);
    expect(classifier.warnings.length).toBe(20);
    expect(classifier.warnings[0]).toContain("'single'");
    expect(classifier.warnings[19]).toBe('22 more; columns has those of each column');
    const path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'estimator.safetensors');
    await classifier.save(path);
    expect((await MLPClassifier.load(path)).warnings).toEqual(classifier.warnings);
  });
});
