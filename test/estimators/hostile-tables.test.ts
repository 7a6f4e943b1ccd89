import { describe, expect, it } from 'vitest';
import { MLPClassifier, MLPRegressor } from '../../src/index.js';
import { expectError, expectRejection } from '../errors.js';
import { both } from './both.js';
import { draw, houses, small } from './rows.js';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => ({ value: draw(i) }));

/** A number and a category. */
const plain = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ amount: draw(i), kind: 'xyz'[i % 3] }));

const isFiniteOrText = (value: unknown) => typeof value === 'string' || Number.isFinite(value);

describe.each(both)('$name on hostile tables', ({ make, labels, equal }) => {
  it('no row, one row, two rows', async () => {
    await expectRejection(make().fit([], []), 'ERR_SHAPE', 'no rows');
    // Each column is constant, and there is nothing to compare the row with.
    const [row] = plain(1);
    await expectRejection(make().fit([row], labels(1)), 'ERR_DATA', "'amount' (constant: the same value");
    await expectRejection(
      make().fit([[1, 2]], labels(1)),
      'ERR_DATA',
      'no column of rows can be learnt from',
    );
    const columns = { amount: 'numeric' } as const;
    const single = await make({ columns }).fit([row], labels(1));
    expect(single.predict([{ ...row, amount: 9 }])).toEqual(labels(1));
    const two = await make().fit(plain(2), ['p', 'q'].includes(labels(1)[0] as string) ? ['p', 'q'] : [2, 3]);
    expect(two.predict(plain(9)).every(isFiniteOrText)).toBe(true);
    expect(two.predict([])).toEqual([]);
  });

  it('the same label in every row', async () => {
    const rows = plain(30);
    const fitted = await make().fit(rows, equal(30));
    expect(fitted.predict(rows)).toEqual(equal(30));
    expect(fitted.score(rows, equal(30))).toBe(1);
    expect(fitted.columns.map(({ used }) => used)).toEqual([true, true]);
    await expectRejection(make().fit([{ a: 1 }, { a: 1 }], equal(2)), 'ERR_DATA', 'no column');
  });

  it('every cell missing', async () => {
    const none = 'no value in any row';
    const given = [{ a: null, b: '' }, {}, [Number.NaN, null], { a: 'NA', b: Number.NaN }];
    for (const row of given.slice(0, 3)) {
      const rows = Array.from({ length: 10 }, () => row);
      await expectRejection(
        make().fit(rows, labels(10)),
        'ERR_DATA',
        Object.keys(row).length > 0 ? none : 'it has none',
      );
    }
    const markers = Array.from({ length: 10 }, () => given[3]);
    await expectRejection(make().fit(markers, labels(10)), 'ERR_DATA', none);
    for (const kind of ['numeric', 'categorical', 'boolean', 'date'] as const) {
      const rows = Array.from({ length: 10 }, () => ({ a: null }));
      const asked = make({ columns: { a: kind } }).fit(rows, labels(10));
      await expectRejection(asked, 'ERR_DATA', `'a' (${kind}: ${none})`);
    }
  });

  it('columns without values among others, and rows without any', async () => {
    const rows = plain(40).map((row) => ({ ...row, none: null, asked: '' }));
    const fitted = await make({ columns: { asked: 'categorical' } }).fit(rows, labels(40));
    const [, , none, asked] = fitted.columns;
    const left = { used: false, features: 0, reason: 'no value in any row', missing: 40 };
    expect(none).toMatchObject({ kind: 'constant', asked: false, ...left });
    expect(asked).toMatchObject({ kind: 'categorical', asked: true, ...left });
    const empty = { amount: null, kind: null };
    expect(fitted.predict([{ ...rows[0], none: 3, asked: 'b' }])).toEqual(fitted.predict(rows.slice(0, 1)));
    expect(fitted.predict([empty, {}].map((row) => ({ ...empty, ...row }))).every(isFiniteOrText)).toBe(true);
    const half = plain(40).map((row, i) => (i % 2 === 0 ? row : {}));
    expect((await make().fit(half, labels(40))).predict(half).every(isFiniteOrText)).toBe(true);
  });

  it('infinite numbers', async () => {
    const rows = plain(40).map((row, i) => ({ ...row, amount: i % 5 === 0 ? Infinity : row.amount }));
    const fitted = await make().fit(rows, labels(40));
    expect(fitted.columns[0].warnings[0]).toContain(
      'holds Infinity in row 0 (from 0), which is taken as missing',
    );
    const [missing, infinite] = [null, -Infinity].map((amount) => [{ kind: 'x', amount }]);
    expect(fitted.predict(infinite)).toEqual(fitted.predict(missing));
    const alone = plain(40).map(({ kind }, i) => ({ kind, amount: i % 2 === 0 ? Infinity : -Infinity }));
    const without = await make().fit(alone, labels(40));
    expect(without.columns[1]).toMatchObject({ used: false, reason: 'no value in any row', missing: 40 });
    expect(without.columns[1].warnings[0]).toContain('Infinity');
    const nothing = alone.map(({ amount }) => [amount]);
    await expectRejection(make().fit(nothing, labels(40)), 'ERR_DATA', 'no value in any row');
  });

  it('5,000 columns', async () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      Float64Array.from({ length: 5000 }, (_, column) => draw(5000 * i + column)),
    );
    const fitted = await make().fit(rows, labels(40));
    expect(fitted.columns.filter(({ used }) => used).length).toBe(5000);
    expect(fitted.predict(rows).every(isFiniteOrText)).toBe(true);
  });

  it('100,000 categories', async () => {
    const rows = Array.from({ length: 120_000 }, (_, i) => ({ id: `c${(i * 7919) % 100_000}`, x: draw(i) }));
    const options = { epochs: 1, batchSize: 4096, columns: { id: 'categorical' } } as const;
    const fitted = await make(options).fit(rows, labels(rows.length));
    expect(fitted.columns[0]).toMatchObject({ used: true, features: 101 });
    expect(fitted.predict(rows.slice(0, 1000)).every(isFiniteOrText)).toBe(true);
    const [unseen] = fitted.predict([{ id: 'never seen', x: 0.5 }]);
    expect(isFiniteOrText(unseen)).toBe(true);
  });

  it('values of any size', async () => {
    const rows = numbers(50).map(({ value }, i) => ({
      value: i % 9 === 0 ? 1e300 * value : value,
      tiny: 1e-300 * i,
      huge: i % 2 === 0 ? 1.7e308 : -1.7e308,
    }));
    const fitted = await make().fit(rows, labels(50));
    expect(fitted.predict(rows).every(isFiniteOrText)).toBe(true);
    expect(fitted.predict([{ value: 5e-324, tiny: -1.7e308, huge: 0 }]).every(isFiniteOrText)).toBe(true);
  });

  it('weights that are no weights', async () => {
    const rows = plain(20);
    const fit = (weight: number) =>
      make().fit(rows, labels(20), { sampleWeight: rows.map((_, i) => (i === 4 ? weight : 1)) });
    for (const weight of [-1, Number.NaN, Infinity, 1e300]) {
      await expectRejection(fit(weight), 'ERR_DATA', 'in row 4 (from 0), expected a number from 0 to 3.4e38');
    }
    const nothing = make().fit(rows, labels(20), { sampleWeight: rows.map(() => 0) });
    await expectRejection(nothing, 'ERR_DATA', '0 in every row');
    const one = rows.map((_, i) => (i === 7 ? 1 : 0));
    const fitted = await make().fit(rows, labels(20), { sampleWeight: one });
    expect(fitted.predict(rows).every(isFiniteOrText)).toBe(true);
  });
});

