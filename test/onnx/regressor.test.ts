import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MLPRegressor, type RegressorLoss } from '../../src/index.js';
import { expectError } from '../errors.js';
import { draw, houses, small } from '../estimators/rows.js';
import { expectClose, exportedModel } from '../tolerance.js';
import { hostileMixtures, mixture, unseenMixtures } from './mixture.js';
import { type OnnxRow, runRows } from './runtime.js';

async function expectSame(regressor: MLPRegressor, rows: readonly OnnxRow[]): Promise<void> {
  const { prediction } = await runRows(regressor.toONNX(), rows);
  expectClose(prediction as Float64Array, regressor.predict(rows), exportedModel, 'predictions');
}

describe('a regressor in ONNX Runtime', () => {
  const losses: RegressorLoss[] = [
    'squared',
    'absolute',
    'huber',
    { kind: 'quantile', quantiles: [0.1, 0.4, 0.9] },
  ];
  it.each(losses)('predicts the same with loss %j', async (loss) => {
    const rows = Array.from({ length: 300 }, (_, i) => mixture(i));
    const targets = rows.map(({ size, rate }, i) => 1e9 + 1e6 * ((size ?? 50) + 30 * rate + draw(i)));
    const columns = { many: 'categorical', code: 'categorical', constant: 'numeric' } as const;
    const regressor = await new MLPRegressor({ ...small, members: 2, loss, columns }).fit(rows, targets);
    await expectSame(regressor, [...rows, ...unseenMixtures(), ...hostileMixtures()]);
  });

  it('gives quantiles and intervals', async () => {
    const rows = houses(300);
    const loss = { kind: 'quantile', quantiles: [0.2, 0.5, 0.9] } as const;
    for (const options of [{ loss }, {}]) {
      const regressor = await new MLPRegressor({ ...small, ...options }).fit(rows, 'price');
      for (const coverage of [undefined, 0.5]) {
        const given = coverage === undefined ? {} : { coverage };
        const found = await runRows(regressor.toONNX(given), rows);
        const { lower, upper } = regressor.predictInterval(rows, given);
        expectClose(found.lower as Float64Array, lower, exportedModel, 'lower ends');
        expectClose(found.upper as Float64Array, upper, exportedModel, 'upper ends');
        if (!('loss' in options)) continue;
        const quantiles = regressor.predictQuantiles(rows).flat();
        expectClose(found.quantiles as Float64Array, quantiles, exportedModel, 'quantiles');
      }
    }
  });

  it('has intervals only if enough rows were held out for them', async () => {
    const rows = houses(60);
    const none = await new MLPRegressor({ ...small, validationSplit: 0, members: 1 }).fit(rows, 'price');
    expect(Object.keys(await runRows(none.toONNX(), rows))).toEqual(['prediction']);
    expectError(() => none.toONNX({ coverage: 0.5 }), 'ERR_OPTION', 'held out');
    const some = await new MLPRegressor(small).fit(rows, 'price');
    expectError(() => some.toONNX({ coverage: 0.999 }), 'ERR_OPTION', 'held-out rows give at most');
    expectError(() => some.toONNX({ covrage: 0.9 } as object), 'ERR_OPTION', "did you mean 'coverage'?");
  });

  it.each<RegressorLoss>(['squared', { kind: 'quantile', quantiles: [0.1, 0.9] }])(
    'gives the target where there was only one, with loss %j',
    async (loss) => {
      const rows = houses(40);
      const regressor = await new MLPRegressor({ ...small, loss }).fit(rows, new Array(40).fill(7.5));
      await expectSame(regressor, rows);
    },
  );

  it('predicts the same of tables of any numbers, texts and gaps', async () => {
    const number = fc.oneof(
      fc.double({ noNaN: true }),
      fc.constantFrom(0, -0, 1, 1e308, -1e308, 5e-324, Infinity, null),
      fc.integer(),
    );
    const row = fc.record({
      a: number,
      b: number,
      c: fc.constantFrom('', 'x', 'y', 'z'),
      d: fc.double({ noNaN: true, min: -1, max: 1 }),
    });
    const tables = fc.array(row, { minLength: 30, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(tables, tables, async (training, later) => {
        const options = {
          hiddenLayers: [8],
          epochs: 2,
          seed: 1,
          threads: 1,
          columns: { d: 'numeric' },
        } as const;
        const targets = training.map((_, i) => draw(i));
        await expectSame(await new MLPRegressor(options).fit(training, targets), [...training, ...later]);
      }),
      { numRuns: 12, seed: 7 },
    );
  });
});
