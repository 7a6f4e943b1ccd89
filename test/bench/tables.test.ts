/** The benchmark on tables: its reader, its measures against scikit-learn's, and a whole run on a small folder. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const folder = new URL('../../bench/tables/', import.meta.url);
const load = (name: string) => import(new URL(name, folder).href);
const { cellValue, parseCsv } = await load('csv.mjs');
const { openFolder, readSet, splitOf } = await load('folder.mjs');
const { auc, binaryAuc, classificationMetrics, logLoss, regressionMetrics } = await load('metrics.mjs');
const { measureSet } = await load('measure.mjs');
const { chosenSets, parseOptions } = await load('options.mjs');
const baseline = await load('baseline.mjs');

const close = (value: number) => expect.closeTo(value, 12);

describe('CSV', () => {
  test('has commas, quotes and line ends inside quotes', () => {
    const { header, records } = parseCsv('a,b\r\n"x, ""y""",\n"two\nlines",3');
    expect(header).toEqual(['a', 'b']);
    expect(records).toEqual([
      ['x, "y"', ''],
      ['two\nlines', '3'],
    ]);
  });

  test('keeps an empty last cell, with and without a line end after it', () => {
    expect(parseCsv('a,b\n1,').records).toEqual([['1', '']]);
    expect(parseCsv('a,b\n1,\n').records).toEqual([['1', '']]);
  });

  test('is refused where a record is too short or a quote is out of place', () => {
    expect(() => parseCsv('a,b\n1,2\n3')).toThrow('row 1 has 1 cells, the header has 2');
    expect(() => parseCsv('a,b\n1,x"y"')).toThrow('line 2');
    expect(() => parseCsv('')).toThrow('empty');
  });

  test('cells have the type of their column, and an empty one is missing', () => {
    expect(['1.5', '-2e3', ''].map((cell) => cellValue(cell, 'number'))).toEqual([1.5, -2000, null]);
    expect(['007', 'NA', ''].map((cell) => cellValue(cell, 'text'))).toEqual(['007', 'NA', null]);
    for (const cell of ['NA', ' ', '1,5', 'Infinity']) {
      expect(() => cellValue(cell, 'number')).toThrow('is not a number');
    }
  });
});

/** The expected values are those of scikit-learn 1.9.1. */
describe('measures', () => {
  const classes = ['a', 'b', 'c'];
  const truth = ['a', 'c', 'b', 'a', 'b', 'c', 'c', 'a'];
  const probabilities = [
    [0.7, 0.2, 0.1],
    [0.1, 0.3, 0.6],
    [0.25, 0.5, 0.25],
    [0.2, 0.7, 0.1],
    [0.25, 0.5, 0.25],
    [0.5, 0.25, 0.25],
    [0, 0, 1],
    [1, 0, 0],
  ];

  test('of three classes, with ties', () => {
    const labels = ['a', 'c', 'b', 'b', 'b', 'a', 'c', 'a'];
    expect(classificationMetrics(truth, { labels, classes, probabilities })).toEqual({
      error: 0.25,
      logloss: close(0.6561909002973256),
      auc: close(0.8555555555555555),
    });
  });

  test('do not depend on the order of the classes', () => {
    const turned = probabilities.map(([a, b, c]) => [c, a, b]);
    expect(logLoss(truth, ['c', 'a', 'b'], turned)).toBeCloseTo(0.6561909002973256, 12);
    expect(auc(truth, ['c', 'a', 'b'], turned)).toBeCloseTo(0.8555555555555555, 12);
  });

  test('of two classes', () => {
    const two = ['no', 'yes', 'yes', 'no', 'yes', 'no'];
    const rows = [0.2, 0.8, 0.4, 0.4, 0.9, 0.6].map((p) => [1 - p, p]);
    expect(logLoss(two, ['no', 'yes'], rows)).toBeCloseTo(0.4825091176334244, 12);
    expect(auc(two, ['no', 'yes'], rows)).toBeCloseTo(0.8333333333333333, 12);
  });

  test('clip probabilities to [1e-6, 1], also that of a class the model does not know', () => {
    const certain = [
      [1, 0],
      [0, 1],
      [0.5, 0.5],
    ];
    expect(logLoss(['b', 'b', 'a'], ['a', 'b'], certain)).toBeCloseTo(4.83621924617474, 12);
    expect(logLoss(['new'], ['a', 'b'], [[0.5, 0.5]])).toBeCloseTo(-Math.log(1e-6), 12);
  });

  test('of values', () => {
    expect(regressionMetrics([3, -0.5, 2, 7, 4.25], [2.5, 0, 2, 8, 4])).toEqual({
      rmse: close(0.5590169943749475),
      r2: close(0.9491042345276873),
      mae: close(0.45),
    });
  });

  test('are refused where a prediction is missing or no number', () => {
    expect(() => regressionMetrics([1, 2], [1, Number.NaN])).toThrow('row 1 is NaN');
    expect(() => regressionMetrics([1, 2], [1])).toThrow('1 values for 2 rows');
    expect(() => logLoss(['a'], ['a', 'b'], [[1, Number.NaN]])).toThrow('row 0 is NaN');
  });

  test('an area without order is a half', () => {
    expect(binaryAuc([true, false, true], [1, 1, 1])).toBe(0.5);
  });
});

