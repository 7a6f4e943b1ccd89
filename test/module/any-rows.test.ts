/** A module does with rows of any cells what its estimator does: the same numbers, warnings and errors. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MLPRegressor } from '../../src/index.js';
import { importText } from './modules.js';

const NAMES = ['a', '__proto__', 'constructor', 'b c', '</script>'];
const ROWS = 12;

const cell = fc.oneof(
  fc.double(),
  fc.constantFrom(
    null,
    undefined,
    '',
    'NA',
    '?',
    'yes',
    'no',
    'a',
    'b',
    '__proto__',
    'toString',
    '1,5',
    '$3',
  ),
  fc.string({ maxLength: 4 }),
  fc.boolean(),
  fc.bigInt(),
  fc.date(),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom([], {}, new Map(), Symbol.iterator),
);
const sound = fc.oneof(
  fc.array(fc.double({ noNaN: true }), { minLength: ROWS, maxLength: ROWS }),
  fc.array(fc.constantFrom('x', 'y', 'z', '</script>', '\u2028', ''), { minLength: ROWS, maxLength: ROWS }),
  fc.array(
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    { minLength: ROWS, maxLength: ROWS },
  ),
  fc.array(fc.constantFrom('yes', 'no', null), { minLength: ROWS, maxLength: ROWS }),
);
const table = fc.tuple(...NAMES.map(() => sound)).map((columns) =>
  // A last column that can always be learnt from.
  Array.from({ length: ROWS }, (_, row) =>
    Object.fromEntries([...NAMES.map((name, c) => [name, columns[c][row]]), ['sure', row % 3]]),
  ),
);
const oddRow = fc
  .array(fc.tuple(fc.constantFrom(...NAMES, 'sure', 'aa'), cell), { maxLength: 7 })
  .map((fields) => Object.fromEntries(fields));

const targets = Array.from({ length: ROWS }, (_, row) => Math.sin(row));

interface Predictor {
  predict(rows: readonly object[], options: { onWarning: (message: string) => void }): number[];
}

/** What comes of a call, whatever that is. */
function outcome({ predict }: Predictor, rows: readonly object[]): object {
  const warnings: string[] = [];
  try {
    return { predicted: predict(rows, { onWarning: (text) => warnings.push(text) }), warnings };
  } catch (error) {
    const { name, code, message } = error as { name: string; code: string; message: string };
    return { name, code, message };
  }
}

it('for any training rows and any rows to predict', async () => {
  await fc.assert(
    fc.asyncProperty(table, table, fc.array(oddRow, { maxLength: 4 }), async (training, others, odd) => {
      const regressor = new MLPRegressor({
        hiddenLayers: [3],
        epochs: 1,
        members: 1,
        seed: 1,
        backend: 'reference',
        columns: { sure: 'numeric' },
      });
      await regressor.fit(training, targets);
      const module = (await importText(regressor.toModule())) as unknown as Predictor;
      const estimator: Predictor = { predict: (rows, options) => regressor.predict(rows as never, options) };
      for (const rows of [training, others, odd, [...training, ...odd]]) {
        expect(outcome(module, rows)).toEqual(outcome(estimator, rows));
      }
    }),
    { numRuns: 40 },
  );
});
