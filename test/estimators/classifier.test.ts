import { describe, expect, it } from 'vitest';
import { MLPClassifier, type MLPClassifierOptions, MLPRegressor } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError, expectRejection } from '../errors.js';
import { draw, type Iris, irisRows, parted, small } from './rows.js';

const { training, test } = parted(irisRows());
const speciesOf = (rows: readonly Iris[]) => rows.map(({ species }) => species);
const featuresOf = (rows: readonly Iris[]) => rows.map(({ species, ...features }) => features);

describe.each(engines)('MLPClassifier, engine %s', (backend) => {
  const fast: MLPClassifierOptions = { ...small, hiddenLayers: [32, 32], epochs: 60, backend };

  it('learns iris from rows with a column of labels', async () => {
    const classifier = await new MLPClassifier(fast).fit(training, 'species');
    expect(classifier.classes).toEqual(['setosa', 'versicolor', 'virginica']);
    expect(classifier.score(test)).toBeGreaterThan(0.9);
    const predicted: string[] = classifier.predict(featuresOf(test));
    expect(predicted).toEqual(classifier.predict(test));
    expect(classifier.columns.map(({ name }) => name)).not.toContain('species');
    const probabilities = classifier.predictProbability(test);
    expect(probabilities.length).toBe(test.length);
    for (const row of probabilities) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    const evaluation = classifier.evaluate(test, speciesOf(test));
    expect(evaluation).toEqual(classifier.evaluate(test));
    expect(evaluation.logLoss).toBeLessThan(0.4);
    expect(evaluation.confusionMatrix?.flat().reduce((a, b) => a + b)).toBe(test.length);
  });

  it('takes labels apart, and rows that are arrays or one typed array', async () => {
    const arrays = (rows: readonly Iris[]) => featuresOf(rows).map((row) => Object.values(row));
    const fromObjects = await new MLPClassifier(fast).fit(featuresOf(training), speciesOf(training));
    const fromArrays = await new MLPClassifier(fast).fit(arrays(training), speciesOf(training));
    const columns = Object.keys(featuresOf(test)[0]);
    const flat = (rows: readonly Iris[]) => Float64Array.from(arrays(rows).flat());
    const fromFlat = await new MLPClassifier({ ...fast, columns }).fit(flat(training), speciesOf(training));
    const expected = fromObjects.predictProbability(featuresOf(test));
    expect(fromArrays.predictProbability(arrays(test))).toEqual(expected);
    expect(fromFlat.predictProbability(flat(test))).toEqual(expected);
    expect(fromFlat.predictProbability(arrays(test))).toEqual(expected);
  });

  it('gives the same model on any number of threads, also with members', async () => {
    for (const members of [1, 3]) {
      const fitted = async (threads: number) => {
        const classifier = await new MLPClassifier({ ...fast, members, threads }).fit(training, 'species');
        return classifier.predictProbability(test);
      };
      expect(await fitted(2)).toEqual(await fitted(1));
    }
  });

  it('trains members on folds and calibrates by what they say of the others', async () => {
    const classifier = await new MLPClassifier({ ...fast, members: 4 }).fit(training, 'species');
    expect(classifier.history.members.length).toBe(4);
    expect(classifier.history.members.every(({ epochs }) => epochs.length === 60)).toBe(true);
    expect(classifier.score(test)).toBeGreaterThan(0.9);
  });
});

