import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openTable } from '../../../src/data/read/open-table.js';
import type { ReadOptions } from '../../../src/data/read/options.js';
import { readTable } from '../../../src/data/read/read-table.js';
import { RowEncoder } from '../../../src/data/row-encoder.js';
import { MLPClassifier } from '../../../src/estimators/classifier.js';
import { expectRejection } from '../../errors.js';
import { cellsOf, cellsOfBatches, fileWith } from './files.js';

const read = (content: string | Uint8Array, options?: ReadOptions, ending?: string) =>
  readTable(fileWith(content, ending), options);
const cells = async (content: string | Uint8Array, options?: ReadOptions, ending?: string) =>
  cellsOf(await read(content, options, ending));

describe('cells', () => {
  it('are numbers in columns of numbers, and texts as written in others', async () => {
    const text = 'n,code,word\n1.50,1.50,b\n-2e3,A,b c\n,07,\n';
    expect(await cells(text)).toEqual({
      n: [1.5, -2000, Number.NaN],
      code: ['1.50', 'A', '07'],
      word: ['b', 'b c', null],
    });
  });

  it('of a column that shows late that it holds texts are as written, too', async () => {
    const codes = Array.from({ length: 60_000 }, (_, i) => (i < 40_000 ? `${i % 7}.50` : 'x1'));
    const { code } = await cells(`code,n\n${codes.map((code) => `${code},1`).join('\n')}\n`);
    expect(code).toEqual(codes);
  });

  it('of columns asked to be texts stay as written', async () => {
    expect(await cells('a,b\n1.0,2\n1e1,3\n', { columns: { a: 'categorical' } })).toEqual({
      a: ['1.0', '1e1'],
      b: [2, 3],
    });
  });

  it.each([
    ['quotes, delimiters and line ends', 'a,b\r\n"x, ""y""\r\nz",1\r\n', { a: ['x, "y"\r\nz'], b: [1] }],
    ['blanks around them', 'a , b\n  x ,\t1 \n "y" , 2\n', { a: ['x', 'y'], b: [1, 2] }],
    ['nothing but blanks in quotes', 'a,b\n"  ",1\nx,2\n', { a: ['  ', 'x'], b: [1, 2] }],
    ['quotes inside', 'a,b\n5" pipe,1\n', { a: ['5" pipe'], b: [1] }],
    ['line ends of old Macs', 'a,b\rx,1\r"y\rz",2\r', { a: ['x', 'y\rz'], b: [1, 2] }],
    ['letters of other scripts', 'ä,b\nžluť,1\n日本,2\n😀,3\n', { ä: ['žluť', '日本', '😀'], b: [1, 2, 3] }],
  ])('may hold %s', async (_, text, expected) => {
    expect(await cells(text)).toEqual(expected);
  });

  it.each([
    ['UTF-8 with a mark', (text: string) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16, little end first', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16, big end first', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['UTF-16 without a mark', (text: string) => Buffer.from(text, 'utf16le')],
    ['gzip', (text: string) => gzipSync(text)],
    [
      'gzip in two members',
      (text: string) => Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))]),
    ],
  ])('come from %s', async (_, encode) => {
    expect(await cells(encode('name,n\n"Zoë",1\nAnn,2\n'))).toEqual({ name: ['Zoë', 'Ann'], n: [1, 2] });
  });

  it('of Windows come with a warning, or in the encoding that is named', async () => {
    const bytes = Buffer.from('name,n\nZo\xeb,1\n', 'latin1');
    const table = await read(bytes);
    expect(cellsOf(table)).toEqual({ name: ['Zoë'], n: [1] });
    expect(table.warnings).toEqual([expect.stringMatching(/is not UTF-8 \(first in line 2\).*windows-1252/)]);
    expect(await read(bytes, { encoding: 'windows-1252' })).toMatchObject({ warnings: [] });
    expect(await cells(bytes, { encoding: 'iso-8859-5' })).toMatchObject({ name: ['Zoы'] });
  });
});

describe('missing cells', () => {
  it('are not those in quotes where others have none', async () => {
    const table = await read('name,n\n"NA",1\nAnn,2\nNA,3\nBob,4\n"null",NA\n');
    expect(table.typed('name')).toEqual(['NA', 'Ann', null, 'Bob', 'null']);
    expect(table.typed('n')).toEqual([1, 2, 3, 4, null]);
    expect(table.columns.map(({ missing }) => missing)).toEqual([1, 1]);
  });

  it('may be in quotes where everything is', async () => {
    const table = await read('"name","n"\n"NA","1"\n"Ann","2"\n"Bob",""\n');
    expect(table.typed('name')).toEqual([null, 'Ann', 'Bob']);
    expect(table.typed('n')).toEqual([1, 2, null]);
  });
});

