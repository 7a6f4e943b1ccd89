import { describe, expect, it } from 'vitest';
import { MLPClassifier, MLPRegressor, search } from '../../src/index.js';
import { expectRejection } from '../errors.js';
import { houses, irisRows, parted } from './rows.js';

const { training, test } = parted(irisRows());

describe('search', () => {
  it('tries every combination and fits the best', async () => {
    const space = { hiddenLayers: [[], [8]], epochs: [1, 50] };
    const { estimator, options, score, candidates, total, metric } = await search(
      MLPClassifier,
      space,
      training,
      'species',
      { seed: 1 },
    );
    expect(total).toBe(4);
    expect(candidates.length).toBe(4);
    expect(metric).toBe('accuracy');
    expect(score).toBe(Math.max(...candidates.map(({ mean }) => mean)));
    expect(candidates.map(({ mean }) => mean)).toEqual(
      candidates.map(({ mean }) => mean).sort((a, b) => b - a),
    );
    expect(options.epochs).toBe(50);
    expect(estimator.options).toEqual(options);
    expect(estimator.score(test)).toBeGreaterThan(0.8);
  });

  it('goes on after a candidate that diverged', async () => {
    const space = { learningRate: [1e38, 0.01], epochs: [5], batchSize: [8], hiddenLayers: [[8]] };
    const options = { seed: 1, folds: 2 };
    const { options: best, candidates } = await search(MLPClassifier, space, training, 'species', options);
    expect(best.learningRate).toBe(0.01);
    expect(candidates[1]).toMatchObject({ scores: [], mean: Number.NaN });
    const none = search(MLPClassifier, { ...space, learningRate: [1e38] }, training, 'species', options);
    await expectRejection(none, 'ERR_DIVERGED', 'NaN or infinite');
  });

  it('takes a list, and finds the same again with a seed', async () => {
    const list = [
      { hiddenLayers: [4], epochs: 10 },
      { hiddenLayers: [16], epochs: 30 },
    ];
    const run = async () => {
      const result = await search(MLPRegressor, list, houses(100), 'price', { seed: 5, folds: 2 });
      return {
        scores: result.candidates.map(({ scores }) => scores),
        prices: result.estimator.predict(houses(5)),
      };
    };
    const first = await run();
    expect(first.scores[0][0]).toBeLessThan(0);
    expect(await run()).toEqual(first);
  });

  it('ends in time, with the first candidate at least', async () => {
    const started = performance.now();
    const space = {
      hiddenLayers: [[8], [16], [32], [64]],
      learningRate: [0.01, 0.02, 0.04],
      epochs: [50_000],
    };
    const { candidates, estimator, total } = await search(MLPClassifier, space, training, 'species', {
      folds: 2,
      maxTimeMs: 1000,
    });
    expect(total).toBe(12);
    expect(candidates.length).toBeLessThan(12);
    expect(candidates[0].options).toMatchObject({ hiddenLayers: [8], learningRate: 0.01 });
    expect(estimator.predict(test).length).toBe(test.length);
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it.each<[unknown, string]>([
    [{ hiddenLayers: [8] }, 'hiddenLayers is 8'],
    [{ epochs: 3 }, "the values of 'epochs' to search are 3"],
    [{ dropuot: [0.1] }, "did you mean 'dropout'?"],
    [[], 'empty array'],
    ['all', "'all'"],
  ])('refuses the space %j', async (space, part) => {
    await expectRejection(search(MLPClassifier, space as object, training, 'species'), 'ERR_OPTION', part);
  });
});
