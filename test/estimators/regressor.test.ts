import { describe, expect, it } from 'vitest';
import { losses } from '../../src/engine/kinds.js';
import { MLPRegressor, type MLPRegressorOptions } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError, expectRejection } from '../errors.js';
import { type House, houses, small } from './rows.js';

const training = houses(400);
const test = houses(600).slice(400);
const prices = (rows: readonly House[]) => rows.map(({ price }) => price);

describe.each(engines)('MLPRegressor, engine %s', (backend) => {
  const fast: MLPRegressorOptions = { ...small, hiddenLayers: [32, 32], epochs: 60, backend };

  it('learns prices from rows with words and gaps', async () => {
    const regressor = await new MLPRegressor(fast).fit(training, 'price');
    expect(regressor.score(test)).toBeGreaterThan(0.97);
    const { rmse, mae, r2 } = regressor.evaluate(test);
    // The error of the data alone has a standard deviation of 10 / sqrt(12) = 2.9.
    expect(rmse).toBeLessThan(8);
    expect(mae).toBeLessThan(rmse);
    expect(r2).toBe(regressor.score(test, prices(test)));
    const smallest = Math.min(...prices(training));
    const far = regressor.predict([{ area: -1e6, rooms: 0, heating: 'oil', noise: 0 }]);
    expect(far[0]).toBeGreaterThanOrEqual(smallest);
  });

  it('gives intervals that contain as many new targets as they say', async () => {
    for (const members of [1, 4]) {
      const regressor = await new MLPRegressor({ ...fast, members }).fit(training, 'price');
      for (const coverage of [0.5, 0.9]) {
        const { lower, upper } = regressor.predictInterval(test, { coverage });
        const share =
          test.filter(({ price }, i) => lower[i] <= price && price <= upper[i]).length / test.length;
        expect(Math.abs(share - coverage)).toBeLessThan(0.12);
      }
      expectError(
        () => regressor.predictInterval(test, { coverage: 0.9999 }),
        'ERR_OPTION',
        'held-out rows give at most 0.9',
      );
      expectError(
        () => regressor.predictInterval(test, { coverage: 1 }),
        'ERR_OPTION',
        'above 0 and below 1',
      );
    }
  });

  it('gives the same model on any number of threads, also with members', async () => {
    for (const members of [1, 3]) {
      const fitted = async (threads: number) =>
        (await new MLPRegressor({ ...fast, members, threads }).fit(training, 'price')).predict(test);
      expect(await fitted(2)).toEqual(await fitted(1));
    }
  });

  it('has the loss that is asked for', async () => {
    const regressor = await new MLPRegressor({ ...fast, loss: 'huber' }).fit(training, 'price');
    expect(regressor.score(test)).toBeGreaterThan(0.95);
    expectError(() => regressor.predictQuantiles(test), 'ERR_OPTION', "got 'huber'");
  });
});

describe('targets', () => {
  const rows = training.map(({ price, ...features }) => features);

  it('may be constant', async () => {
    const regressor = await new MLPRegressor(small).fit(
      rows,
      rows.map(() => 7),
    );
    expect(regressor.predict(rows.slice(0, 2))).toEqual([7, 7]);
    expect(regressor.predictInterval(rows.slice(0, 1))).toEqual({ lower: [7], upper: [7] });
    expect(regressor.history.members).toEqual([]);
  });

  it.each([1e-30, 1e30])('may be of any size, as %d', async (factor) => {
    const targets = prices(training).map((price) => price * factor);
    const plain = await new MLPRegressor(small).fit(rows, prices(training));
    const scaled = await new MLPRegressor(small).fit(rows, targets);
    const expected = plain.predict(rows.slice(0, 5));
    scaled.predict(rows.slice(0, 5)).forEach((value, i) => {
      expect(value / factor / expected[i]).toBeCloseTo(1, 3);
    });
  });

  it('may be bigints or typed arrays', async () => {
    const numbers = await new MLPRegressor(small).fit(rows, Float64Array.from(prices(training), Math.round));
    const bigints = await new MLPRegressor(small).fit(
      rows,
      prices(training).map((p) => BigInt(Math.round(p))),
    );
    expect(bigints.predict(rows)).toEqual(numbers.predict(rows));
  });

  it.each([null, undefined, '12', Number.NaN, Number.POSITIVE_INFINITY, 1e300])(
    'are refused with their row: %s',
    async (value) => {
      const targets: unknown[] = prices(training);
      targets[9] = value;
      await expectRejection(new MLPRegressor(small).fit(rows, targets as number[]), 'ERR_DATA', 'in row 9');
    },
  );
});