describe('rows', () => {
  it.each([
    [
      'has too few cells',
      'a,b,c\n1,2,3\n\n4,5\n',
      /^line 4 of .* has 2 cells, expected 3, as in the names of line 1/,
    ],
    ['has too many cells', 'a,b\n"x\ny",1\nz,2,3\n', /^line 4 of .* has 3 cells, expected 2/],
    [
      'opens a quote and never closes it',
      'a,b\nx,1\ny,"2\nz,3\n',
      /quote that opens in line 3 of .* is never closed/,
    ],
    [
      'goes on after a quote',
      'a,b\nx,1\n"y"z,2\n',
      /a cell in line 3 of .* has text after its closing quote/,
    ],
    [
      'opens a quote that the next one closes',
      'a,b\n"y,2\nz,"3"\n',
      /opens in line 2 closes in line 3 .* text after it/,
    ],
    ['holds a zero byte', 'a,b\nx,1\n\0,2\n', /holds a zero byte in line 3/],
  ])('stop with the line of one that %s', async (_, text, message) => {
    await expectRejection(read(text), 'ERR_DATA', message);
  });

  it('know their lines', async () => {
    const table = await read('\n# note\na,b\nx,1\n\n"y\ny",2\nz,3\n');
    expect([0, 1, 2].map(table.where)).toEqual(['line 4', 'line 6', 'line 8']);
  });

  it('are only as many as asked for', async () => {
    expect(await cells('a\n1\n2\n3\n', { rows: 2 })).toEqual({ a: [1, 2] });
  });

  it('come in batches, as often as asked for', async () => {
    const source = await openTable(fileWith('a,b\n1,x\n2,y\n3,z\n'), { batchRows: 2 });
    for (let time = 0; time < 2; time++) {
      const sizes: number[] = [];
      for await (const { rowCount } of source) sizes.push(rowCount);
      expect(sizes).toEqual([2, 1]);
      expect(await cellsOfBatches(source)).toEqual({ a: [1, 2, 3], b: ['x', 'y', 'z'] });
    }
  });
});

describe('files that are none', () => {
  it.each([
    ['', /is empty/],
    ['\n \n', /is empty/],
  ])('%j', async (text, message) => {
    await expectRejection(read(text), 'ERR_DATA', message);
  });

  it.each([
    ['PK\x03\x04...', /an Excel workbook: save the sheet as CSV/],
    ['<!DOCTYPE html><html>', /a page of HTML/],
  ])('%j', async (text, message) => {
    await expectRejection(read(text), 'ERR_FILE', message);
  });

  it('pipes are read once, however often they are opened', async () => {
    const code = `
      const { readTable, openTable } = await import('./dist/index.js');
      await openTable('/dev/stdin');
      const table = await readTable('/dev/stdin');
      console.log(table.rowCount, table.values(0).every((cell, row) => cell === row));`;
    // Longer than what is read at once, also when it is packed.
    const rows = Array.from({ length: 200_000 }, (_, row) => `${row},${Math.imul(row, 0x9e3779b1) >>> 0}\n`);
    const path = fileWith(gzipSync(`a,b\n${rows.join('')}`));
    // Not the pipe of a child process of Node, which is a socket.
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', 'cat "$1" | "$2" --input-type=module -e "$3"', 'sh', path, process.execPath, code],
      { encoding: 'utf8' },
    );
    expect({ stdout, stderr }).toEqual({ stdout: '200000 true\n', stderr: '' });
  });

  it('names that are repeated thousands of times get numbers', async () => {
    const { names } = await openTable(fileWith(`${'a,'.repeat(60_000)}b\n${'1,'.repeat(60_000)}2\n`));
    expect([names[0], names[1], names[59_999]]).toEqual(['a', 'a_2', 'a_60000']);
  });

  it('a missing one, a folder, a broken gzip', async () => {
    await expectRejection(readTable('no-such.csv'), 'ERR_FILE', 'there is no file no-such.csv');
    await expectRejection(readTable('src'), 'ERR_FILE', 'src is a folder');
    await expectRejection(
      read(gzipSync('a,b\n'.repeat(1000)).subarray(0, 30)),
      'ERR_FILE',
      /cannot be unpacked as gzip/,
    );
  });
});

describe('an estimator', () => {
  it('names lines', async () => {
    const rows = Array.from(
      { length: 30 },
      (_, i) => `${i % 2},${(i * 7) % 5}.5,${i === 20 ? '' : 'ab'[i % 2]}`,
    );
    const table = await read(`x,z,y\n\n${rows.join('\n')}\n`);
    const classifier = new MLPClassifier({ epochs: 1, members: 1, backend: 'reference' });
    await expectRejection(
      classifier.fit(table, 'y'),
      'ERR_DATA',
      'labels holds null in line 23, expected a label',
    );
    await classifier.fit(table, 'x');
    const messages: string[] = [];
    classifier.predict(await read('z,y\n0.5,a\n\n0.5,c\n'), {
      onWarning: (message) => messages.push(message),
    });
    expect(messages).toEqual(["column 'y' holds 'c' in line 4, which was not in the training rows"]);
  });
});

describe('categories that look like numbers', () => {
  it('are found where a file makes numbers of them, unless two are the same number', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${['1.50', '3.1', '3.10', 'A'][i % 4]},${i % 4}`);
    const encoder = RowEncoder.fit(await read(`code,n\n${rows.join('\n')}\n`));
    const features = encoder.features(await read('code,n\n1.50,1\n3.10,1\n7.0,1\n'));
    const places = encoder.featureNames.map((name) => name.replace('code=', ''));
    const row = (index: number) => [...features.encode(index, index + 1)].map((value) => value > 0);
    expect(places.slice(0, 4)).toEqual(['1.50', '3.1', '3.10', 'A']);
    expect(row(0).slice(0, 4)).toEqual([true, false, false, false]);
    expect(row(1).slice(0, 4)).toEqual([false, true, false, false]);
    expect(row(2).slice(0, 4)).toEqual([false, false, false, false]);
  });
});