describe('labels', () => {
  const x = Array.from({ length: 80 }, (_, i) => ({ value: i % 2 === 0 ? draw(i) : 2 + draw(i) }));

  it.each([
    ['strings', ['no', 'yes']],
    ['numbers', [-1.5, 20]],
    ['booleans', [false, true]],
    ['bigints', [1n, 2n ** 70n]],
    ['names of properties', ['__proto__', 'constructor']],
  ])('come back as they came: %s', async (_, [first, second]) => {
    const labels = x.map((_, i) => (i % 2 === 0 ? first : second));
    const classifier = await new MLPClassifier(small).fit(x, labels);
    expect(classifier.predict(x)).toEqual(labels);
  });

  it('may be of one class, which is then certain', async () => {
    const classifier = await new MLPClassifier(small).fit(
      x,
      x.map(() => 'all'),
    );
    expect(classifier.predict(x.slice(0, 2))).toEqual(['all', 'all']);
    expect(classifier.predictProbability(x.slice(0, 1))).toEqual([[1]]);
    expect(
      classifier.evaluate(
        x,
        x.map(() => 'all'),
      ),
    ).toMatchObject({ accuracy: 1, logLoss: 0 });
  });

  it('may be more than the rows have', async () => {
    const labels: string[] = x.map((_, i) => (i % 2 === 0 ? 'a' : 'c'));
    const classifier = await new MLPClassifier(small).fit(x, labels, { classes: ['c', 'b', 'a'] });
    expect(classifier.classes).toEqual(['a', 'b', 'c']);
    expect(classifier.predict(x)).toEqual(labels);
    for (const [, b] of classifier.predictProbability(x)) expect(b).toBeLessThan(0.1);
    expect(classifier.evaluate(x.slice(0, 2), ['b', 'c']).accuracy).toBe(0.5);
    const refit = (classes: unknown) => new MLPClassifier(small).fit(x, labels, { classes } as object);
    await expectRejection(refit(['a', 'b']), 'ERR_DATA', "labels holds 'c' in row 1");
    await expectRejection(refit('a'), 'ERR_OPTION', "classes is 'a', expected an array");
    await expectRejection(
      new MLPRegressor(small).fit(
        x,
        x.map(({ value }) => value),
        { classes: [1] } as object,
      ),
      'ERR_OPTION',
      "unknown option 'classes'",
    );
  });

  it('are refused with their row if one is missing or new', async () => {
    const labels: unknown[] = x.map((_, i) => (i % 2 === 0 ? 'a' : 'b'));
    const replaced = (row: number, label: unknown) =>
      labels.map((own, i) => (i === row ? label : own)) as string[];
    const classifier = await new MLPClassifier(small).fit(x, labels as string[]);
    expectError(() => classifier.score(x, replaced(3, 'c')), 'ERR_DATA', "'c' in row 3");
    const missing = new MLPClassifier(small).fit(x, replaced(5, null));
    await expectRejection(missing, 'ERR_DATA', 'row 5');
    await expectRejection(new MLPClassifier(small).fit(x, ['a']), 'ERR_SHAPE', '1 values, expected 80');
    await expectRejection(
      new MLPClassifier(small).fit(x, 'valeu' as 'value'),
      'ERR_OPTION',
      "did you mean 'value'?",
    );
  });
});

