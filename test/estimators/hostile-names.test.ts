/** Names and texts that mean something to JavaScript, in every place where a table can have them. */

import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { crossValidate, MLPClassifier } from '../../src/index.js';
import { expectError, expectRejection } from '../errors.js';
import { both } from './both.js';
import { draw, small } from './rows.js';

const path = join(tmpdir(), `chainrule-${process.pid}-hostile-names.safetensors`);
afterAll(() => rm(path, { force: true }));

/** The first is no name of a field in a literal, and half a character has no UTF-8. */
const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', '\ud800', 'a\nb', 'length'];

/** An object with these fields of its own. */
const objectOf = (entries: [name: string, value: unknown][]): object => Object.fromEntries(entries);

/** A number in each column. */
const rows = Array.from({ length: 60 }, (_, row) =>
  objectOf(names.map((name, column) => [name, draw(100 * row + column)])),
);

describe.each(both)('$name', ({ make, load, labels }) => {
  it('takes them as names of columns, also after it was saved', async () => {
    const fitted = await make().fit(rows, labels(60));
    expect(fitted.columns.map(({ name, used }) => [name, used])).toEqual(names.map((name) => [name, true]));
    await fitted.save(path);
    const loaded = await load(path);
    expect(loaded.columns).toEqual(fitted.columns);
    expect(loaded.predict(rows)).toEqual(fitted.predict(rows));
    const turned = rows.map((row) => objectOf(Object.entries(row).reverse()));
    expect(loaded.predict(turned)).toEqual(fitted.predict(rows));
  });

  it.each(['__proto__', 'constructor', 'toString'])('does not inherit %s', async (name) => {
    const fitted = await make().fit(rows, labels(60));
    const lacking = rows.map((row) => objectOf(Object.entries(row).filter(([own]) => own !== name)));
    expectError(() => fitted.predict(lacking), 'ERR_DATA', `lacks the column '${name}'`);
    const missing = { ...lacking[0], ...objectOf([[name, null]]) };
    expect(fitted.predict([rows[1], lacking[0]])).toEqual(fitted.predict([rows[1], missing]));
    await expectRejection(make().fit(lacking, name), 'ERR_OPTION', `rows has no column '${name}'`);
    const columns = objectOf([[name, 'ignore']]) as Record<string, 'ignore'>;
    await expectRejection(make({ columns }).fit(lacking, labels(60)), 'ERR_OPTION', `names '${name}'`);
  });

  it.each(['__proto__', 'constructor'])('takes %s in its options', async (name) => {
    const ignored = make({ columns: objectOf([[name, 'ignore']]) as Record<string, 'ignore'> });
    const { columns } = await ignored.fit(rows, labels(60));
    expect(columns.filter(({ used }) => !used).map((column) => column.name)).toEqual([name]);
    const asked = make({ columns: new Map([[name, 'categorical' as const]]) });
    expect((await asked.fit(rows, labels(60))).columns[names.indexOf(name)].kind).toBe('categorical');
    const weighted = await make().fit(rows, labels(60), { sampleWeight: name });
    expect(weighted.columns.map((column) => column.name)).not.toContain(name);
    expect(weighted.predict(rows)).toHaveLength(60);
  });

  it.each(['__proto__', 'constructor'])('takes %s as the column of the labels', async (name) => {
    const own = labels(60);
    const labelled = rows.map((row, i) =>
      objectOf(Object.entries(row).map(([key, value]) => [key, key === name ? own[i] : value])),
    );
    const fitted = await make().fit(labelled, name);
    expect(fitted.columns.map((column) => column.name)).not.toContain(name);
    expect(fitted.score(labelled)).toBe(fitted.score(labelled, own));
    const unlabelled = labelled.map((row) => objectOf(Object.entries(row).filter(([key]) => key !== name)));
    expect(fitted.predict(labelled)).toEqual(fitted.predict(unlabelled));
  });

  it('takes them as categories, also after it was saved', async () => {
    const known = names.filter((name) => name.trim() !== '');
    const categories = Array.from({ length: 60 }, (_, i) => ({ is: known[i % known.length], x: draw(i) }));
    const fitted = await make().fit(categories, labels(60));
    expect(fitted.columns[0]).toMatchObject({ kind: 'categorical', features: known.length, missing: 0 });
    await fitted.save(path);
    expect((await load(path)).predict(categories)).toEqual(fitted.predict(categories));
    const [unseen, missing] = ['valueOf', null].map((is) => fitted.predict([{ is, x: 0.5 }]));
    expect(unseen).toEqual(missing);
  });

  it('refuses one name for two columns', async () => {
    const twice = 'rows has more than one column';
    const columns = ['a', 'a'];
    const arrays = Array.from({ length: 60 }, (_, i) => [draw(i), draw(60 + i)]);
    await expectRejection(make({ columns }).fit(arrays, labels(60)), 'ERR_DATA', `${twice} 'a'`);
    const numbers = Float64Array.from(arrays.flat());
    await expectRejection(make({ columns }).fit(numbers, labels(60)), 'ERR_DATA', `${twice} 'a'`);
    const column = (index: number) => ({ type: { typeId: 3 }, get: (row: number) => arrays[row][index] });
    const fields = ['__proto__', '__proto__'].map((name) => ({ name }));
    const arrow = { numRows: 60, schema: { fields }, getChildAt: column };
    await expectRejection(make().fit(arrow, labels(60)), 'ERR_DATA', `${twice} '__proto__'`);
  });

  it('changes no object by them', async () => {
    await make().fit(rows, labels(60));
    expect([Object.keys(Object.prototype), Object.keys(Object)]).toEqual([[], []]);
    expect(Object.getPrototypeOf(rows[0])).toBe(Object.prototype);
  });

  it('says what the importance of such columns is', async () => {
    const fitted = (await make().fit(rows, labels(60))) as unknown as MLPClassifier;
    const importances = fitted.importance(rows, labels(60) as string[], { repeats: 1 });
    expect((await importances).map(({ name }) => name).sort()).toEqual([...names].sort());
  });
});

