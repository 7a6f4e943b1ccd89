import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { crossValidate, MLPClassifier, MLPRegressor } from '../../src/index.js';
import { expectError, expectRejection } from '../errors.js';

const small = { epochs: 2, hiddenLayers: [4], seed: 1, threads: 1 };
const rows = Array.from({ length: 40 }, (_, i) => ({ a: Math.sin(i), b: 'xyz'[i % 3], weight: 1 + (i % 2) }));
const labels = rows.map((_, i) => (i % 2 ? 'p' : 'q'));

describe('options', () => {
  it('may be proxies, in which frameworks wrap objects', () => {
    const observed = new Proxy({ ...small, hiddenLayers: new Proxy([4], {}) }, {});
    const { options } = new MLPClassifier(observed);
    expect(options).toEqual(small);
    observed.hiddenLayers.push(5);
    expect(options.hiddenLayers).toEqual([4]);
  });

  it('may have labels of any type as keys of a Map', () => {
    const classWeight = new Map([[Symbol('a'), 1]]);
    expect(new MLPClassifier({ classWeight }).options.classWeight).toEqual(classWeight);
  });

  it('may name columns that a cross-validation uses as weights', async () => {
    const columns = { b: 'categorical', weight: 'ignore' } as const;
    const options = { folds: 2, sampleWeight: 'weight' };
    const { scores } = await crossValidate(new MLPClassifier({ ...small, columns }), rows, labels, options);
    expect(scores).toHaveLength(2);
  });

  it('of load that are wrong are no fault of the file', async () => {
    const path = join(tmpdir(), `chainrule-${process.pid}-machine.safetensors`);
    await (await new MLPClassifier(small).fit(rows, labels)).save(path);
    await expectRejection(MLPClassifier.load(path, { threads: 0 }), 'ERR_OPTION', 'threads is 0');
    const backend = 'nativ' as 'native';
    await expectRejection(MLPClassifier.load(path, { backend }), 'ERR_OPTION', "did you mean 'native'?");
    await expectRejection(MLPRegressor.load(path), 'ERR_FILE', "expected 'MLPRegressor'");
  });
});

describe('values of another realm', () => {
  const elsewhere = (code: string) => runInNewContext(code);

  it('are what they are', async () => {
    const dates = elsewhere('Array.from({ length: 40 }, (_, i) => new Date(2020, i % 12, i % 28))');
    const dated = rows.map((row, i) => ({ ...row, date: dates[i] }));
    const columns = elsewhere("new Map([['weight', 'categorical']])");
    const classifier = await new MLPClassifier({ ...small, columns }).fit(dated, labels);
    const kinds = classifier.columns.map(({ kind }) => kind);
    expect(kinds).toEqual(['numeric', 'categorical', 'categorical', 'date']);
  });

  it('may be whole numbers of 64 bits', async () => {
    const cells = elsewhere('BigInt64Array.from({ length: 80 }, (_, i) => BigInt((i * 7) % 11))');
    const classifier = await new MLPClassifier({ ...small, columns: ['a', 'b'] }).fit(cells, labels);
    expect(classifier.columns.map(({ kind }) => kind)).toEqual(['numeric', 'numeric']);
  });
});

describe('rows to predict', () => {
  it('may lack the labels, whichever column of rows without names they were', async () => {
    const full = rows.map(({ a, weight }, i) => [i % 2, a, weight]);
    const classifier = await new MLPClassifier(small).fit(full, '0');
    const features = full.map((row) => row.slice(1));
    expect(classifier.predictProbability(features)).toEqual(classifier.predictProbability(full));
    const targets = full.map(([label]) => label);
    expect(classifier.score(features, targets)).toBe(classifier.score(full));
  });

  it('may hold an invalid Date, which is missing as in training', async () => {
    const classifier = await new MLPClassifier(small).fit(rows, labels);
    const [first] = rows;
    const [invalid, none] = [new Date(Number.NaN), null].map((a) => [{ ...first, a }]);
    expect(classifier.predict(invalid as never)).toEqual(classifier.predict(none as never));
  });
});

it('has no intervals after a constant target once networks have learnt', async () => {
  const regressor = await new MLPRegressor(small).fit(
    rows,
    rows.map(() => 5),
  );
  expect(regressor.predictInterval(rows.slice(0, 1))).toEqual({ lower: [5], upper: [5] });
  await regressor.partialFit(
    rows,
    rows.map(({ a }) => a),
  );
  expectError(() => regressor.predictInterval(rows), 'ERR_OPTION', 'held out');
});
