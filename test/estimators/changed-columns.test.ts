/** Cells of another type at prediction than in training: those that can be read are, others are named. */

import { describe, expect, it } from 'vitest';
import { expectError, expectRejection } from '../errors.js';
import { both, type EitherEstimator } from './both.js';
import { draw } from './rows.js';

const day = (row: number) => new Date(Date.UTC(2024, 0, 1 + 9 * row));

/** A column of each kind: its cells in training, and what is asked of it. */
const columns = {
  amount: (row: number) => draw(row),
  kind: (row: number) => 'xyz'[row % 3],
  zip: (row: number) => 501 + (row % 4),
  open: (row: number) => row % 3 === 0,
  since: day,
};
type Name = keyof typeof columns;
const rows = Array.from({ length: 60 }, (_, row) =>
  Object.fromEntries(Object.entries(columns).map(([name, cell]) => [name, cell(row)])),
);

/** Row 0 with another cell in a column. */
const changed = (name: Name, cell: unknown) => [{ ...rows[0], [name]: cell }];

/** Cells that are read as what they say. */
const readable: [name: Name, cell: unknown, same: unknown][] = [
  ['amount', '0.25', 0.25],
  ['amount', ' 3 ', 3],
  ['amount', 3n, 3],
  ['zip', '503', 503],
  ['zip', 503n, 503],
  ['open', 'yes', true],
  ['open', 0, false],
  ['open', 1n, true],
  ['since', '2024-03-01', new Date('2024-03-01')],
];

/** Cells that are as good as none. */
const missing: [name: Name, cell: unknown][] = [
  ['amount', Number.NaN],
  ['amount', Infinity],
  ['amount', ''],
  ['amount', 'NA'],
  ['amount', undefined],
  ['kind', 'never seen'],
  ['kind', 7],
  ['kind', true],
  ['zip', 'elsewhere'],
  ['open', ''],
  ['since', new Date(Number.NaN)],
];

const refused: [name: Name, cell: unknown, expected: string][] = [
  ['amount', 'large', 'expected a number'],
  ['amount', true, 'expected a number'],
  ['amount', day(0), 'expected a number'],
  ['amount', [1], 'expected a number'],
  ['amount', Symbol('three'), 'expected a number'],
  ['kind', { x: 1 }, 'expected a text, a number or true or false'],
  ['kind', ['x'], 'expected a text, a number or true or false'],
  ['kind', () => 'x', 'expected a text, a number or true or false'],
  ['open', 'perhaps', 'expected true or false'],
  ['open', 2, 'expected true or false'],
  ['since', 'tomorrow', 'expected a Date or a date'],
  ['since', 1.7e12, 'expected a Date or a date'],
  ['since', true, 'expected a Date or a date'],
];

describe.each(both)('columns of $name that change', ({ make, labels }) => {
  const options = { columns: { zip: 'categorical' } } as const;
  const fitted = make(options).fit(rows, labels(60));

  it.each(readable)('%s: %s is read', async (name, cell, same) => {
    const predict = outputsOf(await fitted);
    expect(predict(changed(name, cell))).toEqual(predict(changed(name, same)));
  });

  it.each(missing)('%s: %s is missing', async (name, cell) => {
    const predict = outputsOf(await fitted);
    expect(predict(changed(name, cell))).toEqual(predict(changed(name, null)));
  });

  it.each(refused)('%s: %s is refused, with its row and column', async (name, cell, expected) => {
    const wrong = [rows[1], ...changed(name, cell)];
    const where = `column '${name}' holds `;
    const estimator = await fitted;
    expectError(() => estimator.predict(wrong), 'ERR_DATA', where);
    expectError(() => estimator.predict(wrong), 'ERR_DATA', `in row 1 (from 0), ${expected}`);
    expectError(() => estimator.evaluate(wrong, labels(2)), 'ERR_DATA', where);
    const validation: [unknown, unknown] = [wrong, labels(2)];
    const fit = make(options).fit(rows, labels(60), { validation: validation as never });
    await expectRejection(fit, 'ERR_DATA', where);
    const partial = (await make(options).fit(rows, labels(60))).partialFit(wrong, labels(2));
    await expectRejection(partial, 'ERR_DATA', where);
  });

  it('are found in any order, and further ones do not matter', async () => {
    const predict = outputsOf(await fitted);
    const turned = rows.map((row) => Object.fromEntries([['more', 'x'], ...Object.entries(row).reverse()]));
    expect(predict(turned)).toEqual(predict(rows));
    const inPlaces = rows.map((row) => Object.values(row));
    expect(predict(inPlaces)).toEqual(predict(rows));
  });

  it('must all be there', async () => {
    const estimator = await fitted;
    const lacking = rows.map(({ kind, since, ...others }) => others);
    expectError(() => estimator.predict(lacking), 'ERR_DATA', "lacks the columns 'kind', 'since'");
    const narrow = rows.map((row) => Object.values(row).slice(1));
    expectError(() => estimator.predict(narrow), 'ERR_SHAPE', 'has 4 columns, expected 5');
  });

  it('in a mixture that cannot be learnt are left out', async () => {
    const cells = [1, 'x', true, day(0), null];
    const mixed = rows.map((row, i) => ({ ...row, mixed: cells[i % 5] }));
    const estimator = await make(options).fit(mixed, labels(60));
    expect(estimator.columns[5]).toMatchObject({ kind: 'unsupported', used: false });
    expect(estimator.predict(rows)).toEqual((await fitted).predict(rows));
  });

  it.each([[[null]], [['x']], [[undefined, rows[1]]], [rows[0]], ['rows'], [null], [new Array(2)]])(
    'in rows that are none are refused: %j',
    async (wrong) => {
      const estimator = await fitted;
      expectError(() => estimator.predict(wrong), 'ERR_DATA', /rows is|of rows is/);
    },
  );
});

/** The numbers behind predictions, in which a difference shows that a label would hide. */
function outputsOf(estimator: EitherEstimator): (rows: unknown) => unknown {
  const { predictProbability } = estimator as { predictProbability?: (rows: unknown) => unknown };
  return (rows) => (predictProbability ?? estimator.predict).call(estimator, rows);
}
