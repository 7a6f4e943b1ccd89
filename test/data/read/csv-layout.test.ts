import { describe, expect, it } from 'vitest';
import { openTable } from '../../../src/data/read/open-table.js';
import type { ReadOptions } from '../../../src/data/read/options.js';
import { readTable } from '../../../src/data/read/read-table.js';
import { expectRejection } from '../../errors.js';
import { cellsOf, cellsOfBatches, fileWith } from './files.js';

const read = (content: string | Uint8Array, options?: ReadOptions, ending?: string) =>
  readTable(fileWith(content, ending), options);
const cells = async (content: string | Uint8Array, options?: ReadOptions, ending?: string) =>
  cellsOf(await read(content, options, ending));

describe('lines after the rows', () => {
  const rows = Array.from({ length: 9 }, (_, i) => `${i % 2 ? 'a' : 'b'};${i},5;${i}`);
  const text = (...lines: string[]) => `word;n;m\n${[...rows, ...lines].join('\n')}\n`;

  it.each([
    ['a total', ['Summe;40,5;'], 'line 11 of @ sums up the rows above it and is left out'],
    [
      'a total after a blank line',
      ['', 'Grand Total:;;36'],
      'line 12 of @ sums up the rows above it and is left out',
    ],
    ['a remark', ['', 'Source: own measurements'], 'line 12 of @, after the rows, is skipped'],
    ['remarks', ['', 'Source: page 7', '', 'as of May'], 'lines 12 to 14 of @, after the rows, are skipped'],
  ])('are left out if they are %s', async (_, lines, warning) => {
    const path = fileWith(text(...lines));
    const whole = await readTable(path);
    expect(whole.rowCount).toBe(9);
    expect(whole.columns.map(({ kind }) => kind)).toEqual(['categorical', 'numeric', 'numeric']);
    expect(whole.warnings).toEqual([warning.replace('@', path)]);
    for (const batchRows of [1, 3, 9, 10]) {
      const source = await openTable(path, { batchRows });
      expect((await cellsOfBatches(source)).m).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(source.warnings).toEqual([warning.replace('@', path)]);
    }
  });

  it.each([
    ['no cell is empty', ['Total;3,5;1']],
    ['another row has the word', ['Total;3,5;', 'a;1,5;1', 'Total;3,5;']],
    ['the word is a part of a name', ['Total loss;3,5;']],
  ])('are rows if %s', async (_, lines) => {
    const table = await read(text(...lines));
    expect(table).toMatchObject({ rowCount: 9 + lines.length, warnings: [] });
  });

  it.each([
    ['is shorter without a blank line before it', ['Source'], /line 11 of .* has 1 cell, expected 3/],
    ['has more than half of the cells', ['', 'a;b;c;d'], /line 12 of .* has 4 cells, expected 3/],
    ['is not the last', ['', 'Source', 'a;1,5;1'], /line 12 of .* has 1 cell, expected 3/],
  ])('are an error if one %s', async (_, lines, message) => {
    await expectRejection(read(text(...lines)), 'ERR_DATA', message);
  });
});