describe('labels', () => {
  const given = ['__proto__', 'constructor', 'toString', '\ud800'];
  const x = Array.from({ length: 80 }, (_, i) => ({ value: (i % 4) + draw(i) / 2 }));
  const labels = x.map((_, i) => given[i % 4]);

  it('come back, are counted, weighed and saved', async () => {
    const weights = given.map((label, i): [string, number] => [label, 1 + i]);
    const byMap = await new MLPClassifier({ ...small, classWeight: new Map(weights) }).fit(x, labels);
    const classWeight = objectOf(weights) as Record<string, number>;
    const byObject = await new MLPClassifier({ ...small, classWeight }).fit(x, labels);
    expect(byMap.classes).toEqual([...given].sort());
    expect(byObject.predictProbability(x)).toEqual(byMap.predictProbability(x));
    const { confusionMatrix } = byMap.evaluate(x, labels);
    expect(confusionMatrix?.map((row) => row.reduce((sum, count) => sum + count))).toEqual([20, 20, 20, 20]);
    await byMap.save(path);
    const loaded = await MLPClassifier.load(path);
    expect(loaded.classes).toEqual(byMap.classes);
    expect(loaded.predict(x)).toEqual(byMap.predict(x));
  });

  it('do not mean what objects inherit', async () => {
    const classifier = await new MLPClassifier(small).fit(x, labels);
    const inherited = labels.map(() => 'valueOf');
    expectError(() => classifier.score(x, inherited), 'ERR_DATA', "holds 'valueOf' in row 0");
    const classWeight = { valueOf: 2 } as unknown as Record<string, number>;
    const weighed = new MLPClassifier({ ...small, classWeight }).fit(x, labels);
    await expectRejection(weighed, 'ERR_OPTION', "a weight for 'valueOf'");
  });

  it('are predicted in a cross-validation', async () => {
    const { predictions } = await crossValidate(new MLPClassifier(small), x, labels, { folds: 2 });
    expect(predictions.every((label) => label !== undefined && given.includes(label as string))).toBe(true);
  });
});