describe('hostile labels', () => {
  it('more members than rows of a class', async () => {
    const rows = numbers(20);
    const labels = rows.map((_, i) => (i === 0 ? 'rare' : 'common'));
    const classifier = await new MLPClassifier({ ...small, members: 5 }).fit(rows, labels);
    expect(classifier.evaluate(rows, labels).logLoss).toBeLessThan(2);
    await expectRejection(
      new MLPClassifier({ ...small, members: 30 }).fit(rows, labels),
      'ERR_OPTION',
      '20 rows',
    );
  });

  it('a class for every row', async () => {
    const rows = numbers(30);
    const labels = rows.map((_, i) => i);
    const classifier = await new MLPClassifier(small).fit(rows, labels);
    expect(classifier.classes.length).toBe(30);
    expect(classifier.predictProbability(rows)[0].every((p) => p > 0 && p < 1)).toBe(true);
  });

  it.each([
    ['a number', 1e300, ' from -8.5e37 to 8.5e37'],
    ['an infinity', Infinity, ''],
    ['a text', 'many', ''],
    ['no value', null, '; rows without one teach nothing: .*'],
    ['true', true, ''],
  ])('%s that no regressor can learn', async (_, value, range) => {
    const rows = numbers(20);
    const fit = new MLPRegressor(small).fit(rows, rows.map((_, i) => (i === 3 ? value : i)) as number[]);
    await expectRejection(fit, 'ERR_DATA', new RegExp(`in row 3 \\(from 0\\), expected a number${range}$`));
  });

  it('numbers that hardly differ, and tiny ones', async () => {
    const rows = numbers(40);
    for (const [low, high] of [
      [1, 1 + 2 ** -52],
      [0, 5e-324],
      [-8e37, 8e37],
    ]) {
      const targets = rows.map((_, i) => (i % 2 === 0 ? low : high));
      const regressor = await new MLPRegressor(small).fit(rows, targets);
      expect(regressor.predict(rows).every((value) => value >= low && value <= high)).toBe(true);
      expect(Object.values(regressor.evaluate(rows, targets)).every((value) => !Number.isNaN(value))).toBe(
        true,
      );
    }
  });

  it('too few rows for an interval', async () => {
    const two = await new MLPRegressor(small).fit([{ a: 1 }, { a: 4 }], [2, 3]);
    expect(two.predict([{ a: 1 }, { a: 4 }]).every((value) => value >= 2 && value <= 3)).toBe(true);
    expectError(() => two.predictInterval([{ a: 1 }]), 'ERR_OPTION', 'there were none');
  });

  it('the name of a column of weights', async () => {
    const rows = houses(60).map((row, i) => ({ ...row, weight: i % 2 }));
    const named = await new MLPRegressor(small).fit(rows, 'price', { sampleWeight: 'weight' });
    expect(named.columns.map(({ name }) => name)).not.toContain('weight');
    expect(named.evaluate(rows, undefined, { sampleWeight: 'weight' }).rmse).toBeGreaterThan(0);
  });
});
