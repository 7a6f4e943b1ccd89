import { beforeAll, describe, expect, it } from 'vitest';
import { MLPClassifier, MLPRegressor } from '../../src/index.js';
import { engines } from '../engines.js';
import { expectError } from '../errors.js';
import { draw, houses, irisRows, small } from '../estimators/rows.js';
import { expectClose, forwardPass } from '../tolerance.js';
import { expectSameError, importText, type PredictingModule } from './modules.js';

/** Every kind of column, with gaps. */
const mixed = Array.from({ length: 240 }, (_, i) => ({
  number: i % 11 === 0 ? null : 20 * draw(i),
  price: `$${(1000 * draw(300 + i)).toFixed(2)}`,
  plan: ['free', 'team', 'company', 'NA'][i % 4],
  sold: i % 3 === 0 ? 'yes' : 'no',
  when: new Date(Date.UTC(2024, 0, 1 + 5 * i, i % 24)).toISOString(),
  note: `a note that is different in every row, ${i}`,
}));
const target = mixed.map(({ number }, i) => (number ?? 5) + (i % 4) + draw(600 + i));
const label = target.map((value) => (value > 12 ? 'high' : value > 8 ? 'middle' : 'low'));

/** Rows that no training row is like. */
const odd = [
  { number: 'n/a', price: '$12', plan: 'unheard of', sold: 'true', when: new Date(0) },
  { number: Number.POSITIVE_INFINITY, price: null, plan: undefined, sold: '', when: '' },
  { number: '3.5', price: 7n, plan: 3, sold: true, when: '2030-02-28T08:00:00Z' },
];

const probabilities = (module: PredictingModule, rows: unknown) => module.predictProbability(rows).flat();

describe.each(engines)('with the %s engine', (backend) => {
  const options = { ...small, epochs: 4, backend };

  describe('the module of a classifier', () => {
    let classifier: MLPClassifier<string>;
    let module: PredictingModule;
    beforeAll(async () => {
      classifier = new MLPClassifier<string>(options);
      await classifier.fit(mixed, label);
      module = await importText(classifier.toModule());
    });

    it('predicts as the classifier', () => {
      expect(module.predict(mixed)).toEqual(classifier.predict(mixed));
      expectClose(
        probabilities(module, mixed),
        classifier.predictProbability(mixed).flat(),
        forwardPass,
        'probabilities',
      );
      expect(module.classes).toEqual(classifier.classes);
    });

    it('reads rows as the classifier, with its warnings', () => {
      const [ofModule, ofClassifier]: string[][] = [[], []];
      const found = module.predictProbability(odd, { onWarning: (text: string) => ofModule.push(text) });
      const expected = classifier.predictProbability(odd as object[] as typeof mixed, {
        onWarning: (text) => ofClassifier.push(text),
      });
      expectClose(found.flat(), expected.flat(), forwardPass, 'probabilities');
      expect(ofModule).toEqual(ofClassifier);
      expect(ofModule.join('\n')).toContain("'unheard of'");
    });

    it('says what it expects', () => {
      expect(module.columns.map(({ name, kind }) => [name, kind])).toEqual([
        ['number', 'numeric'],
        ['price', 'numeric'],
        ['plan', 'categorical'],
        ['sold', 'boolean'],
        ['when', 'date'],
      ]);
      expect(module.columns[2].categories).toContain('company');
    });

    it.each<[unknown, string]>([
      [[{ number: 1, price: 'dear', plan: '', sold: '', when: '' }], "column 'price' holds 'dear' in row 0"],
      [[{ numbr: 1 }], 'lacks the columns'],
      [{ number: 1 }, 'a single row goes into an array'],
    ])('refuses %j in the words of the classifier', (rows, part) => {
      expectSameError(
        () => module.predict(rows),
        () => classifier.predict(rows as typeof mixed),
        part,
      );
    });

    it('refuses options in the words of the classifier', () => {
      const options = { onwarning: () => {} } as object;
      expectSameError(
        () => module.predict(mixed, options),
        () => classifier.predict(mixed, options),
        "did you mean 'onWarning'?",
      );
    });
  });

  it('a module of several members gives their mean', async () => {
    const classifier = await new MLPClassifier({ ...options, members: 3 }).fit(irisRows(), 'species');
    const module = await importText(classifier.toModule());
    expectClose(
      probabilities(module, irisRows()),
      classifier.predictProbability(irisRows()).flat(),
      forwardPass,
      'probabilities',
    );
  });

  it('the module of a regressor predicts numbers and intervals', async () => {
    const rows = houses(300);
    const regressor = await new MLPRegressor(options).fit(rows, 'price');
    const module = await importText(regressor.toModule());
    const { lower, upper } = module.predictInterval(rows, { coverage: 0.8 });
    const expected = regressor.predictInterval(rows, { coverage: 0.8 });
    expectClose(module.predict(rows) as number[], regressor.predict(rows), forwardPass, 'predictions');
    expectClose(lower, expected.lower, forwardPass, 'lower ends');
    expectClose(upper, expected.upper, forwardPass, 'upper ends');
    const coverage = 0.9999;
    expectSameError(
      () => module.predictInterval(rows, { coverage }),
      () => regressor.predictInterval(rows, { coverage }),
      'held-out rows',
    );
    expect(module).not.toHaveProperty('predictQuantiles');
  });

  it('the module of a quantile regressor predicts quantiles', async () => {
    const loss = { kind: 'quantile', quantiles: [0.1, 0.5, 0.9] } as const;
    const rows = houses(300);
    const regressor = await new MLPRegressor({ ...options, loss }).fit(rows, 'price');
    const module = await importText(regressor.toModule());
    expectClose(
      module.predictQuantiles(rows).flat(),
      regressor.predictQuantiles(rows).flat(),
      forwardPass,
      'quantiles',
    );
    expectClose(module.predict(rows) as number[], regressor.predict(rows), forwardPass, 'predictions');
  });
});