describe('delimiters', () => {
  it.each([
    ['semicolons, with decimal commas', 'a;b\n1,5;2,5\n3,5;4,5\n', { a: [1.5, 3.5], b: [2.5, 4.5] }],
    [
      'semicolons without a header',
      '1,5;2,5;3,5\n2,5;1,5;0,5\n',
      { 0: [1.5, 2.5], 1: [2.5, 1.5], 2: [3.5, 0.5] },
    ],
    [
      'semicolons, with decimal commas beside dates',
      'a;day;c\n0,000;01.01.2020;1,000\n1.004,625;02.01.2020;2.011,250\n2.009,250;13.01.2020;4.021,500\n',
      {
        a: [0, 1004.625, 2009.25],
        day: [1, 2, 13].map((day) => new Date(Date.UTC(2020, 0, day))),
        c: [1, 2011.25, 4021.5],
      },
    ],
    [
      'semicolons under a title with commas',
      'Sales, north, 2020\na;b\n1,5;2,5\n3,5;4,5\n',
      { a: [1.5, 3.5], b: [2.5, 4.5] },
    ],
    ['tabs', 'a\tb, c\nx y\t1\n', { a: ['x y'], 'b, c': [1] }],
    ['bars', 'a|b\nx,y|1\nz,w|2\n', { a: ['x,y', 'z,w'], b: [1, 2] }],
    ['what a first line says', 'sep=|\na|b;c\n1|2;3\n', { a: [1], 'b;c': ['2;3'] }],
    ['none', 'a\n1\n2\n', { a: [1, 2] }],
  ])('are %s', async (_, text, expected) => {
    const table = await read(text, text.startsWith('1') ? { header: false } : {});
    expect(Object.fromEntries(table.names.map((name) => [name, table.typed(name)]))).toEqual(expected);
  });

  it('are what the option says', async () => {
    expect(await cells('a b,c\n1 2,3\n', { delimiter: ' ' })).toEqual({ a: [1], 'b,c': ['2,3'] });
    await expectRejection(
      read('a,b\n', { delimiter: '"' }),
      'ERR_OPTION',
      /delimiter is '"', expected a character/,
    );
  });

  it('lets 1.234 mean 1234 only beside commas', async () => {
    const table = await read('a;b\n1.234;1.234\n987,5;2.5\n2.345,1;1.125\n');
    expect([table.typed('a'), table.typed('b')]).toEqual([
      [1234, 987.5, 2345.1],
      [1.234, 2.5, 1.125],
    ]);
  });
});

describe('the header', () => {
  it.each([
    ['titles', 'My leaves\nmade by, me\n\na,b,c,d\n1,2,3,4\n', 'abcd'],
    ['titles filled with empty cells', 'My leaves,,\n,,\na,b,c\n1,2,3\n4,5,6\n', 'abc'],
    ['comments', '# with, a comma\n#\na,b,c\n1,2,3\n', 'abc'],
  ])('comes after %s', async (_, text, names) => {
    const table = await read(text);
    expect(table.names.join('')).toBe(names);
    expect(table.warnings).toEqual([expect.stringMatching(/^lines? \d.* skipped$/)]);
  });

  it.each([
    ['is missing where the first line holds data', '5.1,3.5,setosa\n4.9,3.0,setosa\n', ['0', '1', '2'], 2],
    ['may hold years', 'city,2019,2020,2021\nBonn,1,2,3\nKiel,4,5,6\n', ['city', '2019', '2020', '2021'], 2],
    ['starts with #', '#chrom\tstart\nx\t1\n', ['#chrom', 'start'], 1],
    ['has a line end in a name', '"a\n b",c\n1,2\n', ['a b', 'c'], 1],
    ['repeats names', 'a,a,a_2,a\n1,2,3,4\n', ['a', 'a_3', 'a_2', 'a_4'], 1],
    ['lacks a name', 'a,,c\n1,2,3\n', ['a', 'unnamed_1', 'c'], 1],
    ['lacks the names of rows', 'a,b\nr1,1,2\nr2,3,4\n', ['unnamed_0', 'a', 'b'], 2],
    ['lacks the delimiter at the ends of rows', 'a,b\n1,x,\n2,y,\n', ['a', 'b'], 2],
    ['has a delimiter at its end', 'a,b,\n1,x\n2,y\n', ['a', 'b'], 2],
    ['is alone', 'a,b', ['a', 'b'], 0],
  ])('%s', async (_, text, names, rows) => {
    const table = await read(text);
    expect(table.names).toEqual(names);
    expect(table.rowCount).toBe(rows);
  });

  it('is what the options say', async () => {
    expect(await read('a,b\nx,y\n', { header: false })).toMatchObject({
      names: ['0', '1'],
      unnamed: true,
      rowCount: 2,
    });
    expect(await read('1.5,2\n1.5,3\n', { header: true })).toMatchObject({
      names: ['1.5', '2'],
      rowCount: 1,
    });
    expect(await read('a,b\n1,2\n', { names: ['x', 'y'] })).toMatchObject({ names: ['x', 'y'], rowCount: 1 });
    await expectRejection(read('a,b\n1,2\n', { names: ['x'] }), 'ERR_OPTION', /names has 1 name, expected 2/);
  });

  it('must have as many names as rows have cells', async () => {
    await expectRejection(
      read('a,b,c,d,e\nx,y,z,w\nu,v,w,x\n'),
      'ERR_DATA',
      /line 1 of .* has 5 cells and line 2 has 4/,
    );
  });
});