describe('a folder', () => {
  let tables: string;
  const cells = ['x,kind,answer', '1,"a, b",no', ',7,no', '3,,yes', '4,c,no', '5,c,yes'];
  const values = ['x,y', '1,1', '2,2', '3,6', '4,4'];
  const columns = (types: Record<string, string>) =>
    Object.entries(types).map(([name, type]) => ({ name, type }));
  const manifest = {
    sets: [
      {
        name: 'yesno',
        file: 'data/yesno.csv.gz',
        splits: 'splits/yesno.json',
        task: 'classification',
        target: 'answer',
        rows: 5,
        missingCells: 2,
        split: { repeats: 2 },
        columns: columns({ x: 'number', kind: 'text', answer: 'text' }),
      },
      {
        name: 'values',
        file: 'data/values.csv',
        splits: 'splits/values.json',
        task: 'regression',
        target: 'y',
        rows: 4,
        missingCells: 0,
        targetStd: 2,
        split: { repeats: 1 },
        columns: columns({ x: 'number', y: 'number' }),
      },
    ],
  };
  const splits = { yesno: [[0, 2], [4]], values: [[3, 0]] };
  const recorded = {
    tools: { 'sklearn-mlp': { label: 'MLP' } },
    sets: {
      yesno: {
        'sklearn-mlp': {
          repeats: [0],
          error: [0.25],
          logloss: [1],
          auc: [0.75],
          fitSeconds: 1,
          mean: { error: 0.25, logloss: 1, auc: 0.75 },
          standardError: { error: null, logloss: null, auc: null },
        },
      },
    },
  };

  beforeAll(() => {
    tables = mkdtempSync(join(tmpdir(), 'chainrule-tables-'));
    for (const name of ['data', 'splits']) mkdirSync(join(tables, name));
    writeFileSync(join(tables, 'data/yesno.csv.gz'), gzipSync(cells.join('\n')));
    writeFileSync(join(tables, 'data/values.csv'), values.join('\n'));
    for (const [name, test] of Object.entries(splits)) {
      writeFileSync(join(tables, `splits/${name}.json`), JSON.stringify({ name, test }));
    }
    writeFileSync(join(tables, 'manifest.json'), JSON.stringify(manifest));
    writeFileSync(join(tables, 'results.json'), JSON.stringify(recorded));
  });
  afterAll(() => rmSync(tables, { recursive: true }));

  test('has rows as objects, without the target', () => {
    const set = readSet(tables, manifest.sets[0]);
    expect(set.rows[0]).toEqual({ x: 1, kind: 'a, b' });
    expect(set.rows[1]).toEqual({ x: null, kind: '7' });
    expect(splitOf(set, 0)).toEqual({
      training: { rows: [set.rows[1], set.rows[3], set.rows[4]], labels: ['no', 'no', 'yes'] },
      test: { rows: [set.rows[0], set.rows[2]], labels: ['no', 'yes'] },
    });
  });

  test('is refused where it is not what the manifest says', () => {
    const [entry] = manifest.sets;
    expect(() => readSet(tables, { ...entry, rows: 6 })).toThrow('5 rows, the manifest says 6');
    expect(() => readSet(tables, { ...entry, missingCells: 0 })).toThrow('2 cells are missing');
    const numbers = columns({ x: 'number', kind: 'number', answer: 'text' });
    expect(() => readSet(tables, { ...entry, columns: numbers })).toThrow(
      "row 0, column 'kind': 'a, b' is not a number",
    );
    expect(() => openFolder(join(tables, 'data'))).toThrow('no manifest.json');
  });

  test('the most frequent class and the mean come to what can be counted by hand', async () => {
    const all = { repeats: Number.POSITIVE_INFINITY, options: {} };
    const [classification, regression] = manifest.sets;
    const first = await measureSet(baseline, classification, readSet(tables, classification), all);
    // The training rows are no, no, yes and then no, no, yes, no; the test rows no, yes and then yes.
    expect(first.record).toMatchObject({
      repeats: [0, 1],
      error: [0.5, 1],
      logloss: [close(-Math.log((2 / 3) * (1 / 3)) / 2), close(Math.log(4))],
    });
    expect(first.record.auc).toEqual([0.5, Number.NaN]);
    const second = await measureSet(baseline, regression, readSet(tables, regression), all);
    // The training rows have 2 and 6, the test rows 4 and 1; their mean is 2.5.
    expect(second.record).toMatchObject({
      rmse: [close(Math.sqrt(4.5))],
      r2: [close(1 - 4.5 / 2.25)],
      mae: [1.5],
      mean: { nrmse: close(Math.sqrt(4.5) / 2) },
      standardError: { rmse: null },
    });
  });

  test('the seed is the number of the repeat, and a failure does not end the others', async () => {
    const seen: object[] = [];
    class MLPRegressor extends baseline.MLPRegressor {
      constructor(options: { seed: number }) {
        super();
        seen.push(options);
      }
      predict(): number[] {
        return seen.length === 1 ? [Number.NaN, 0] : [0, 0];
      }
    }
    const [, entry] = manifest.sets;
    const set = readSet(tables, entry);
    const twice = { ...set, test: [set.test[0], set.test[0]] };
    const settings = { repeats: 2, options: { members: 5 } };
    const { record, problems } = await measureSet({ MLPRegressor }, entry, twice, settings);
    expect(seen).toEqual([
      { seed: 0, members: 5 },
      { seed: 1, members: 5 },
    ]);
    expect(record.repeats).toEqual([1]);
    expect(problems).toEqual([{ set: 'values', repeat: 0, problem: 'the value predicted for row 0 is NaN' }]);
  });

  function run(estimators: string, ...args: string[]) {
    const program = fileURLToPath(new URL('main.mjs', folder));
    const all = [program, '--tables', tables, '--estimators', estimators, ...args];
    return spawnSync(process.execPath, all, { encoding: 'utf8' });
  }

  test('one command measures it, reports it and writes it', () => {
    const json = join(tables, 'results-of-baseline.json');
    const { status, stdout } = run(fileURLToPath(new URL('baseline.mjs', folder)), '--json', json);
    expect(status).toBe(0);
    expect(stdout).toMatch(/\| yesno +\| 0\.7500 ±0\.2500 +\| 0\.2500 \(1\)/);
    expect(stdout).toMatch(/classification error, SGM.*NOT MET/);
    const results = JSON.parse(readFileSync(json, 'utf8'));
    expect(results.sets.values.chainrule.mean.nrmse).toBeCloseTo(Math.sqrt(4.5) / 2, 12);
    expect(results.targets[0].measured).toBeCloseTo(0.51 / 0.26, 12);
  });

  test('a set that fails stands in the report, and the status is 1', () => {
    const module = join(tables, 'without-regressor.mjs');
    const source = fileURLToPath(new URL('baseline.mjs', folder));
    writeFileSync(module, `export { MLPClassifier } from ${JSON.stringify(source)};`);
    const { status, stdout } = run(module);
    expect(status).toBe(1);
    expect(stdout).toMatch(/\| yesno +\| 0\.7500/);
    expect(stdout).toMatch(/\| values +\| +0 \|.*there is no export MLPRegressor/);
  });
});

test('options name sets that exist, and --quick leaves out the large ones', () => {
  const entries = [
    { name: 'small', rows: 100 },
    { name: 'large', rows: 50_000 },
  ];
  const chosen = (args: string[]) =>
    chosenSets(entries, parseOptions(args)).map(({ name }: { name: string }) => name);
  expect(chosen([])).toEqual(['small', 'large']);
  expect(chosen(['--quick'])).toEqual(['small']);
  expect(chosen(['--quick', '--sets', 'large'])).toEqual(['large']);
  expect(() => chosen(['--sets', 'wine'])).toThrow("--sets has 'wine', expected some of small, large");
  expect(() => parseOptions(['--repeats', '0'])).toThrow('--repeats');
  expect(() => parseOptions(['--peers', 'toString'])).toThrow('--peers');
  expect(parseOptions(['--quick'])).toMatchObject({ repeats: 1, members: null, threads: null });
});
