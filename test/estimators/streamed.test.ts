import { describe, expect, it } from 'vitest';
import type { Table } from '../../src/data/table.js';
import { MLPClassifier } from '../../src/estimators/classifier.js';
import { MLPRegressor } from '../../src/estimators/regressor.js';
import { RowSample } from '../../src/estimators/row-sample.js';
import { runCheck } from '../../src/estimators/runs.js';
import { expectRejection } from '../errors.js';

/** Rows with a few columns that matter. Constant columns, which are left out, make them too many for memory. */
const ROWS = 20_000;
const PADDING = 500;

type Cells = Record<string, (row: number) => unknown>;

const uniform = (row: number, column: number) => {
  const x = Math.sin(row * 12.9898 + column * 78.233) * 43758.5453;
  return x - Math.floor(x);
};

const COLUMNS: Cells = {
  a: (row) => (row % 97 === 5 ? Number.NaN : uniform(row, 1)),
  b: (row) => uniform(row, 2) * 10,
  hue: (row) => ['red', 'green', 'blue'][Math.floor(3 * uniform(row, 3))],
};
const isLarge = (row: number) => uniform(row, 2) * 10 + (COLUMNS.hue(row) === 'red' ? 3 : 0) > 6;
const amount = (row: number) => 100 + 5 * uniform(row, 2) * 10 + (COLUMNS.hue(row) === 'red' ? 20 : 0);

