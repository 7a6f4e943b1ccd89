import { describe, expect, it } from 'vitest';
import { crossValidate, MLPRegressor, type MLPRegressorOptions } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError, expectRejection } from '../errors.js';
import { draw, type House, houses, small } from './rows.js';

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

  it('learns the median of skewed targets from absolute errors', async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => {
      const x = 4 * draw(2 * i);
      return { x, y: 3 * x - 2 * Math.log(draw(2 * i + 1)) };
    });
    for (const options of [{ loss: 'absolute' }, { metric: 'mae' }] as const) {
      const regressor = await new MLPRegressor({ ...fast, ...options }).fit(rows, 'y');
      // The error of a target is exponential: its mean is 2, its median 2 log 2 = 1.39.
      const xs = Array.from({ length: 31 }, (_, i) => 0.5 + i / 10);
      const errors = regressor.predict(xs.map((x) => ({ x }))).map((y, i) => y - 3 * xs[i] - 2 * Math.LN2);
      expect(Math.abs(errors.reduce((sum, error) => sum + error, 0) / xs.length)).toBeLessThan(0.3);
    }
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

  it('may be texts of numbers that are written in one way, then and later', async () => {
    const whole = prices(training).map((price) => 1000 * Math.round(price));
    const texts = whole.map((price) => `${(price / 1000).toFixed(0)}.000,00 EUR`);
    const weights = rows.map((_, i) => 1 + (i % 2));
    const ofNumbers = await new MLPRegressor(small).fit(rows, whole, { sampleWeight: weights });
    const ofTexts = await new MLPRegressor(small).fit(rows, texts, {
      sampleWeight: weights.map((weight) => `${weight}.0`),
    });
    expect(ofTexts.predict(rows)).toEqual(ofNumbers.predict(rows));
    // Alone, this would be a number with a decimal point.
    expect(ofTexts.evaluate(rows.slice(0, 2), ['200.000 EUR', '300.000 EUR'])).toEqual(
      ofNumbers.evaluate(rows.slice(0, 2), [200_000, 300_000]),
    );
    const validated = await crossValidate(new MLPRegressor({ ...small, epochs: 2 }), rows, texts, {
      folds: 2,
    });
    expect(validated.folds[0].evaluation.rmse).toBeGreaterThan(1000);
    expectError(
      () => ofTexts.evaluate(rows.slice(0, 1), ['300 USD']),
      'ERR_DATA',
      "labels holds '300 USD' in row 0 (from 0), expected a number with a decimal comma with EUR",
    );
  });

  it.each([null, undefined, 'twelve', '', Number.NaN, Number.POSITIVE_INFINITY, 1e300])(
    'are refused with their row: %s',
    async (value) => {
      const targets: unknown[] = prices(training);
      targets[9] = value;
      await expectRejection(new MLPRegressor(small).fit(rows, targets as number[]), 'ERR_DATA', 'in row 9');
    },
  );
});

it('predictions stay within the targets of the rows that train, not of those held out', async () => {
  const later = Array.from({ length: 100 }, (_, i) => ({ x: i * i, y: i }));
  const regressor = await new MLPRegressor({ ...small, epochs: 60 }).fit(later, 'y', { time: true });
  expect(Math.max(...regressor.predict(later))).toBeLessThanOrEqual(79);
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

describe('quantile heads', () => {
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
    // So few rows are held out and tested that the share has a standard deviation of about 0.055, and
    // the rows held out have also chosen the epoch.
    expect(Math.abs(share - 0.8)).toBeLessThan(0.2);
  });

  it.each(engines)('cover where the noise is small and where it is large, engine %s', async (backend) => {
    const loss = { kind: 'quantile', quantiles: [0.05, 0.5, 0.95] } as const;
    const options = { ...small, epochs: 40, hiddenLayers: [32, 32], backend };
    const training = noisy(0, 2000);
    const test = noisy(2000, 4000);
    const [quantile, plain] = await Promise.all([
      new MLPRegressor({ ...options, loss }).fit(training, 'y'),
      new MLPRegressor(options).fit(training, 'y'),
    ]);
    const halves = [test.filter(({ x }) => x < 2), test.filter(({ x }) => x >= 2)];
    for (const coverage of [0.8, 0.9]) {
      // 400 rows held out and 4000 to test on: a standard deviation of at most 0.021 at 0.8.
      expect(Math.abs(shareCovered(quantile, test, coverage) - coverage)).toBeLessThan(0.06);
      for (const half of halves) {
        expect(Math.abs(shareCovered(quantile, half, coverage) - coverage)).toBeLessThan(0.09);
      }
    }
    // The same width everywhere covers too much where the noise is small.
    expect(shareCovered(plain, halves[0], 0.8)).toBeGreaterThan(0.9);
    expect(shareCovered(plain, halves[1], 0.8)).toBeLessThan(0.75);
    const widths = [0.5, 3.5].map((x) => {
      const { lower, upper } = quantile.predictInterval([{ x }], { coverage: 0.9 });
      return upper[0] - lower[0];
    });
    expect(widths[1] / widths[0]).toBeGreaterThan(2);
    const quantiles = quantile.predictQuantiles(test);
    loss.quantiles.forEach((share, head) => {
      const below = test.filter(({ y }, row) => y <= quantiles[row][head]).length / test.length;
      expect(Math.abs(below - share)).toBeLessThan(0.06);
    });
  });
});

/** y = sin(x) and normal noise with a standard deviation of 0.1 + 0.3 x, for x from 0 to 4. */
function noisy(from: number, to: number): { x: number; y: number }[] {
  return Array.from({ length: to - from }, (_, i) => {
    const at = 3 * (from + i);
    const x = 4 * draw(at);
    const normal = Math.sqrt(-2 * Math.log(draw(at + 1))) * Math.cos(2 * Math.PI * draw(at + 2));
    return { x, y: Math.sin(x) + (0.1 + 0.3 * x) * normal };
  });
}

/** The share of rows whose y is in its interval. */
function shareCovered(
  regressor: MLPRegressor<{ x: number }>,
  rows: { x: number; y: number }[],
  coverage: number,
): number {
  const { lower, upper } = regressor.predictInterval(rows, { coverage });
  return rows.filter(({ y }, i) => lower[i] <= y && y <= upper[i]).length / rows.length;
}