const plain = { ...small, epochs: 3, backend: 'reference' } as const;

it('what it computes is what the reference engine computes', async () => {
  const classifier = await new MLPClassifier({ ...plain, members: 2 }).fit(mixed, label);
  const module = await importText(classifier.toModule());
  expect(module.predictProbability(mixed)).toEqual(classifier.predictProbability(mixed));
});

describe('labels come back as they were', () => {
  const rows = houses(60).map(({ price: _, ...row }) => row);
  it.each<[string, unknown[]]>([
    ['numbers', [3, -0.5, 1e300]],
    ['booleans', [true, false]],
    ['bigints', [1n, 2n ** 80n]],
    ['texts', ['__proto__', "</script>\u2028'", '*/ `@x` {}']],
  ])('%s', async (_, labels) => {
    const own = rows.map((_, i) => labels[i % labels.length]) as string[];
    const classifier = await new MLPClassifier<string>(plain).fit(rows, own);
    const module = await importText(classifier.toModule());
    expect(module.classes).toEqual(classifier.classes);
    expect(module.predict(rows)).toEqual(classifier.predict(rows));
  });
});

describe('rows without names', () => {
  const rows = houses(80).map(({ area, noise }) => [area, noise]);
  const prices = houses(80).map(({ price }) => price);

  it('are arrays', async () => {
    const regressor = await new MLPRegressor(plain).fit(rows, prices);
    const module = await importText(regressor.toModule());
    expect(module.predict(rows)).toEqual(regressor.predict(rows));
    expectSameError(
      () => module.predict([[1, 2, 3]]),
      () => regressor.predict([[1, 2, 3]]),
      'has 3 columns, expected 2',
    );
  });

  it('get those of the option columns, as typed arrays do', async () => {
    const regressor = new MLPRegressor({ ...plain, columns: ['area', 'noise'] });
    await regressor.fit(Float32Array.from(rows.flat()), prices);
    const module = await importText(regressor.toModule());
    const expected = regressor.predict(Float32Array.from(rows.flat()));
    expect(module.predict(Float32Array.from(rows.flat()))).toEqual(expected);
    expect(module.predict(rows.map((row) => Array.from(Float32Array.from(row))))).toEqual(expected);
    expect(module.columns.map(({ name }) => name)).toEqual(['area', 'noise']);
  });
});

it('the module of a constant needs no network', async () => {
  const rows = houses(20).map(({ price: _, ...row }) => row);
  const regressor = await new MLPRegressor(plain).fit(rows, new Array(20).fill(5));
  const module = await importText(regressor.toModule());
  expect(module.predict(rows)).toEqual(new Array(20).fill(5));
});

it('a module of a classifier with a threshold obeys it', async () => {
  const rows = houses(100);
  const labels = rows.map(({ price }) => price > 250);
  const classifier = await new MLPClassifier({ ...plain, threshold: 0.9 }).fit(
    rows.map(({ price: _, ...row }) => row),
    labels,
  );
  const module = await importText(classifier.toModule());
  expect(module.predict(rows)).toEqual(classifier.predict(rows));
  const likelier = module.predictProbability(rows).map(([no, yes]) => yes > no);
  expect(module.predict(rows)).not.toEqual(likelier);
});

it('an estimator that was not fitted has none', () => {
  expectError(() => new MLPClassifier().toModule(), 'ERR_UNFITTED', 'toModule was called before fit');
});