describe('options', () => {
  it.each<[object, string]>([
    [{ hiddenLayer: [3] }, "did you mean 'hiddenLayers'?"],
    [{ hiddenLayers: [0] }, 'hiddenLayers[0] is 0'],
    [{ activation: 'softmax' }, 'activation'],
    [{ loss: 'squared' }, "unknown option 'loss'"],
    [{ metric: 'rmse' }, 'accuracy'],
    [{ members: 3, validationSplit: 0.2 }, 'expected one of them'],
    [{ columns: { a: 'numbers' } }, 'columns'],
    [{ classWeight: { a: -1 } }, "classWeight['a']"],
  ])('%j is refused', (options, part) => {
    expectError(() => new MLPClassifier(options), 'ERR_OPTION', part);
  });

  it('are kept with the seed that was drawn', () => {
    const given = { hiddenLayers: [5] };
    const { options } = new MLPClassifier(given);
    given.hiddenLayers.push(6);
    expect(options).toEqual({ hiddenLayers: [5], seed: expect.any(Number) });
  });

  it('a threshold is used, tuned on request, and refused for more classes', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => ({ value: draw(i) }));
    const labels = rows.map(({ value }, i) => draw(1000 + i) < value ** 3);
    const always = await new MLPClassifier({ ...small, threshold: 0 }).fit(rows, labels);
    expect(new Set(always.predict(rows))).toEqual(new Set([true]));
    const tuned = await new MLPClassifier({ ...small, threshold: 'balancedAccuracy' }).fit(rows, labels);
    const plain = await new MLPClassifier(small).fit(rows, labels);
    expect(tuned.threshold).toBeLessThan(0.5);
    expect(tuned.predictProbability(rows)).toEqual(plain.predictProbability(rows));
    const balanced = (classifier: typeof plain) => classifier.evaluate(rows, labels).balancedAccuracy;
    expect(balanced(tuned)).toBeGreaterThan(balanced(plain));
    const three = new MLPClassifier({ ...small, threshold: 0.5 }).fit(training, 'species');
    await expectRejection(three, 'ERR_OPTION', 'needs two classes, the labels have 3');
  });

  it('class weights are as good as sample weights', async () => {
    const weigh = (label: string) => (label === 'virginica' ? 3 : 1);
    const byClass = await new MLPClassifier({ ...small, classWeight: { virginica: 3 } }).fit(
      training,
      'species',
    );
    const sampleWeight = training.map(({ species }) => weigh(species));
    const byRow = await new MLPClassifier(small).fit(training, 'species', { sampleWeight });
    expect(byClass.predictProbability(test)).toEqual(byRow.predictProbability(test));
    const unknown = new MLPClassifier({ ...small, classWeight: { rose: 3 } }).fit(training, 'species');
    await expectRejection(unknown, 'ERR_OPTION', "'rose', expected one of the labels 'setosa'");
    const balanced = await new MLPClassifier({ ...small, classWeight: 'balanced' }).fit(training, 'species');
    expect(balanced.predictProbability(test)).toEqual(
      (await new MLPClassifier(small).fit(training, 'species')).predictProbability(test),
    );
  });
});

