/** The command line's own small functions. */

import { describe, expect, test } from 'vitest';
import { CellWriter, isFormula } from '../../src/cli/predict/cells.js';
import { duration } from '../../src/cli/shared/arguments.js';
import { findKinds, findName } from '../../src/cli/shared/columns.js';
import { inTermsOfOptions } from '../../src/cli/shared/messages.js';
import {
  count,
  shortened,
  shortNumber,
  textTable,
  textWidth,
  timeText,
} from '../../src/cli/shared/text-table.js';
import { chooseTask, otherTask } from '../../src/cli/train/task.js';
import type { ColumnKind } from '../../src/index.js';
import { expectError } from '../errors.js';

const silent = { note() {}, warn() {}, record() {}, warnings: [] };

describe('the task', () => {
  const repeat = (values: unknown[], times: number) => Array.from({ length: times }, () => values).flat();
  const choose = (kind: ColumnKind, values: unknown[]) =>
    chooseTask({ path: 'f.csv', name: 'y', kind, values }, 'auto', undefined);

  test.each<[string, string, ColumnKind, unknown[]]>([
    ['classification', 'texts', 'categorical', ['a', 'b', 'c']],
    ['classification', 'two values', 'boolean', [true, false]],
    ['classification', 'two values', 'numeric', [0, 1, 1]],
    ['classification', 'two values', 'numeric', [0.5, 1.5]],
    ['classification', '3 different whole', 'numeric', repeat([1, 2, 3], 8)],
    ['classification', '10 different whole', 'numeric', repeat([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 5)],
    ['classification', '3 different whole', 'id', repeat([1n, 2n, 3n], 8)],
    ['regression', 'numbers', 'numeric', repeat([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 50)],
    ['regression', 'numbers', 'numeric', [1, 2, 3, 4]],
    ['regression', 'numbers', 'numeric', repeat([1.5, 2, 3], 20)],
  ])('is %s for %s', (task, reason, kind, values) => {
    const chosen = choose(kind, values);
    expect(chosen.task).toBe(task);
    expect(chosen.reason).toContain(reason);
  });

  test('is what is asked for, or what the metric is for', () => {
    const target = { path: 'f.csv', name: 'y', kind: 'numeric' as const, values: [1, 2, 3, 4.5] };
    expect(chooseTask(target, 'classification', undefined)).toEqual({ task: 'classification', reason: null });
    expect(chooseTask({ ...target, values: [0, 1] }, 'auto', 'rmse').task).toBe('regression');
    expect(chooseTask(target, 'auto', 'auc').task).toBe('classification');
  });

  test('says how to choose the other one, if there is another one', () => {
    expect(otherTask({ task: 'classification', reason: '' }, [1, 2])).toContain('--task regression');
    expect(otherTask({ task: 'classification', reason: '' }, ['a'])).toBe(null);
    expect(otherTask({ task: 'regression', reason: '' }, [1.5])).toContain('--task classification');
  });

  test.each<[string, ColumnKind, unknown[]]>([
    ['no rows', 'constant', []],
    ['1 row', 'constant', ['a']],
    ['one value in all rows', 'constant', ['a', 'a']],
    ['dates', 'date', ['2026-01-01', '2026-01-02']],
    ['lists or objects', 'unsupported', [[1], [2]]],
  ])('is none for %s', (message, kind, values) => {
    expectError(() => choose(kind, values), 'ERR_DATA', message);
  });
});

describe('columns', () => {
  const columns = { path: 'f.csv', names: ['a', 'A b', 'x,y', 'k=v'] };

  test('are found by name, then by what differs in letter case alone', () => {
    expect(findName('a', '--target', columns, silent)).toBe('a');
    expect(findName('a B ', '--target', columns, silent)).toBe('A b');
    expectError(
      () => findName('b', '--target', columns, silent),
      'ERR_OPTION',
      "f.csv has no column 'b' (--target)",
    );
    const both = { path: 'f.csv', names: ['A', 'a'] };
    expect(findName('A', '--target', both, silent)).toBe('A');
    expectError(() => findName(' A', '--target', both, silent), 'ERR_OPTION', "'A', 'a'");
  });

  test('have kinds, also with signs in their names', () => {
    const kinds = findKinds(['a=numeric,x,y=categorical', 'k=v=id'], columns, silent);
    expect([...kinds]).toEqual([
      ['a', 'numeric'],
      ['x,y', 'categorical'],
      ['k=v', 'id'],
    ]);
  });
});

describe('cells', () => {
  test.each(['=1', '+a', '-a', '@x', '\tx', '\rx', '-1+2', '=-5', '+'])(
    '%j is a formula to spreadsheets',
    (cell) => {
      expect(isFormula(cell)).toBe(true);
    },
  );

  test.each(['-1', '+1.5', '-1e-7', '-.5', 'a=b', '', '5-3', 'x', '-2.'])('%j is none', (cell) => {
    expect(isFormula(cell)).toBe(false);
  });

  test('are quoted where they have to be', () => {
    const writer = new CellWriter(',');
    expect(writer.line(['a,b', 'say "x"', 'two\nlines', -1.5, null, Number.NaN, true, 5n])).toBe(
      '"a,b","say ""x""","two\nlines",-1.5,,,true,5\n',
    );
    expect(writer.guarded).toBe(null);
    expect(new CellWriter('\t').line(['a,b', 'a\tb'])).toBe('a,b\t"a\tb"\n');
  });
});

describe('text', () => {
  test('has columns as wide as terminals make them', () => {
    expect(textWidth('naïve')).toBe(5);
    expect(textWidth('日本')).toBe(4);
    expect(shortened('a very long name', 7)).toBe('a very…');
    expect(shortened('日本語', 4)).toBe('日…');
    expect(shortened('a\nb', 9)).toBe('a\\nb');
    expect(
      textTable(
        [
          ['a', '1'],
          ['日本', '10'],
        ],
        [1],
      ),
    ).toEqual(['a      1', '日本  10']);
  });

  test('has numbers for people', () => {
    expect([0, 0.5, 1.23456, 12.3456, 123.456, 12_345.6, 1e-9, 1e12, Number.NaN].map(shortNumber)).toEqual([
      '0',
      '0.5',
      '1.235',
      '12.35',
      '123.5',
      '12,346',
      '1.00e-9',
      '1.00e+12',
      'unknown',
    ]);
    expect(count(1234567)).toBe('1,234,567');
    expect([0.25, 4, 59.6, 75, 4000].map(timeText)).toEqual([
      '0.3 s',
      '4 s',
      '1 min 0 s',
      '1 min 15 s',
      '1 h 6 min',
    ]);
  });
});

test('a time has a unit, or is in seconds', () => {
  expect(['60s', '500ms', '5m', '1.5h', '10', '.5 s'].map(duration)).toEqual([
    60e3, 500, 3e5, 5.4e6, 10e3, 500,
  ]);
  for (const wrong of ['', '0s', '-1s', '5d', 's', '1e3', 'Infinity'])
    expect(() => duration(wrong)).toThrow('60s');
});

test('advice is in terms of the command line', () => {
  expect(inTermsOfOptions("to use one, say what it is: columns: { 'my id': 'categorical' }")).toBe(
    "to use one, say what it is: --columns 'my id=categorical'",
  );
  expect(inTermsOfOptions("beforehand: columns: { 'it's': 'ignore' }")).toBe(
    "beforehand: --ignore 'it'\\''s'",
  );
});
