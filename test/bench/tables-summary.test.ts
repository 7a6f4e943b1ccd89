/** The benchmark on tables: its numbers over the sets, by hand and as they are recorded. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const folder = new URL('../../bench/tables/', import.meta.url);
const load = (name: string) => import(new URL(name, folder).href);
const { DEFAULT_FOLDER, openFolder, readSet } = await load('folder.mjs');
const { overSets, ratioOf, secondsRatio, sgm, standardError, winTieLoss } = await load('summary.mjs');
const { judge } = await load('targets.mjs');

const close = (value: number) => expect.closeTo(value, 12);

describe('numbers over the sets', () => {
  const entries = [
    { name: 'p', task: 'classification', split: { repeats: 3 } },
    { name: 'q', task: 'classification', split: { repeats: 3 } },
    { name: 'r', task: 'regression', targetStd: 2, split: { repeats: 2 } },
  ];
  const sets = {
    p: {
      chainrule: {
        repeats: [0, 1, 2],
        error: [0.1, 0.2, 0.9],
        logloss: [0.3, 0.5, 9],
        auc: [1, 0.8, 0.6],
        fitSeconds: 1,
      },
      'sklearn-mlp': { repeats: [0, 1], error: [0.2, 0.3], logloss: [0.4, 0.8], fitSeconds: 2 },
      'realmlp-td-s': { repeats: [0], error: [0.1], logloss: [0.4], fitSeconds: 20 },
    },
    q: {
      chainrule: { repeats: [1, 2], error: [0, 0.02], logloss: [0.1, 0.1], auc: [0.9, 1], fitSeconds: 3 },
      'sklearn-mlp': { repeats: [0, 2], error: [0.5, 0.04], logloss: [0.7, 0.2], fitSeconds: 4 },
      'realmlp-td-s': { repeats: [0], error: [0.1], logloss: [0.4], fitSeconds: 10 },
    },
    r: {
      chainrule: { repeats: [0, 1], rmse: [1, 2], fitSeconds: 2 },
      'sklearn-mlp-scaled-y': { repeats: [0, 1], rmse: [2, 1], fitSeconds: 1 },
    },
  };

  test('a ratio takes the repeats that both have', () => {
    const to = { tool: 'chainrule', to: 'sklearn-mlp', task: 'classification' };
    // p has the means 0.15 and 0.25 over repeats 0 and 1; q has 0.02 and 0.04 in repeat 2.
    const error = Math.sqrt((0.16 * 0.03) / (0.26 * 0.05));
    expect(ratioOf(sets, entries, { ...to, metric: 'error' })).toEqual({ ratio: close(error), sets: 2 });
    // (0.4 + 0.1) / (0.6 + 0.2)
    expect(ratioOf(sets, entries, { ...to, metric: 'logloss' })).toEqual({ ratio: close(0.625), sets: 2 });
    expect(ratioOf(sets, entries, { ...to, to: 'nobody', metric: 'error' })).toBeNull();
  });

  test('seconds are those of a fit of each set', () => {
    const expected = { ratio: close(4 / 30), geometric: close(Math.sqrt((1 / 20) * (3 / 10))), sets: 2 };
    expect(secondsRatio(sets, entries, 'chainrule', 'realmlp-td-s')).toEqual(expected);
  });

  test('a tie is within one standard error of the paired difference', () => {
    expect(winTieLoss(sets, entries, 'chainrule', 'sklearn-mlp')).toEqual({ win: 2, tie: 0, loss: 0 });
    expect(winTieLoss(sets, entries, 'chainrule', 'sklearn-mlp-scaled-y')).toEqual({
      win: 0,
      tie: 1,
      loss: 0,
    });
    expect(standardError([1, 2, 3])).toBeCloseTo(1 / Math.sqrt(3), 12);
    expect(standardError([1])).toBeNull();
  });

  test('a tool alone has all its repeats', () => {
    expect(overSets(sets, entries, 'chainrule')).toEqual({
      sgmError: close(sgm([0.4, 0.01])),
      sgmNrmse: close(0.76),
      meanLogloss: close((9.8 / 3 + 0.1) / 2),
      meanAuc: close(0.875),
      fitSeconds: 6,
      sets: 3,
    });
    expect(sgm([0.4, 0.01])).toBeCloseTo(Math.sqrt(0.41 * 0.02), 12);
  });

  test('targets are higher for five members, and a live peer stands for the recorded one', () => {
    const tools = { chainrule: {}, 'sklearn-mlp': {}, 'sklearn-mlp-scaled-y': {}, 'realmlp-td-s': {} };
    const results = { entries, sets, tools, settings: { members: null } };
    const summary = (verdicts: { target: number; met: boolean }[]) =>
      verdicts.map(({ target, met }) => [target, met]);
    expect(summary(judge(results))).toEqual([
      [0.88, true],
      [0.92, true],
      [0.95, false],
      [0.1, false],
    ]);
    const bagged = judge({ ...results, settings: { members: 5 } });
    expect(bagged.map(({ target }: { target: number }) => target)).toEqual([0.82, 0.83, 0.87, 0.3]);
    const live = { repeats: [0], error: [0.1], logloss: [0.3], fitSeconds: 10 };
    const [error] = judge({
      ...results,
      tools: { ...tools, 'sklearn-mlp, live': {} },
      sets: { ...sets, p: { ...sets.p, 'sklearn-mlp, live': live } },
    });
    expect(error).toMatchObject({ to: 'sklearn-mlp, live', sets: 1, measured: close(1) });
  });
});

describe.runIf(existsSync(join(DEFAULT_FOLDER, 'results.json')))('the recorded results', () => {
  const file = join(DEFAULT_FOLDER, 'results.json');
  const isThere = existsSync(file);
  type Entry = { name: string; split: { repeats: number } };
  const { sets, recorded } = isThere ? openFolder(null) : { sets: [] as Entry[], recorded: { sets: {} } };
  const summary = isThere ? JSON.parse(readFileSync(file, 'utf8')).summary : {};

  test.each(Object.keys(summary))('of %s come to its recorded summary', (tool) => {
    const { sgmError, sgmNrmse, meanLogloss, meanAuc, ratioTo } = summary[tool];
    const rounded = (value: number | null) => (value === null ? null : expect.closeTo(value, 4));
    expect(overSets(recorded.sets, sets, tool)).toMatchObject({
      sgmError: rounded(sgmError),
      sgmNrmse: rounded(sgmNrmse),
      meanLogloss: rounded(meanLogloss),
      meanAuc: rounded(meanAuc),
    });
    for (const [to, { classification, regression }] of Object.entries<Record<string, number | null>>(
      ratioTo,
    )) {
      const ratio = (task: string, metric: string) =>
        ratioOf(recorded.sets, sets, { task, metric, tool, to })?.ratio ?? null;
      expect(ratio('classification', 'error'), to).toEqual(rounded(classification));
      expect(ratio('regression', 'nrmse'), to).toEqual(rounded(regression));
    }
  });

  test.each<Entry>(sets)('of $name have splits and cells as its manifest says', (entry) => {
    expect(readSet(DEFAULT_FOLDER, entry).test).toHaveLength(entry.split.repeats);
  });
});