describe('fit', () => {
  it('holds out the rows that are given, a group, or the latest', async () => {
    const validated = await new MLPClassifier(small).fit(training, 'species', { validation: { rows: test } });
    const pair = await new MLPClassifier(small).fit(featuresOf(training), speciesOf(training), {
      validation: [featuresOf(test), speciesOf(test)],
    });
    expect(pair.predictProbability(test)).toEqual(validated.predictProbability(test));
    const grouped = await new MLPClassifier(small).fit(
      training.map((row, i) => ({ ...row, plot: i % 7 })),
      'species',
      { groups: 'plot' },
    );
    expect(grouped.columns.map(({ name }) => name)).not.toContain('plot');
    expect(grouped.score(test)).toBeGreaterThan(0.6);
    const timed = await new MLPClassifier(small).fit(training, 'species', { time: 'sepalLength' });
    expect(timed.history.bestEpoch).toBeGreaterThan(0);
    const both = new MLPClassifier(small).fit(training, 'species', { time: true, groups: 'sepalWidth' });
    await expectRejection(both, 'ERR_OPTION', 'groups and time are given');
  });

  it('tells of every epoch, and can be ended by a signal, an error and the clock', async () => {
    const epochs: [number, number][] = [];
    const options = { ...small, members: 2, threads: 1 };
    await new MLPClassifier(options).fit(training, 'species', {
      onEpoch: ({ member, epoch }) => epochs.push([member, epoch]),
    });
    expect(epochs).toEqual([0, 1].flatMap((m) => Array.from({ length: 20 }, (_, e) => [m, e + 1])));

    const controller = new AbortController();
    const aborted = await new MLPClassifier({ ...options, epochs: 100_000 }).fit(training, 'species', {
      signal: controller.signal,
      onEpoch: ({ epoch }) => epoch === 3 && controller.abort(),
    });
    expect(aborted.history.stoppedBy).toBe('aborted');
    expect(aborted.history.members.length).toBe(1);
    expect(aborted.predict(test).length).toBe(test.length);

    const failing = new MLPClassifier(options).fit(training, 'species', {
      onEpoch: () => {
        throw new TypeError('not today');
      },
    });
    await expect(failing).rejects.toThrow('not today');

    const started = performance.now();
    const timed = await new MLPClassifier({ ...options, epochs: 100_000 }).fit(training, 'species', {
      maxTimeMs: 400,
    });
    expect(timed.history.stoppedBy).toBe('maxTime');
    expect(timed.history.members.length).toBe(2);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('leaves out networks that have hardly begun when it is ended, if others are trained', async () => {
    const fitUntil = async (member: number, epoch: number) => {
      const controller = new AbortController();
      // The native engine may end such a short fit before it hears of the signal.
      const options = { ...small, members: 3, threads: 1, backend: 'reference' as const };
      return new MLPClassifier(options).fit(training, 'species', {
        signal: controller.signal,
        onEpoch: (record) => record.member === member && record.epoch === epoch && controller.abort(),
      });
    };
    const early = await fitUntil(1, 1);
    expect(early.networks).toHaveLength(1);
    expect(early.history).toMatchObject({ stoppedBy: 'aborted', members: [{ stoppedBy: 'epochs' }] });
    expect(early.heldOut()!.rows.length).toBe(training.length / 3);
    const late = await fitUntil(1, 15);
    expect(late.networks).toHaveLength(2);
    expect(late.history.stoppedBy).toBe('aborted');
    expect((await fitUntil(0, 1)).networks).toHaveLength(1);
  });

  it('is needed before everything else, and runs once at a time', async () => {
    const classifier = new MLPClassifier(small);
    expectError(() => classifier.predict(test), 'ERR_UNFITTED', 'predict was called before fit');
    const first = classifier.fit(training, 'species');
    await expectRejection(classifier.fit(training, 'species'), 'ERR_BUSY', 'await that first');
    await first;
    expect(classifier.predict(test).length).toBe(test.length);
    classifier.dispose();
    expectError(() => classifier.classes, 'ERR_UNFITTED', 'classes');
  });

  it('reads batches that arrive one after another', async () => {
    async function* batches() {
      for (let start = 0; start < training.length; start += 50) yield training.slice(start, start + 50);
    }
    const streamed = await new MLPClassifier(small).fit(batches(), 'species');
    const whole = await new MLPClassifier(small).fit(training, 'species');
    expect(streamed.predictProbability(test)).toEqual(whole.predictProbability(test));
  });
});

describe('partialFit', () => {
  it('goes on from a fit, and does not forget it', async () => {
    const classifier = await new MLPClassifier(small).fit(training, 'species');
    const giants = training
      .filter(({ species }) => species === 'setosa')
      .map((row) => ({ ...row, petalLength: row.petalLength + 10, petalWidth: row.petalWidth + 5 }));
    expect(classifier.score(giants)).toBeLessThan(0.1);
    await classifier.partialFit([...training, ...giants], 'species', { epochs: 200 });
    expect(classifier.score(giants)).toBeGreaterThan(0.9);
    expect(classifier.score(test)).toBeGreaterThan(0.8);
  });

  it('begins with the first rows, told of all classes', async () => {
    const classifier = new MLPClassifier<string>(small);
    const classes = ['setosa', 'versicolor', 'virginica'];
    for (let round = 0; round < 60; round++) {
      for (let start = 0; start < 3; start++) {
        await classifier.partialFit(
          training.filter((_, i) => i % 3 === start),
          'species',
          { classes },
        );
      }
    }
    expect(classifier.classes).toEqual(classes);
    expect(classifier.score(test)).toBeGreaterThan(0.8);
    const unknown = classifier.partialFit([{ ...training[0], species: 'rose' }], 'species');
    await expectRejection(unknown, 'ERR_DATA', "'rose' in row 0");
  });
});
