/** Reports of models that are quick to train, of every kind that looks different. */

import { MLPClassifier, MLPRegressor, makeReport } from '../../src/index.js';
import { draw, houses, irisRows, small } from '../estimators/rows.js';

/** What would run in a page that does not escape it. */
export const EVIL = `</script></style></title><img src=x onerror="alert(1)">'"&\u202e`;

const LONG = 'a name as long as a whole sentence, which somebody gave to a column, '.repeat(4);

export const reports: Record<string, () => Promise<string>> = {
  'two classes': async () => {
    const rows = Array.from({ length: 240 }, (_, i) => ({
      age: i % 13 === 0 ? null : 20 + Math.round(60 * draw(5 * i)),
      city: ['Paris', 'Rome', 'Oslo'][Math.floor(3 * draw(5 * i + 1))],
      key: `k${i}`,
      came: draw(5 * i + 2) < draw(5 * i) ? 'back' : 'never',
    }));
    const classifier = await new MLPClassifier({ ...small, members: 2 }).fit(rows.slice(0, 160), 'came');
    const readWarnings = ['line 7 has 5 fields, expected 6'];
    return makeReport(classifier, rows.slice(160), 'came', { dataName: 'visits.csv', readWarnings });
  },
  'three classes, held out': async () => {
    const rows = irisRows();
    const classifier = await new MLPClassifier({ ...small, members: 3 }).fit(rows, 'species');
    const command = 'chainrule train iris.csv --target species';
    return makeReport(classifier, rows, 'species', { dataName: 'iris.csv', command });
  },
  'many classes': () => manyClasses(20),
  'too many classes to draw': () => manyClasses(80),
  numbers: async () => {
    const rows = houses(150);
    const regressor = await new MLPRegressor({ ...small, members: 2 }).fit(rows, 'price');
    return makeReport(regressor, rows, 'price', { dataName: 'houses.csv' });
  },
  quantiles: async () => {
    const loss = { kind: 'quantile', quantiles: [0.1, 0.5, 0.9] } as const;
    const regressor = await new MLPRegressor({ ...small, loss, validationSplit: 0.3 }).fit(
      houses(150),
      'price',
    );
    return makeReport(regressor, houses(200).slice(150), 'price');
  },
  'many columns': async () => {
    const rows = Array.from({ length: 120 }, (_, i) =>
      Object.fromEntries(Array.from({ length: 60 }, (_, j) => [`column ${j}`, draw(60 * i + j)])),
    );
    const labels = rows.map((row) => 3 * row['column 3']);
    const regressor = await new MLPRegressor({ ...small, members: 1 }).fit(rows, labels);
    return makeReport(regressor, rows, labels);
  },
  'names that bite': async () => {
    const rows = Array.from({ length: 90 }, (_, i) => ({
      [EVIL]: draw(4 * i),
      [LONG]: draw(4 * i + 1),
      'plain, <b>bold</b>': i % 3 === 0 ? EVIL : '</td>',
      target: draw(4 * i) < 0.5 ? `${EVIL}yes` : LONG,
    }));
    const classifier = await new MLPClassifier({ ...small, members: 2 }).fit(rows, 'target');
    const words = { title: EVIL, dataName: `${EVIL}.csv`, readWarnings: [EVIL], command: EVIL };
    return makeReport(classifier, rows, 'target', words);
  },
  'one class': async () => {
    const rows = irisRows().slice(0, 20);
    const classifier = await new MLPClassifier(small).fit(rows, 'species');
    return makeReport(classifier, rows, 'species');
  },
  'three rows': async () => {
    const regressor = await new MLPRegressor(small).fit(houses(3), 'price');
    return makeReport(regressor, houses(3), 'price');
  },
};

async function manyClasses(classes: number): Promise<string> {
  const rows = Array.from({ length: 12 * classes }, (_, i) => {
    const kind = i % classes;
    const sensors = Array.from({ length: 4 }, (_, j) => Math.sin(kind * (j + 1)) + draw(8 * i + j));
    return {
      ...Object.fromEntries(sensors.map((value, j) => [`sensor ${j}`, value])),
      kind: `kind number ${kind}`,
    };
  });
  const classifier = await new MLPClassifier({ ...small, members: 2 }).fit(rows, 'kind');
  return makeReport(classifier, rows, 'kind');
}
