import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MLPClassifier, MLPRegressor, metrics } from '../../src/index.js';
import { expectError } from '../errors.js';
import { draw, houses, irisRows, parted, small } from './rows.js';

const { training, test } = parted(irisRows());

describe('the rows that a fit held out', () => {
  it('are those of the split, predicted by the only network', async () => {
    const classifier = await new MLPClassifier({ ...small, validationSplit: 0.25 }).fit(training, 'species');
    const heldOut = classifier.heldOut()!;
    expect(heldOut.rows.length).toBe(30);
    expect(Array.from(heldOut.rows)).toEqual(Array.from(heldOut.rows).sort((a, b) => a - b));
    const rows = Array.from(heldOut.rows, (row) => training[row]);
    expect(heldOut.of).toBe('rows');
    expect(heldOut.labels).toEqual(rows.map(({ species }) => species));
    expect(heldOut.predictions).toEqual(classifier.predict(rows));
    expect(heldOut.probabilities).toEqual(classifier.predictProbability(rows));
    expect(heldOut.evaluation).toEqual(classifier.evaluate(rows));
  });

  it('are all rows with members, each predicted by the network that had not seen it', async () => {
    // Labels that nothing tells: what is right about more than half of them was learnt by heart.
    const rows = Array.from({ length: 120 }, (_, i) => ({ a: draw(3 * i), b: draw(3 * i + 1) }));
    const labels = rows.map((_, i) => draw(3 * i + 2) < 0.5);
    const classifier = await new MLPClassifier({
      hiddenLayers: [64, 64],
      epochs: 150,
      dropout: 0,
      members: 4,
      metric: 'logLoss',
      seed: 1,
    }).fit(rows, labels);
    const heldOut = classifier.heldOut()!;
    expect(Array.from(heldOut.rows)).toEqual(rows.map((_, i) => i));
    expect(heldOut.labels).toEqual(labels);
    expect(heldOut.evaluation.accuracy).toBeGreaterThan(0.35);
    expect(heldOut.evaluation.accuracy).toBeLessThan(0.65);
  });

  it('are predicted by a regressor in the units of the target', async () => {
    const rows = houses(150);
    const regressor = await new MLPRegressor({ ...small, epochs: 60, members: 3 }).fit(rows, 'price');
    const { predictions, labels, evaluation, ...heldOut } = regressor.heldOut()!;
    expect(heldOut.rows.length).toBe(150);
    expect(labels).toEqual(rows.map(({ price }) => price));
    expect(evaluation.r2).toBeGreaterThan(0.9);
    expect(evaluation.r2).toBeCloseTo(metrics.r2(labels, predictions), 12);
    expect(predictions).not.toEqual(regressor.predict(rows));
  });

  it('are those of the caller, if there are such', async () => {
    const fit = { validation: { rows: test } };
    const classifier = await new MLPClassifier(small).fit(training, 'species', fit);
    const heldOut = classifier.heldOut()!;
    expect([heldOut.of, heldOut.rows.length]).toEqual(['validation', test.length]);
    expect(heldOut.predictions).toEqual(classifier.predict(test));
    expect(heldOut.labels).toEqual(test.map(({ species }) => species));
  });

  it('count by their weights', async () => {
    const rows = houses(80);
    const sampleWeight = rows.map((_, i) => (i % 2 === 0 ? 1 : 3));
    const regressor = await new MLPRegressor({ ...small, members: 2 }).fit(rows, 'price', { sampleWeight });
    const { labels, predictions, evaluation } = regressor.heldOut()!;
    const errors = labels.map((label, row) => Math.abs(label - predictions[row]));
    const thrice = errors.flatMap((error, row) => (row % 2 === 0 ? [error] : [error, error, error]));
    expect(evaluation.mae).toBeCloseTo(thrice.reduce((sum, error) => sum + error) / thrice.length, 9);
  });

  it('are none where none were held out, after partialFit, of a file, and of a constant', async () => {
    const options = { ...small, validationSplit: 0 };
    expect((await new MLPClassifier(options).fit(training, 'species')).heldOut()).toBeNull();
    const constant = training.map(() => 7);
    expect((await new MLPRegressor(small).fit(training, constant)).heldOut()).toBeNull();
    const classifier = await new MLPClassifier({ ...small, members: 2 }).fit(training, 'species');
    const folder = mkdtempSync(join(tmpdir(), 'chainrule-held-out-'));
    try {
      await classifier.save(join(folder, 'model.safetensors'));
      expect((await MLPClassifier.load(join(folder, 'model.safetensors'))).heldOut()).toBeNull();
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(classifier.heldOut()).not.toBeNull();
    await classifier.partialFit(test, 'species');
    expect(classifier.heldOut()).toBeNull();
    expectError(() => new MLPRegressor().heldOut(), 'ERR_UNFITTED', 'heldOut was called before fit');
  });
});