/** A source of batches that can be read again, and counts how often it was. */
class Source {
  reads = 0;
  constructor(
    readonly columns: Cells,
    readonly rowsPerBatch = 1000,
    readonly rows = ROWS,
    readonly padding = PADDING,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Table> {
    this.reads++;
    for (let from = 0; from < this.rows; from += this.rowsPerBatch) {
      yield tableOf(this.columns, from, Math.min(from + this.rowsPerBatch, this.rows), this.padding);
    }
  }
}

function tableOf(columns: Cells, from: number, to: number, padding = 0): Table {
  const rowCount = to - from;
  const own = Object.values(columns).map((cell) =>
    Array.from({ length: rowCount }, (_, row) => cell(from + row)),
  );
  const constant = new Float64Array(rowCount).fill(1);
  return {
    rowCount,
    names: [...Object.keys(columns), ...Array.from({ length: padding }, (_, i) => `c${i}`)],
    values: (column) => own[column] ?? constant,
  };
}

/** Rows that come after those of the fit. */
const NEW_ROWS = tableOf(COLUMNS, ROWS, ROWS + 2000);
const newLabels = (of: (row: number) => unknown) => Array.from({ length: 2000 }, (_, row) => of(ROWS + row));
const QUICK = { seed: 1, epochs: 2, hiddenLayers: [16], batchSize: 64 };

describe('fit on more rows than are worth having in memory', () => {
  const size = (row: number) => (isLarge(row) ? 'large' : 'small');

  it('trains a classifier on all of them, one pass an epoch', async () => {
    const source = new Source({ ...COLUMNS, size });
    const records: number[] = [];
    const classifier = await new MLPClassifier({ ...QUICK, epochs: 3 }).fit(source, 'size', {
      onEpoch: ({ epoch }) => records.push(epoch),
    });
    expect(source.reads).toBe(4);
    expect(records).toEqual([1, 2, 3]);
    expect(classifier.columns.filter(({ used }) => used).map(({ name, kind }) => [name, kind])).toEqual([
      ['a', 'numeric'],
      ['b', 'numeric'],
      ['hue', 'categorical'],
    ]);
    const { accuracy, logLoss } = classifier.evaluate(NEW_ROWS as never, newLabels(size) as string[]);
    expect(accuracy).toBeGreaterThan(0.98);
    expect(logLoss).toBeLessThan(0.06);
    const { rows, labels, evaluation } = classifier.heldOut() ?? expect.fail();
    expect(labels).toEqual(Array.from(rows, size));
    expect(rows.length).toBeGreaterThan(1000);
    expect(rows[rows.length - 1]).toBeGreaterThan(ROWS - 100);
    expect(evaluation.accuracy).toBeGreaterThan(0.98);
  });

  it('gives the same model however the rows are cut into batches', async () => {
    const fit = async (rowsPerBatch: number, seed = 1) => {
      const source = new Source({ ...COLUMNS, size }, rowsPerBatch);
      const classifier = await new MLPClassifier({ ...QUICK, seed }).fit(source, 'size');
      return classifier.predictProbability(NEW_ROWS as never);
    };
    const expected = await fit(1000);
    expect(await fit(777)).toEqual(expected);
    expect(await fit(1000, 2)).not.toEqual(expected);
  });

  it('trains a regressor, with weights, gaps and intervals that hold', async () => {
    const weight = (row: number) => row % 2;
    const source = new Source({ ...COLUMNS, amount, weight });
    const regressor = await new MLPRegressor({ ...QUICK, epochs: 4 }).fit(source, 'amount', {
      sampleWeight: 'weight',
    });
    const truth = newLabels(amount) as number[];
    expect(regressor.evaluate(NEW_ROWS as never, truth).r2).toBeGreaterThan(0.97);
    const { lower, upper } = regressor.predictInterval(NEW_ROWS as never, { coverage: 0.9 });
    const covered = truth.filter((value, row) => lower[row] <= value && value <= upper[row]).length;
    expect(covered / truth.length).toBeGreaterThan(0.85);
    expect(covered / truth.length).toBeLessThan(0.95);
  });

  it('leaves rows of weight 0 out of training', async () => {
    // With half of the labels wrong, but of no weight, the others are learnt.
    const label = (row: number) => (row % 2 === 0) !== isLarge(row);
    const weight = (row: number) => row % 2;
    const source = new Source({ ...COLUMNS, label, weight });
    const classifier = await new MLPClassifier(QUICK).fit(source, 'label', { sampleWeight: 'weight' });
    const { accuracy } = classifier.evaluate(NEW_ROWS as never, newLabels(isLarge) as boolean[]);
    expect(accuracy).toBeGreaterThan(0.97);
  });

  it('knows classes that a sample may lack, and weighs classes by their shares', async () => {
    const rare = (row: number) => (row === 12_345 ? 'once' : size(row));
    const classifier = await new MLPClassifier({ ...QUICK, classWeight: 'balanced' }).fit(
      new Source({ ...COLUMNS, rare }),
      'rare',
    );
    expect(classifier.classes).toEqual(['large', 'once', 'small']);
  });

  it('takes rows that validate', async () => {
    const source = new Source({ ...COLUMNS, size });
    const classifier = await new MLPClassifier(QUICK).fit(source, 'size', {
      validation: [NEW_ROWS as never, newLabels(size)],
    });
    const [first] = classifier.history.epochs;
    expect(first.validationLoss).toBeGreaterThan(0);
    expect(classifier.heldOut()?.of).toBe('validation');
  });

  it('takes rows that lack a column, and later surprises as missing cells', async () => {
    const source = new Source({ ...COLUMNS, size });
    const original = source[Symbol.asyncIterator].bind(source);
    source[Symbol.asyncIterator] = async function* () {
      let batch = 0;
      for await (const table of original()) {
        const surprise = batch++ % 10;
        if (surprise === 3) {
          const { names } = table;
          yield { ...table, names: names.slice(1), values: (column) => table.values(column + 1) };
        } else if (surprise === 7) {
          const words = new Array(table.rowCount).fill('violet');
          yield { ...table, values: (column) => (column === 2 ? words : table.values(column)) };
        } else yield table;
      }
    };
    const classifier = await new MLPClassifier(QUICK).fit(source, 'size');
    expect(classifier.columns[0].name).toBe('a');
    expect(classifier.evaluate(NEW_ROWS as never, newLabels(size) as string[]).accuracy).toBeGreaterThan(0.9);
  });

  it('names the row without a label', async () => {
    const holey = (row: number) => (row === 15_001 ? null : size(row));
    await expectRejection(
      new MLPClassifier(QUICK).fit(new Source({ ...COLUMNS, holey }), 'holey'),
      'ERR_DATA',
      "column 'holey' has no label in row 15001",
    );
  });

  it('has all rows in memory if they cannot be read again, or if members are asked for', async () => {
    const generator = new Source({ ...COLUMNS, size })[Symbol.asyncIterator]();
    const classifier = await new MLPClassifier({ ...QUICK, epochs: 1 }).fit(generator, 'size');
    expect(classifier.history.members).toHaveLength(5);
    const source = new Source({ ...COLUMNS, size });
    await new MLPClassifier({ ...QUICK, epochs: 1, members: 2 }).fit(source, 'size');
    expect(source.reads).toBe(1);
  });

  it('warns of rows that are sorted by their label', async () => {
    const sorted = (row: number) => (row < ROWS / 2 ? 'early' : 'late');
    const classifier = await new MLPClassifier({ ...QUICK, epochs: 1 }).fit(
      new Source({ ...COLUMNS, sorted }),
      'sorted',
    );
    expect(classifier.warnings).toContainEqual(expect.stringMatching(/neighbouring rows.*'sorted'.*shuffle/));
  });
});

describe('RowSample', () => {
  it('draws every row with the same chance, in their order', () => {
    const counts = new Uint32Array(100);
    for (let seed = 0; seed < 40; seed++) {
      const sample = new RowSample(seed);
      for (let batch = 0; batch < 100; batch++) {
        sample.add({ rowCount: 100, names: ['x'], values: () => new Float64Array(100).fill(batch) });
      }
      expect(sample.seen).toBe(10_000);
      const { table } = sample.take('rows');
      expect(table.rowCount).toBeLessThanOrEqual(131_072);
      const values = Array.from(table.values(0) as ArrayLike<number>);
      expect(values).toEqual([...values].sort((a, b) => a - b));
      for (const value of values) counts[value]++;
    }
    // Few columns: all 10,000 rows are kept.
    expect(new Set(counts)).toEqual(new Set([40 * 100]));
  });

  it('keeps at most so many cells, and remembers which rows they were', () => {
    const names = Array.from({ length: 2048 }, (_, i) => `c${i}`);
    const sample = new RowSample(3);
    const batches = new Uint32Array(64);
    for (let batch = 0; batch < 64; batch++) {
      const cells = Float64Array.from({ length: 256 }, (_, row) => 256 * batch + row);
      sample.add({ rowCount: 256, names, values: () => cells });
    }
    const { table, lots } = sample.take('rows');
    expect(table.rowCount).toBeLessThanOrEqual(4096);
    expect(table.rowCount).toBeGreaterThan(1500);
    expect(lots.every((lot) => lot < sample.bound)).toBe(true);
    expect(Array.from(table.values(7) as ArrayLike<number>)).toEqual(Array.from(table.rowNumbers ?? []));
    for (const row of table.rowNumbers ?? []) batches[row >> 8]++;
    // Each batch gives a quarter or an eighth of its 256 rows.
    expect(Math.min(...batches)).toBeGreaterThan(8);
  });
});

describe('runCheck', () => {
  const warns = (areClasses: boolean, labels: unknown[]) => {
    const check = runCheck(areClasses);
    for (let from = 0; from < labels.length; from += 7) check.add(labels.slice(from, from + 7));
    return check.warnings('y').length > 0;
  };
  const rows = Array.from({ length: 999 }, (_, row) => row);

  it.each<[string, boolean, (row: number) => unknown, boolean]>([
    ['sorted classes', true, (row) => (row < 500 ? 'a' : 'b'), true],
    ['long runs of classes', true, (row) => Math.floor(row / 20) % 3, true],
    ['random classes', true, (row) => Math.floor(3 * uniform(row, 0)), false],
    ['a frequent class', true, (row) => uniform(row, 0) < 0.99, false],
    ['one class', true, () => 'a', false],
    ['sorted numbers', false, (row) => row, true],
    ['a slow wave', false, (row) => Math.sin(row / 50), true],
    ['random numbers', false, (row) => uniform(row, 0), false],
    ['numbers that alternate', false, (row) => row % 2, false],
    ['one number', false, () => 5, false],
  ])('%s', (_, areClasses, label, expected) => {
    expect(warns(areClasses, rows.map(label))).toBe(expected);
  });
});
