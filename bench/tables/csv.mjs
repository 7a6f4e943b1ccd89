/** Reads CSV (RFC 4180) with a header line, plain or gzipped. */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A cell with what ends it; a cell in quotes has its quotes doubled inside. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/y;

/** @param {string} file the ending .gz says that it is gzipped */
export function readCsv(file) {
  const bytes = readFileSync(file);
  return parseCsv((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
}

/**
 * @param {string} text
 * @returns {{ header: string[], records: string[][] }} every record as long as the header
 * @throws {Error} naming the line, for a quote out of place or a record of another length
 */
export function parseCsv(text) {
  const [header, ...records] = cellsOf(text.replace(/^\uFEFF/, ''));
  if (!header) throw new Error('the file is empty');
  for (const [i, record] of records.entries()) {
    if (record.length !== header.length) {
      throw new Error(`row ${i} has ${record.length} cells, the header has ${header.length}`);
    }
  }
  return { header, records };
}

function cellsOf(text) {
  const records = [];
  let record = [];
  CELL.lastIndex = 0;
  while (CELL.lastIndex < text.length || record.length > 0) {
    const start = CELL.lastIndex;
    const found = CELL.exec(text);
    if (!found)
      throw new Error(`a quote or a carriage return is out of place in line ${lineOf(text, start)}`);
    const [, quoted, plain, end] = found;
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    records.push(record);
    record = [];
  }
  return records;
}

function lineOf(text, index) {
  return text.slice(0, index).split('\n').length;
}

/**
 * The value of a cell in a column of this type; an empty cell is missing, which is null. A text stays a text
 * even where it looks like a number.
 *
 * @param {string} cell
 * @param {'number' | 'text'} type
 */
export function cellValue(cell, type) {
  if (cell === '') return null;
  if (type === 'text') return cell;
  const value = Number(cell);
  if (cell.trim() === '' || !Number.isFinite(value)) throw new Error(`'${cell}' is not a number`);
  return value;
}
