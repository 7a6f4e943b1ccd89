import { describe, expect, it } from 'vitest';
import { openTable } from '../../../src/data/read/open-table.js';
import { readTable } from '../../../src/data/read/read-table.js';
import { expectRejection } from '../../errors.js';
import { cellsOf, cellsOfBatches, fileWith } from './files.js';

const lines = (...rows: unknown[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const read = (content: string, ending = '.jsonl') => readTable(fileWith(content, ending));
const cells = async (content: string, ending?: string) => cellsOf(await read(content, ending));

const ROWS = [
  { a: 1, size: { length: 2.5, more: { x: 'y' } } },
  { size: { length: 3 }, a: null },
  { a: 3, late: true, text: 'ä "\\,]}' },
];
const CELLS = {
  a: [1, null, 3],
  'size.length': [2.5, 3, undefined],
  'size.more.x': ['y', undefined, undefined],
  late: [undefined, undefined, true],
  text: [undefined, undefined, 'ä "\\,]}'],
};

describe('JSON lines', () => {
  it('are rows with the fields of all lines, those of objects inside by the names of both', async () => {
    expect(await cells(lines(...ROWS))).toEqual(CELLS);
    expect(await cells(`${lines(...ROWS).replaceAll('\n', '\r\n\n')}\n`)).toEqual(CELLS);
  });

  it('come in batches that have all columns', async () => {
    const source = await openTable(fileWith(lines(...ROWS), '.jsonl'), { batchRows: 2 });
    expect(source.names).toEqual(Object.keys(CELLS));
    for (let time = 0; time < 2; time++) expect(await cellsOfBatches(source)).toEqual(CELLS);
  });

  it('are refused soon, whatever they hold', async () => {
    const text = `{"a":NaN,"b":"${'\\"'.repeat(400_000)}`;
    await expectRejection(read(text), 'ERR_DATA', 'line 1 of ');
  });

  it('keep whole numbers that a double cannot hold, and know what Python writes', async () => {
    const text =
      '{"id":9007199254740993,"t":"n: 9007199254740993,","x":NaN}\n{"id":9007199254740995,"x":-Infinity}';
    expect(await cells(text)).toEqual({
      id: ['9007199254740993', '9007199254740995'],
      t: ['n: 9007199254740993,', undefined],
      x: [null, Number.NEGATIVE_INFINITY],
    });
  });

  it('may have any name for a field', async () => {
    const { names } = await read('{"__proto__":1,"toString":{"__proto__":2}}');
    expect(names).toEqual(['__proto__', 'toString.__proto__']);
  });

  it.each([
    ['{"a":1}\n\n{"a":2', /line 3 of .* is not JSON: /],
    ['{"a":1}\n[1,2]', /line 2 of .* holds an array, expected an object/],
    ['{"a":{"b":1},"a.b":2}', /line 1 of .* has 'a\.b' twice/],
    ['\n', /is empty/],
  ])('%j are none', async (text, message) => {
    await expectRejection(read(text), 'ERR_DATA', message);
  });

  it('know their lines', async () => {
    const table = await read('{"a":1}\n\n{"a":2}');
    expect([table.where(0), table.where(1)]).toEqual(['line 1', 'line 3']);
  });
});

describe('a JSON array', () => {
  it.each([
    ['on one line', JSON.stringify(ROWS)],
    ['on many lines', JSON.stringify(ROWS, null, 2)],
  ])('%s is rows', async (_, text) => {
    expect(await cells(text, '.json')).toEqual(CELLS);
    expect(await cells(text, '.txt')).toEqual(CELLS);
  });

  it('is cut wherever chunks end', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ i, text: `${'"\\,['.repeat(i % 9)}ß` }));
    const table = await read(JSON.stringify(rows, null, 1), '.json');
    expect(cellsOf(table)).toEqual({ i: rows.map(({ i }) => i), text: rows.map(({ text }) => text) });
    expect(table.where(19_999)).toBe(`line ${2 + 4 * 19_999}`);
  });

  it.each([
    ['[{"a":1},\n{"a":}]', /line 2 of .* is not JSON/],
    ['[{"a":1},\n{"a":2}', /ends within its array, .* line 2/],
    ['[{"a":1}] {', /goes on after the end/],
    ['[]', /is empty/],
  ])('%j is none', async (text, message) => {
    await expectRejection(read(text, '.json'), 'ERR_DATA', message);
  });
});
