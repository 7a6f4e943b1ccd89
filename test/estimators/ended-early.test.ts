// Fits that are ended before they have learnt anything leave the estimator as it was.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MLPClassifier } from '../../src/estimators/classifier.js';
import { crossValidate } from '../../src/estimators/cross-validate.js';
import { MLPRegressor } from '../../src/estimators/regressor.js';
import { search } from '../../src/estimators/search.js';
import { memory } from '../../src/network/memory.js';
import { expectRejection } from '../errors.js';

const rows = Array.from({ length: 90 }, (_, i) => ({
  a: i % 13,
  b: (7 * i) % 11,
  size: i / 10,
  y: i % 13 > 6 ? 'more' : 'less',
}));
const options = { seed: 1, epochs: 15, members: 2 };
const aborted = () => ({ signal: AbortSignal.abort() });

/** Rows of which the first arrive, and then none, until `release` is called. */
function hangingRows() {
  const state = { isClosed: false, release: () => {} };
  const source = {
    async *[Symbol.asyncIterator]() {
      try {
        yield rows.slice(0, 40);
        await new Promise<void>((resolve) => {
          state.release = resolve;
        });
        yield rows.slice(40);
        yield rows;
      } finally {
        state.isClosed = true;
      }
    },
  };
  return { source, state };
}

const nextTurns = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a fit that is ended before its first step', () => {
  it('leaves an estimator unfitted, and says so', async () => {
    for (const make of [() => new MLPClassifier(options), () => new MLPRegressor(options)]) {
      const model = make();
      const target = model instanceof MLPRegressor ? 'size' : 'y';
      expect(await model.fit(rows as never, target as never, aborted())).toBe(model);
      expect(model.history).toEqual({ epochs: [], stoppedBy: 'aborted', members: [] });
      expect(() => model.predict(rows)).toThrow(
        'predict was called, but the fit was ended before its first step: fit the estimator again or load one',
      );
      await expectRejection(model.save('/nowhere'), 'ERR_UNFITTED', 'before its first step');
    }
  });

  it('leaves the model of an earlier fit', async () => {
    const model = new MLPClassifier(options);
    await model.fit(rows, 'y');
    const { history } = model;
    const before = model.predictProbability(rows);
    const part = rows.slice(0, 30);
    await model.fit(part, 'y', aborted());
    expect(model.history).toEqual({ epochs: [], stoppedBy: 'aborted', members: [] });
    expect(model.predictProbability(rows)).toEqual(before);
    expect((await model.fitStream(part, 'y', aborted()).history).members).toEqual([]);
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'chainrule-early-')), 'model.safetensors');
    await model.save(file);
    const loaded = await MLPClassifier.load(file);
    expect(loaded.predictProbability(rows)).toEqual(before);
    expect(loaded.history.epochs.length).toBe(history.epochs.length);
    await model.fit(rows, 'y');
    expect(model.history.stoppedBy).toBe(history.stoppedBy);
  });

  it('changes nothing as a partialFit', async () => {
    const model = new MLPClassifier({ seed: 1, epochs: 5 });
    await model.partialFit(rows, 'y' as never, aborted());
    expect(() => model.predict(rows)).toThrow('before its first step');
    await model.fit(rows, 'y');
    const { rows: count } = model.provenance;
    const before = model.predictProbability(rows);
    await model.partialFit(rows, 'y' as never, aborted());
    expect(model.history.stoppedBy).toBe('aborted');
    expect(model.provenance.rows).toBe(count);
    expect(model.predictProbability(rows)).toEqual(before);
    await model.partialFit(rows, 'y' as never);
    expect(model.provenance.rows).toBe(count + rows.length);
  });

  it('ends while its rows are awaited, and lets them close', async () => {
    for (const end of ['signal', 'maxTimeMs'] as const) {
      const { source, state } = hangingRows();
      const stop = new AbortController();
      const model = new MLPClassifier(options);
      const fitting = model.fit(source, 'y', end === 'signal' ? { signal: stop.signal } : { maxTimeMs: 50 });
      await nextTurns();
      stop.abort();
      await fitting;
      expect(model.history.stoppedBy).toBe(end === 'signal' ? 'aborted' : 'maxTime');
      expect(state.isClosed).toBe(false);
      state.release();
      await expect.poll(() => state.isClosed).toBe(true);
      await model.fit(rows, 'y');
    }
  });

  it('is an error of crossValidate, and ends a search', async () => {
    const estimator = new MLPClassifier({ seed: 1, epochs: 3, members: 1 });
    await expectRejection(
      crossValidate(estimator, rows, 'y', aborted()),
      'ERR_UNFITTED',
      'the fit was ended before its first step',
    );
    const stop = new AbortController();
    const found = await search(MLPClassifier, { epochs: [3, 4, 5], members: [1] }, rows, 'y', {
      seed: 1,
      signal: stop.signal,
      onCandidate: () => stop.abort(),
    });
    expect(found.candidates.length).toBe(1);
    expect(() => found.estimator.predict(rows)).toThrow('before its first step');
  });
});

