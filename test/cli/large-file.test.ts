import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateBatches } from '../../src/cli/evaluate/stream.js';
import { isLargeFile, LabelledSource, labelsLike } from '../../src/cli/shared/large-file.js';
import type { Table } from '../../src/data/table.js';
import { MLPClassifier, MLPRegressor, openTable, readTable } from '../../src/index.js';
import { expectRejection } from '../errors.js';

/** A source of the text's rows in small batches, with labels read as its first rows say. */
async function sourceOf(text: string, { rows = 4, known = undefined as unknown[] | undefined } = {}) {
  const path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'rows.csv');
  await writeFile(path, text);
  const first = await readTable(path, { rows });
  const labels = known ?? first.typed('y').filter((label) => label !== null);
  return new LabelledSource(await openTable(path, { batchRows: 3 }), 'y', labelsLike(first, 'y', labels));
}

async function labelsIn(source: AsyncIterable<Table>): Promise<unknown[]> {
  const labels: unknown[] = [];
  for await (const table of source) labels.push(...Array.from(table.values(table.names.indexOf('y'))));
  return labels;
}

describe('LabelledSource', () => {
  it('has the rows with a label, again and again, and counts them', async () => {
    const source = await sourceOf('x,y\n1,a\n2, b \n3,\n4,a\n5,NA\n6,c\n7,\n8,a\n');
    expect(source.counts).toBeNull();
    for (let pass = 0; pass < 2; pass++) {
      expect(await labelsIn(source)).toEqual(['a', 'b', 'a', 'c', 'a']);
      const { rows, labels } = source.counts ?? expect.fail();
      expect(rows).toBe(8);
      expect(Object.fromEntries(labels)).toEqual({ a: 3, b: 1, c: 1 });
    }
  });

  it('reads amounts as the first rows write them', async () => {
    const source = await sourceOf(
      'x,y\n1,"1,050"\n2,"2,000"\n3,"3,500"\n4,"1,200"\n5,n/a\n6,"7,000,000"\n7,12\n',
    );
    expect(await labelsIn(source)).toEqual([1050, 2000, 3500, 1200, 7_000_000, 12]);
  });

  it('says after a pass what is left out at the end of the file', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `${i},${i % 2 ? 'a' : 'b'},${i}`).join('\n');
    const source = await sourceOf(`x,y,z\n${rows}\n\nSource: own measurements\n`);
    await labelsIn(source);
    expect(source.warnings.join()).toMatch(/line 15 of .*rows\.csv, after the rows, is skipped/);
  });

  it('takes numbers that are classes as texts where the first rows have texts', async () => {
    const source = await sourceOf('x,y\n1,a\n2,b\n3,a\n4,b\n5,7\n6,8\n7,9\n');
    expect(await labelsIn(source)).toEqual(['a', 'b', 'a', 'b', '7', '8', '9']);
  });

  it('counts spellings of yes and no as one class, as in small files', async () => {
    const text = 'x,y\n1,yes\n2,no\n3,yes\n4,no\n5,YES\n6,No\n7,\n';
    const source = await sourceOf(text, { known: ['yes', 'no', 'yes', 'no'] });
    expect(await labelsIn(source)).toEqual(['yes', 'no', 'yes', 'no', 'yes', 'no']);
  });

  it('names the line of what is no amount', async () => {
    const source = await sourceOf('x,y\n1,1\n2,2\n3,3\n4,4\n5,5\n6,six\n');
    await expectRejection(labelsIn(source), 'ERR_DATA', /rows\.csv, line 7: 'y' is 'six', expected a number/);
  });

  it('picks rows by their numbers among those with a label', async () => {
    const source = await sourceOf('x,y\n1,a\n2,b\n3,\n4,a\n5,b\n6,a\n7,\n8,b\n9,a\n');
    const picked = await source.pick(Uint32Array.of(0, 2, 3, 6));
    const column = (name: string) => Array.from(picked.values(picked.names.indexOf(name)));
    expect(column('x')).toEqual([1, 4, 5, 9]);
    expect(column('y')).toEqual(['a', 'a', 'b', 'a']);
    expect((await source.pick(new Uint32Array(0))).rowCount).toBe(0);
  });
});

describe('evaluateBatches', () => {
  const lines = Array.from(
    { length: 40 },
    (_, i) => `${(i * 7) % 11},${i % 3 ? 'oak' : 'elm'},${i % 9 ? i % 4 : ''}`,
  );
  const text = `x,tree,y\n${lines.join('\n')}\n`;
  const small = { seed: 1, members: 1, hiddenLayers: [4], epochs: 2 };

  it.each([
    ['classes', () => new MLPClassifier(small)],
    ['amounts', () => new MLPRegressor(small)],
  ])('gives the metrics of all rows with %s at once', async (_, make) => {
    const path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'rows.csv');
    await writeFile(path, text);
    const table = await readTable(path);
    const model = await make().fit(table.having('y'), 'y');
    const known = 'classes' in model ? model.classes : [1];
    const source = new LabelledSource(
      await openTable(path, { batchRows: 7 }),
      'y',
      labelsLike(table, 'y', known),
    );
    const warnings: string[] = [];
    const metrics = await evaluateBatches(model, source, 'y', path, (warning) => warnings.push(warning));
    const whole = model.evaluate(table.having('y'), 'y');
    expect(Object.keys(metrics)).toEqual(Object.keys(whole));
    // Sums of other parts differ in their last digits.
    for (const [name, value] of Object.entries(whole)) {
      const own: unknown = Object.entries(metrics).find(([each]) => each === name)?.[1];
      if (typeof value === 'number') expect(own).toBeCloseTo(value, 6);
      else expect(own).toEqual(value);
    }
    expect(warnings).toEqual([]);
    expect(source.counts?.rows).toBe(40);
  });

  it('names the line of an answer that is no class', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'rows.csv');
    await writeFile(path, text);
    const table = (await readTable(path)).having('tree');
    const model = await new MLPClassifier(small).fit(table, 'tree');
    await writeFile(path, text.concat('4,ash,1\n'));
    const source = new LabelledSource(
      await openTable(path, { batchRows: 7 }),
      'tree',
      labelsLike(await readTable(path), 'tree', model.classes),
    );
    await expectRejection(
      evaluateBatches(model, source, 'tree', path, () => {}),
      'ERR_DATA',
      `${path}, line 42: 'tree' is 'ash', expected one of the classes 'elm', 'oak'`,
    );
  });
});

it('small files are read whole', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'chainrule-')), 'small.csv');
  await writeFile(path, 'x,y\n1,2\n');
  expect(isLargeFile(path)).toBe(false);
  expect(isLargeFile(`${path}.missing`)).toBe(false);
});
