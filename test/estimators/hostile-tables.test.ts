import { describe, expect, it } from 'vitest';
import { MLPClassifier, MLPRegressor } from '../../src/index.js';
import { expectError, expectRejection } from '../errors.js';
import { draw, houses, small } from './rows.js';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => ({ value: draw(i) }));

describe('hostile tables', () => {
  it('no row, one row, two rows', async () => {
    await expectRejection(new MLPRegressor(small).fit([], []), 'ERR_SHAPE', 'no rows');
    await expectRejection(
      new MLPRegressor(small).fit([{ a: 1 }], [2]),
      'ERR_DATA',
      'no column of rows can be learnt',
    );
    const two = await new MLPRegressor(small).fit([{ a: 1 }, { a: 4 }], [2, 3]);
    expect(two.predict([{ a: 1 }, { a: 4 }]).every((value) => value >= 2 && value <= 3)).toBe(true);
    expectError(() => two.predictInterval([{ a: 1 }]), 'ERR_OPTION', 'there were none');
    const classes = await new MLPClassifier(small).fit([{ a: 1 }, { a: 4 }], ['x', 'y']);
    expect(['x', 'y']).toContain(classes.predict([{ a: 2 }])[0]);
    expect(classes.predict([])).toEqual([]);
  });

  it('every cell missing', async () => {
    const rows = Array.from({ length: 10 }, () => ({ a: null, b: '' }));
    await expectRejection(
      new MLPRegressor(small).fit(
        rows,
        rows.map((_, i) => i),
      ),
      'ERR_DATA',
      'no value in any row',
    );
  });

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

  it('columns with the names of properties', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => {
      const row = { constructor: draw(i), toString: i % 2, hasOwnProperty: 'abc'[i % 3] };
      Object.defineProperty(row, '__proto__', { value: draw(100 + i), enumerable: true });
      return row;
    });
    const options = { ...small, columns: { hasOwnProperty: 'ignore' } } as const;
    const classifier = await new MLPClassifier(options).fit(rows as { toString: number }[], 'toString');
    expect(classifier.columns.map(({ name }) => name).sort()).toEqual([
      '__proto__',
      'constructor',
      'hasOwnProperty',
    ]);
    expect(classifier.predict(rows as object[]).length).toBe(60);
  });

  it('columns in another order, further ones, missing ones, of another type', async () => {
    const rows = houses(100);
    const regressor = await new MLPRegressor(small).fit(rows, 'price');
    const turned = rows.map(({ area, rooms, heating, noise }) => ({
      more: 'x',
      noise,
      heating,
      rooms,
      area,
    }));
    expect(regressor.predict(turned)).toEqual(regressor.predict(rows));
    expectError(() => regressor.predict([{ area: 3 }] as object[]), 'ERR_DATA', "'heating'");
    const wrong = [{ ...rows[0], area: 'large' }] as unknown as typeof rows;
    expectError(() => regressor.predict(wrong), 'ERR_DATA', 'area');
    const unseen = [{ ...rows[0], heating: 'wood', rooms: null }];
    expect(Number.isFinite(regressor.predict(unseen)[0])).toBe(true);
  });

  it('values of any size', async () => {
    const rows = numbers(50).map(({ value }, i) => ({
      value: i % 9 === 0 ? 1e300 * value : value,
      tiny: 1e-300 * i,
    }));
    const regressor = await new MLPRegressor(small).fit(
      rows,
      rows.map((_, i) => i),
    );
    expect(regressor.predict(rows).every(Number.isFinite)).toBe(true);
  });

  it('weights of 0, negative weights, and the name of a column of weights', async () => {
    const rows = houses(60).map((row, i) => ({ ...row, weight: i % 2 }));
    const fit = (sampleWeight: ArrayLike<number> | string) =>
      new MLPRegressor(small).fit(rows, 'price', { sampleWeight });
    await expectRejection(fit(rows.map(() => 0)), 'ERR_DATA', '0 in every row');
    await expectRejection(fit(rows.map((_, i) => (i === 4 ? -1 : 1))), 'ERR_DATA', 'in row 4');
    const named = await fit('weight');
    expect(named.columns.map(({ name }) => name)).not.toContain('weight');
    expect(named.evaluate(rows, undefined, { sampleWeight: 'weight' }).rmse).toBeGreaterThan(0);
  });
});
