import { describe, expect, it } from 'vitest';
import { type Label, MLPClassifier } from '../../src/index.js';
import { expectError } from '../errors.js';
import { draw, irisRows, small } from '../estimators/rows.js';
import { expectClose, exportedModel } from '../tolerance.js';
import { hostileMixtures, mixture, unseenMixtures } from './mixture.js';
import { type OnnxRow, runRows } from './runtime.js';

/** The same labels and probabilities here and in ONNX Runtime. */
async function expectSame(
  classifier: MLPClassifier,
  rows: readonly OnnxRow[],
  columnOf?: (input: string) => string,
): Promise<void> {
  const [labels, probabilities] = Object.values(await runRows(classifier.toONNX(), rows, columnOf));
  const expected = classifier.predictProbability(rows).flat();
  expectClose(probabilities as Float32Array, expected, exportedModel, 'probabilities');
  const label = typeof classifier.classes[0] === 'boolean' ? Boolean : (value: unknown) => value;
  expect(Array.from(labels, label).map(String)).toEqual(classifier.predict(rows).map(String));
}

const columns = { many: 'categorical', code: 'categorical', constant: 'numeric' } as const;

describe('a classifier in ONNX Runtime', () => {
  it.each([1, 3])('predicts the same of columns of all kinds, with %d members', async (members) => {
    const rows = Array.from({ length: 1500 }, (_, i) => mixture(i));
    const labels = rows.map(
      ({ size, pair }, i) => ['low', 'high', 'other'][(pair === 'u' ? 1 : 0) + ((size ?? i) > 60 ? 1 : 0)],
    );
    const classifier = await new MLPClassifier({ ...small, epochs: 4, members, columns }).fit(rows, labels);
    const found = new Set(classifier.columns.map(({ kind }) => kind));
    expect(found).toEqual(new Set(['numeric', 'boolean', 'categorical', 'date']));
    const indicators = classifier.columns.filter(({ missing }) => missing > 0);
    expect(indicators.map(({ kind }) => kind)).toEqual(['numeric', 'categorical', 'boolean', 'date']);
    await expectSame(classifier, [...rows.slice(0, 300), ...unseenMixtures(), ...hostileMixtures()]);
  });

  it('predicts the same of few rows, which have no ranges', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => mixture(i));
    const labels = rows.map((_, i) => draw(i) < 0.5);
    const classifier = await new MLPClassifier({ ...small, columns }).fit(rows, labels);
    await expectSame(classifier, [...rows, ...unseenMixtures(), ...hostileMixtures()]);
  });

  it.each<[string, Label[]]>([
    ['texts', ['no', 'yes', 'élan']],
    ['whole numbers', [-3, 0, 2 ** 53 - 1]],
    ['other numbers', [-0.5, 0.1, 1e300]],
    ['true and false', [true, false]],
    ['bigints', [-5n, 2n ** 62n]],
    ['huge bigints', [-5n, 2n ** 80n]],
  ])('has labels as they are: %s', async (_, classes) => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ a: draw(i), b: i % classes.length }));
    const labels = rows.map(({ b }) => classes[b]);
    await expectSame(await new MLPClassifier(small).fit(rows, labels), rows);
  });

  it.each([0.03, 0.5, 0.97])('decides by the threshold %d', async (threshold) => {
    const rows = Array.from({ length: 200 }, (_, i) => ({ a: draw(2 * i), b: draw(2 * i + 1) }));
    const labels = rows.map(({ a, b }) => (a + b > 1 ? 'p' : 'q'));
    const classifier = await new MLPClassifier({ ...small, epochs: 3, threshold }).fit(rows, labels);
    await expectSame(classifier, rows);
  });

  it('gives the shares of the classes where there was nothing to learn', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => ({ a: draw(i) }));
    await expectSame(await new MLPClassifier(small).fit(rows, new Array(20).fill('only')), rows);
  });

  it('takes rows without names as one input', async () => {
    const flowers = irisRows().map(({ species: _, ...flower }, i) => [
      ...Object.values(flower),
      7,
      i % 2 ? null : i,
    ]);
    const labels = irisRows().map(({ species }) => species);
    const classifier = await new MLPClassifier(small).fit(flowers, labels);
    expect(classifier.columns.map(({ used }) => used)).toEqual([true, true, true, true, false, true]);
    await expectSame(classifier, flowers);
    await expectSame(
      await new MLPClassifier(small).fit(
        flowers.map((row) => row.slice(0, 4)),
        labels,
      ),
      flowers.map((row) => row.slice(0, 4)),
    );
  });

  it('keeps apart columns that are called as its own tensors are', async () => {
    const names = [
      'label',
      'probabilities',
      'numbers',
      'x',
      '',
      '__proto__',
      'a/b\0',
      '\ud800',
      '\udfff',
      'features',
    ];
    const rows = Array.from({ length: 80 }, (_, i) =>
      Object.fromEntries(names.map((name, column) => [name, draw(100 * i + column)])),
    );
    const labels = rows.map((row) => (row.label > 0.5 ? 'big' : 'small'));
    const classifier = await new MLPClassifier(small).fit(rows, labels);
    expect(classifier.columns).toHaveLength(10);
    const model = classifier.toONNX();
    const inputs = new Map<string, string>([
      ['column', ''],
      ['\ufffd', '\ud800'],
      ['\ufffd_1', '\udfff'],
      ['a/b\ufffd', 'a/b\0'],
    ]);
    expect(Object.keys(await runRows(model, rows, (input) => inputs.get(input) ?? input))).toEqual([
      'label_1',
      'probabilities_1',
    ]);
    await expectSame(classifier, rows, (input) => inputs.get(input) ?? input);
  });

  it('has the same bytes every time', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => mixture(i));
    const make = async () =>
      (
        await new MLPClassifier({ ...small, columns }).fit(
          rows,
          rows.map(({ pair }) => pair),
        )
      ).toONNX();
    expect(await make()).toEqual(await make());
  });

  it('is not to be had before a fit', () => {
    expectError(() => new MLPClassifier().toONNX(), 'ERR_UNFITTED', 'toONNX');
  });
});