describe('options', () => {
  it.each<[object, string]>([
    [{ loss: 'squaerd' }, "did you mean 'squared'?"],
    [{ loss: { kind: 'squared', delta: 1 } }, "does not go with loss 'squared'"],
    [{ loss: 'quantile' }, 'quantiles'],
    [{ loss: { kind: 'quantile', quantiles: [0.9, 0.1] } }, 'ascending order'],
    [{ loss: { kind: 'quantile', quantiles: [0, 1] } }, 'quantiles[0] is 0'],
    [{ metric: 'accuracy' }, 'rmse'],
    [{ threshold: 0.5 }, "unknown option 'threshold'"],
  ])('%j is refused', (options, part) => {
    expectError(() => new MLPRegressor(options), 'ERR_OPTION', part);
  });

  it('without rows held out there are no intervals', async () => {
    const regressor = await new MLPRegressor({ ...small, validationSplit: 0 }).fit(training, 'price');
    expect(regressor.history.bestEpoch).toBeUndefined();
    expectError(() => regressor.predictInterval(test), 'ERR_OPTION', 'there were none');
  });
});

it('partialFit goes on and widens the range', async () => {
  const regressor = await new MLPRegressor(small).fit(training, 'price');
  const dear = training.map((row) => ({ ...row, area: row.area + 200, price: row.price + 400 }));
  expect(Math.max(...regressor.predict(dear))).toBeLessThanOrEqual(Math.max(...prices(training)));
  await regressor.partialFit(dear, 'price', { epochs: 60 });
  expect(Math.max(...regressor.predict(dear))).toBeGreaterThan(Math.max(...prices(training)));
  const fresh = await new MLPRegressor<Partial<House>>(small).partialFit(training, 'price', { epochs: 60 });
  expect(fresh.score(test)).toBeGreaterThan(0.8);
});

it('importance finds what matters', async () => {
  const regressor = await new MLPRegressor({ ...small, epochs: 60 }).fit(training, 'price');
  const importance = regressor.importance(test);
  expect(importance.map(({ name }) => name).slice(-1)).not.toContain('area');
  expect(importance[0].name).toBe('area');
  expect(importance[0].importance).toBeGreaterThan(20);
  const noise = importance.find(({ name }) => name === 'noise')!;
  expect(Math.abs(noise.importance)).toBeLessThan(importance[0].importance / 20);
  expect(regressor.importance(test)).toEqual(importance);
});

// Once the engines have the loss.
describe.skipIf(!Object.hasOwn(losses, 'quantile'))('quantile heads', () => {
  it('are in order, and their interval is corrected by the rows held out', async () => {
    const loss = { kind: 'quantile', quantiles: [0.1, 0.5, 0.9] } as const;
    const regressor = await new MLPRegressor({ ...small, epochs: 60, loss }).fit(training, 'price');
    for (const [low, middle, high] of regressor.predictQuantiles(test)) {
      expect(low).toBeLessThanOrEqual(middle);
      expect(middle).toBeLessThanOrEqual(high);
    }
    expect(regressor.predict(test)).toEqual(regressor.predictQuantiles(test).map(([, middle]) => middle));
    const { lower, upper } = regressor.predictInterval(test, { coverage: 0.8 });
    const share = test.filter(({ price }, i) => lower[i] <= price && price <= upper[i]).length / test.length;
    expect(Math.abs(share - 0.8)).toBeLessThan(0.12);
  });
});
