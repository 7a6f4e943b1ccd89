import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, it } from 'vitest';
import { MLPClassifier, MLPRegressor, makeReport } from '../../src/index.js';
import type { ReportFacts } from '../../src/report/facts.js';
import { gatherFacts } from '../../src/report/gather.js';
import { resolveReport } from '../../src/report/options.js';
import { renderReport } from '../../src/report/page/render.js';
import { draw, houses, irisRows, small } from '../estimators/rows.js';
import { EVIL, reports } from './reports.js';

/** The parts of a parsed page that tests look at. */
interface Node {
  readonly localName: string;
  readonly textContent: string;
  readonly attributes: ArrayLike<{ name: string; value: string }>;
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): ArrayLike<Node>;
  getAttribute(name: string): string | null;
}

const parsed = (text: string) => (parseHTML(text) as unknown as { document: Node }).document;
const all = (node: Node, selector: string) => Array.from(node.querySelectorAll(selector));
const headings = (page: Node) => all(page, 'h2').map(({ textContent }) => textContent);

describe.each(Object.keys(reports))('the page about %s', (name) => {
  let text: string;
  let page: Node;
  beforeAll(async () => {
    text = await reports[name]();
    page = parsed(text);
  });

  it('loads nothing, runs nothing and says so', () => {
    expect(all(page, 'script, iframe, object, embed, form, img, foreignObject, image')).toEqual([]);
    const policy = page.querySelector('meta[http-equiv="Content-Security-Policy"]');
    expect(policy?.getAttribute('content')).toContain("default-src 'none'");
    for (const node of all(page, '*')) {
      for (const { name: attribute, value } of Array.from(node.attributes)) {
        expect(attribute).not.toMatch(/^on/i);
        if (attribute === 'href') expect(value).toMatch(/^#[a-z]+$|^data:,$/);
        expect(['src', 'srcset', 'action', 'xlink:href']).not.toContain(attribute);
      }
    }
    expect(text).not.toMatch(/url\(|@import/);
  });

  it('describes every chart, and has a caption for it', () => {
    const charts = all(page, 'svg.chart');
    for (const chart of charts) {
      expect(chart.getAttribute('role')).toBe('img');
      expect(chart.getAttribute('aria-label')).toMatch(/\w+/);
    }
    for (const figure of all(page, 'figure')) {
      expect(figure.querySelector('figcaption')?.textContent).toMatch(/\d/);
    }
    expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('has its sections in order, each with an anchor', () => {
    const found = headings(page);
    expect(found[0]).toBe('At a glance');
    expect(found.slice(-4)).toEqual(['Data', 'Training', 'Layers', 'To reproduce it']);
    const targets = all(page, 'nav a').map((link) => link.getAttribute('href'));
    expect(targets).toEqual(all(page, 'section').map((section) => `#${section.getAttribute('id')}`));
    expect(page.querySelector('title')?.textContent.length).toBeGreaterThan(0);
  });

  it('is small', () => {
    expect(Buffer.byteLength(text)).toBeLessThan(250_000);
  });
});

describe('what a page says', () => {
  const textOf = async (name: string) =>
    (parsed(await reports[name]()).querySelector('body')?.textContent ?? '').replace(/\s+/g, ' ');

  it('is which rows were tested, and what the reader had to say', async () => {
    const text = await textOf('two classes');
    expect(text).toContain('came in visits.csv');
    expect(text).toContain('Scores are of 80 rows that the caller says are new');
    expect(text).toContain('line 7 has 5 fields, expected 6');
    expect(text).toContain('a different text in every row');
    const heldOut = await textOf('three classes, held out');
    expect(heldOut).toContain(
      'all 150 rows of training, each predicted by the one of 3 networks that was not',
    );
    expect(heldOut).toContain('chainrule train iris.csv --target species');
    expect(heldOut).toContain(`Node${process.version}`);
  });

  it('is escaped, so that names are names', async () => {
    const text = await reports['names that bite']();
    const page = parsed(text);
    const shown = EVIL.replace('\u202e', '\ufffd');
    expect(page.querySelector('title')?.textContent).toBe(shown);
    expect(all(page, 'pre').map(({ textContent }) => textContent)).toContain(shown);
    expect(all(page, 'tbody th').map(({ textContent }) => textContent)).toContain(shown);
    expect(text).not.toContain('<img');
    expect(text).not.toContain('\u202e');
  });

  it('is the most important columns, and the rest on demand', async () => {
    const page = parsed(await reports['many columns']());
    const chart = all(page, '#importance svg')[0];
    expect(chart.textContent).toContain('column 3');
    const [open, folded] = all(page, '#data table').map((table) => all(table, 'tbody tr').length);
    expect([open, folded]).toEqual([30, 30]);
    expect(all(page, '#data details').length).toBe(1);
  });
});

it('every tick of a logarithmic loss has its label, and no two are near each other', async () => {
  const regressor = await new MLPRegressor({ ...small, members: 2 }).fit(houses(150), 'price');
  const facts = await gatherFacts(regressor, houses(150), 'price', resolveReport({ importance: false }));
  const losses = [1, 0.5, 0.1, 0.03, 0.007];
  const epochs = losses.map((loss, i) => ({ epoch: i + 1, loss, heldOutLoss: loss, heldOutAccuracy: null }));
  const members = [{ epochs, bestEpoch: 5, seconds: null }];
  const page = parsed(renderReport({ ...facts, training: { ...facts.training, members } }));
  const texts = all(page, '#training svg.chart text');
  const labels = ['0.5', '0.2', '0.1', '0.05', '0.02', '0.01'].map((label) =>
    texts.find(({ textContent }) => textContent === label),
  );
  const heights = labels.map((label) => Number(/,(-?[\d.]+)/.exec(label!.getAttribute('transform')!)![1]));
  for (const [i, height] of heights.entries()) if (i > 0) expect(height - heights[i - 1]).toBeGreaterThan(18);
});

it('a loss that diverged leaves the axis to the others', async () => {
  const regressor = await new MLPRegressor({ ...small, members: 1 }).fit(houses(60), 'price');
  const facts = await gatherFacts(regressor, houses(60), 'price', resolveReport({ importance: false }));
  const losses = [0.4, 0.8, Number.POSITIVE_INFINITY];
  const epochs = losses.map((loss, i) => ({ epoch: i + 1, loss, heldOutLoss: null, heldOutAccuracy: null }));
  const members = [{ epochs, bestEpoch: null, seconds: null }];
  const page = parsed(renderReport({ ...facts, training: { ...facts.training, members } }));
  const chart = page.querySelector('#training svg.chart')!;
  expect(chart.textContent).toContain('0.6');
  expect(chart.textContent).not.toMatch(/NaN|∞/);
});

it('a training of one epoch has its numbers, and no charts of lines', async () => {
  const regressor = await new MLPRegressor({ ...small, members: 2, epochs: 1 }).fit(houses(150), 'price');
  const training = parsed(await makeReport(regressor, houses(150), 'price')).querySelector('#training')!;
  expect(all(training, 'svg')).toEqual([]);
  expect(training.textContent).toContain('The training loss ends at');
  expect(all(training, 'tbody tr').length).toBe(2);
});

describe('findings', () => {
  const findings = (facts: ReportFacts) =>
    all(parsed(renderReport(facts)), '#overview .findings li').map(({ textContent }) => textContent);

  async function facts(rows: object[], labels: unknown[] | string, regressor = false): Promise<ReportFacts> {
    const options = { ...small, members: 2 };
    const estimator = regressor ? new MLPRegressor(options) : new MLPClassifier(options);
    await (estimator as MLPClassifier).fit(rows, labels as string);
    return gatherFacts(estimator, rows, labels, resolveReport({}));
  }

  it('tell a model that learnt from one that did not', async () => {
    const good = await facts(irisRows(), 'species');
    expect(findings(good).join()).toMatch(/Good\. The accuracy of [89]\d\.\d% is clearly better than always/);
    const rows = Array.from({ length: 150 }, (_, i) => ({ a: draw(2 * i), b: draw(2 * i + 1) }));
    const labels = rows.map((_, i) => draw(7000 + i) < 0.5);
    const bad = await facts(rows, labels);
    expect(findings(bad)[0]).toMatch(/^Caution\. The accuracy of .* is not clearly better than always/);
  });

  it('tell of rows that were trained on, of limits, of lost classes and of sick layers', async () => {
    const sound = await facts(irisRows(), 'species');
    const { tested, training, classes, layers } = sound;
    const perClass = classes!.perClass.map((scores, i) => (i === 1 ? { ...scores, recall: 0 } : scores));
    const sick = layers.map((member) => ({
      ...member,
      layers: member.layers.map((layer, l) => (l === 0 ? { ...layer, flat: 0.9, idle: 8 } : layer)),
    }));
    const words = findings({
      ...sound,
      tested: { ...tested, how: 'seen' },
      training: { ...training, stoppedBy: 'maxTime' },
      classes: { ...classes!, perClass },
      layers: sick,
    }).join('\n');
    expect(words).toContain('rows that the model was trained on, and flatter it');
    expect(words).toContain('The class “versicolor” is never recognised');
    expect(words).toContain('The time limit ended the training');
    expect(words).toContain('Saturated units: up to 90% of the activations of the layer “hidden\u00a01”');
    expect(words).toContain('Idle units: up to 50% of the units');
    expect(findings(sound).join()).not.toMatch(/Saturated|Idle|never|flatter/);
  });

  it('tell of intervals that do not keep their promise, on new rows', async () => {
    const sound = await facts(houses(200), 'price', true);
    const numbers = { ...sound.numbers!, intervals: [{ coverage: 0.9, covered: 0.64, width: 7 }] };
    const fresh = { ...sound.tested, how: 'new' as const };
    expect(findings({ ...sound, tested: fresh, numbers }).join()).toContain(
      'Intervals that should contain 90% of the rows contain 64.0%',
    );
    expect(findings({ ...sound, numbers }).join()).not.toContain('Intervals');
  });

  it('tell of bias and of a few rows with most of the error', async () => {
    const sound = await facts(houses(200), 'price', true);
    const numbers = sound.numbers!;
    const low = numbers.predicted.map((each) => each - 40);
    const rmse = numbers.evaluation.rmse + 40;
    const biased = { ...numbers, predicted: low, evaluation: { ...numbers.evaluation, rmse } };
    expect(findings({ ...sound, numbers: biased }).join()).toMatch(/too low by (3|4)\d/);
    const far = numbers.predicted.slice();
    far[17] += 10_000;
    expect(findings({ ...sound, numbers: { ...numbers, predicted: far } }).join()).toMatch(
      /2 rows of 200 make \d+% of the squared error/,
    );
  });
});

it('a page about 100,000 rows and 500 columns is below a megabyte', async () => {
  const rows = houses(60);
  const regressor = await new MLPRegressor({ ...small, members: 1 }).fit(rows, 'price');
  const facts = await gatherFacts(regressor, rows, 'price', resolveReport({}));
  const count = 100_000;
  const targets = Float64Array.from({ length: count }, (_, i) => 1e6 * draw(i));
  const predicted = targets.map((target, i) => target + 1e5 * (draw(count + i) - 0.5));
  const [column] = facts.data.columns;
  const name = (i: number) => `a column with the number ${i} among all of them`;
  const columns = Array.from({ length: 500 }, (_, i) => ({ ...column, name: name(i) }));
  const importance = {
    ...facts.importance!,
    columns: columns.map((each) => ({ name: each.name, importance: 1, standardDeviation: 0.1 })),
  };
  const page = renderReport({
    ...facts,
    numbers: { ...facts.numbers!, targets, predicted },
    data: { ...facts.data, columns },
    importance,
  });
  expect(Buffer.byteLength(page)).toBeLessThan(500_000);
  expect(page).toContain('1,500 of 100,000 rows are drawn');
  expect(page).toContain('The other 470 columns');
});
