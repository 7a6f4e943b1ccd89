import { expect, expectTypeOf, it } from 'vitest';
import { crossValidate, type Label, MLPClassifier, MLPRegressor, search } from '../../src/index.js';
import { type House, houses, type Iris, irisRows, small } from './rows.js';

it('predictions have the type of the labels, and rows that of the rows', async () => {
  const rows = irisRows();
  const byColumn = await new MLPClassifier(small).fit(rows, 'species');
  expectTypeOf(byColumn.predict(rows)).toEqualTypeOf<string[]>();
  expectTypeOf(byColumn.predict)
    .parameter(0)
    .extract<readonly unknown[]>()
    .toExtend<readonly Partial<Iris>[]>();
  // @ts-expect-error: the rows have no such column
  await byColumn.fit(rows, 'specees').catch(() => {});

  const isLong = rows.map(({ petalLength }) => petalLength > 3);
  const byLabels = await new MLPClassifier(small).fit(rows, isLong);
  expectTypeOf(byLabels.predict(rows)).toEqualTypeOf<boolean[]>();
  const typed = await new MLPClassifier(small).fit(rows, Int8Array.from(isLong, Number));
  expectTypeOf(typed.classes).toEqualTypeOf<readonly number[]>();
  expectTypeOf(new MLPClassifier().predict).returns.toEqualTypeOf<Label[]>();
  expectTypeOf(new MLPClassifier<'a' | 'b'>().predict).returns.toEqualTypeOf<('a' | 'b')[]>();
  expect(typed.classes).toEqual([0, 1]);
});

it('regressors predict numbers', async () => {
  const rows = houses(50);
  const regressor = await new MLPRegressor(small).fit(rows, 'price');
  expectTypeOf(regressor.predict(rows)).toEqualTypeOf<number[]>();
  expectTypeOf(regressor.predict)
    .parameter(0)
    .extract<readonly unknown[]>()
    .toExtend<readonly Partial<House>[]>();
  const { predictions, folds } = await crossValidate(regressor, rows, 'price', { folds: 2 });
  expectTypeOf(predictions).toEqualTypeOf<(number | undefined)[]>();
  expectTypeOf(folds[0].evaluation.r2).toEqualTypeOf<number>();
  const found = await search(MLPRegressor, { hiddenLayers: [[4]], epochs: [2] }, rows, 'price', { folds: 2 });
  expectTypeOf(found.estimator.predict(rows)).toEqualTypeOf<number[]>();
  expect(predictions.length).toBe(50);
});

it('rows may be of interfaces, records and frozen arrays, and the name of the labels any text', async () => {
  const rows = irisRows();
  const frozen: readonly Readonly<Iris>[] = rows;
  const records: Record<string, unknown>[] = rows.map((row) => ({ ...row }));
  const objects: object[] = rows;
  const name: string = 'species';
  const options = { ...small, epochs: 1 };

  const ofFrozen = await new MLPClassifier(options).fit(frozen, 'species', { validation: { rows: frozen } });
  expectTypeOf(ofFrozen.predict(frozen)).toEqualTypeOf<string[]>();
  const ofRecords = await new MLPClassifier(options).fit(records, 'species');
  expectTypeOf(ofRecords.predict(records)).toEqualTypeOf<Label[]>();
  const ofObjects = await new MLPClassifier(options).fit(objects, 'species');
  expectTypeOf(ofObjects.predict(objects)).toEqualTypeOf<Label[]>();
  const byName = await new MLPClassifier(options).fit(rows, name);
  expectTypeOf(byName.predict(rows)).toEqualTypeOf<Label[]>();
  const typed = await new MLPClassifier<'setosa' | 'virginica'>(options).fit(frozen, name);
  expectTypeOf(typed.classes).toEqualTypeOf<readonly ('setosa' | 'virginica')[]>();

  const width: string = 'petalWidth';
  const regressor = await new MLPRegressor(options).fit(rows, width);
  expectTypeOf(regressor.predict(frozen)).toEqualTypeOf<number[]>();
  await new MLPRegressor(options).fit(records, width);
  // @ts-expect-error: the rows have no such column
  await regressor.fit(rows, 'petalwidth').catch(() => {});
  expect(ofRecords.predict(records)).toEqual(byName.predict(rows));
});