it('ends whatever else reads rows that do not come', async () => {
  const estimator = new MLPClassifier({ seed: 1, epochs: 3, members: 1 });
  const words = 'ended before its first step';
  const signal = () => AbortSignal.timeout(50);
  const validation = crossValidate(estimator, hangingRows().source, 'y', { signal: signal() });
  await expectRejection(validation, 'ERR_UNFITTED', words);
  const searching = search(MLPClassifier, { epochs: [3] }, hangingRows().source as never, 'y' as never, {
    maxTimeMs: 50,
  });
  await expectRejection(searching, 'ERR_UNFITTED', words);
  await estimator.partialFit(hangingRows().source as never, 'y' as never, { signal: signal() });
  expect(estimator.history.stoppedBy).toBe('aborted');
});

describe('dispose', () => {
  it('ends a fit that runs or reads, and leaves the estimator unfitted', async () => {
    const model = new MLPClassifier({ ...options, epochs: 1e6 });
    const { source } = hangingRows();
    for (const given of [rows, source as unknown as typeof rows]) {
      const fitting = model.fit(given, 'y');
      await nextTurns();
      await nextTurns();
      model.dispose();
      await fitting;
      expect(() => model.predict(rows)).toThrow('predict was called');
    }
  });

  it('ends a partialFit, and leaves the estimator unfitted', async () => {
    for (const part of [{}, { signal: new AbortController().signal }]) {
      const model = new MLPRegressor({ seed: 1, epochs: 2 });
      await model.fit(rows, 'size');
      const fitting = model.partialFit(rows, 'size' as never, { ...part, epochs: 1e6 });
      await nextTurns();
      await nextTurns();
      model.dispose();
      await fitting;
      await expectRejection(model.save('/nowhere'), 'ERR_UNFITTED', 'save was called');
      await model.fit(rows, 'size');
      expect(model.predict(rows).length).toBe(rows.length);
    }
  });
});

it('frees what a fit replaces while others predict without a pause', async () => {
  const model = new MLPRegressor({ seed: 1, epochs: 1, members: 1, hiddenLayers: [512, 512], threads: 1 });
  await model.fit(rows, 'size');
  const { used: ofOne } = memory();
  let isOver = false;
  const predicting = async () => {
    while (!isOver) await model.predictAsync(rows);
  };
  // At any time one of them is under way.
  const loops = [predicting(), predicting(), predicting()];
  for (let i = 0; i < 8; i++) await model.fit(rows, 'size');
  const { used } = memory();
  isOver = true;
  await Promise.all(loops);
  expect(used).toBeLessThan(3.5 * ofOne);
});

it('is ended at any moment of reading, and says nothing else', async () => {
  const source = {
    async *[Symbol.asyncIterator]() {
      for (const row of rows) {
        await new Promise((resolve) => setImmediate(resolve));
        yield [row];
      }
    },
  };
  for (let i = 0; i < 60; i++) {
    const model = new MLPClassifier({ ...options, epochs: 1e6 });
    await model.fit(source, 'y', { maxTimeMs: 0.2 + i / 10 });
    expect(model.history.stoppedBy).toBe('maxTime');
    model.dispose();
  }
});

it('says so where only rows that are held out have a weight', async () => {
  const model = new MLPClassifier({ seed: 1, epochs: 3, members: 1 });
  await model.fit(rows, 'y');
  const { rows: heldOut } = model.heldOut()!;
  const sampleWeight = rows.map((_, i) => (i === heldOut[0] ? 1 : 0));
  await expectRejection(model.fit(rows, 'y', { sampleWeight }), 'ERR_DATA', 'in every row to train on');
});

it('keeps what an epoch that did not end has taught', async () => {
  const many = Array.from({ length: 20_000 }, (_, i) => ({ a: i % 13, b: (7 * i) % 11, y: i % 5 }));
  const model = new MLPRegressor({
    seed: 1,
    backend: 'reference',
    members: 1,
    hiddenLayers: [256, 256],
    batchSize: 32,
  } as object);
  await model.fit(many, 'y', { maxTimeMs: 1000 });
  expect(model.history).toMatchObject({ stoppedBy: 'maxTime', epochs: [] });
  expect(model.history.members.length).toBe(1);
  expect(model.predict(many.slice(0, 3)).length).toBe(3);
});
