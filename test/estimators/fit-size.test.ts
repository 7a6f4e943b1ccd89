import { describe, expect, it } from 'vitest';
import { batchSizeFor, epochsFor, fitSizeFor } from '../../src/estimators/fit-size.js';
import { MLPClassifier, MLPRegressor } from '../../src/index.js';

it('batches grow with the rows and are never larger than these', () => {
  const rows = [1, 40, 1024, 1025, 8192, 8193, 30_000, 30_001, 100_000, 100_001];
  expect(rows.map(batchSizeFor)).toEqual([1, 40, 64, 128, 128, 256, 256, 512, 512, 1024]);
});

it('epochs are fewer where rows are many', () => {
  expect([100, 7812, 20_000, 50_000, 1e6].map((rows) => epochsFor(rows, 128))).toEqual([128, 128, 50, 20, 8]);
  expect(epochsFor(1e6, 4)).toBe(4);
});

it('networks are wide only where rows are many', () => {
  const widths = [1, 9, 10, 50_000, 50_001].map((rows) => fitSizeFor(rows).hiddenLayers[0]);
  expect(widths).toEqual([128, 128, 128, 128, 256]);
});

describe('the number of networks that nobody chose', () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({ a: Math.sin(i), b: i % 7, group: i % 6, day: i }));
  const labels = rows.map(({ a, b }) => (a + b / 7 > 0.5 ? 'yes' : 'no'));
  const classifier = () => new MLPClassifier({ seed: 1, epochs: 1, columns: { day: 'numeric' } });
  const count = async (fitting: Promise<{ history: { members: unknown[] } }>) =>
    (await fitting).history.members.length;

  it('is five, and one where there are too few rows or groups for folds', async () => {
    expect(await count(classifier().fit(rows, labels))).toBe(5);
    expect(await count(classifier().fit(rows.slice(0, 9), labels.slice(0, 9)))).toBe(1);
    expect(await count(classifier().fit(rows, labels, { groups: 'group' }))).toBe(5);
    expect(await count(classifier().fit(rows, labels, { groups: rows.map(({ b }) => b % 3) }))).toBe(1);
  });

  it('is one where a certain part is to be held out', async () => {
    expect(await count(classifier().fit(rows, labels, { validation: [rows, labels] }))).toBe(1);
    expect(await count(classifier().fit(rows, labels, { time: true }))).toBe(1);
    const split = new MLPRegressor({ seed: 1, epochs: 1, validationSplit: 0.3 });
    expect(await count(split.fit(rows, 'a'))).toBe(1);
  });
});
