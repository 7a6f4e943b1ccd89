/**
 * Converts numbers in all the forms that callers may pass to the row-major Float32Arrays that engines take.
 * Refuses what cannot be learnt from (NaN, infinities, text) and names its row and column.
 */

import { ChainruleError, show } from '../error.js';
import { copyFloats, newDoubles, newFloats } from './allocate.js';
import type { Finder } from './finite.js';

/** Numbers in a typed array; BigInt arrays are not accepted. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** One array per row, all of the same length. */
export type Rows = readonly (readonly number[] | NumericArray)[];

/** Numbers before conversion: a typed array is kept as it came. */
export interface Matrix {
  values: NumericArray;
  /** Length of each row; null if the numbers came flat. */
  columns: number | null;
}

/**
 * Reads data flat or in rows. Each row must have `columns` values, or as many as the first row if that is
 * null. Throws ERR_DATA for anything but numbers, ERR_SHAPE for a row of another length.
 */
export function toMatrix(name: string, data: unknown, columns: number | null = null): Matrix {
  if (isNumericArray(data)) return { values: data, columns: null };
  if (!Array.isArray(data)) {
    const expected = 'a typed array, an array of numbers or an array of rows';
    throw new ChainruleError('ERR_DATA', `${name} is ${show(data)}, expected ${expected}`);
  }
  const width = rowLength(data);
  return width === null
    ? { values: flatArray(name, data), columns: null }
    : matrixOfRows(name, data, columns ?? width);
}

/** Length of the first row of data that comes row by row, or null for flat data. */
export function rowLength(data: unknown): number | null {
  return Array.isArray(data) && isRow(data[0]) ? data[0].length : null;
}

/**
 * The values of `matrix` as (rows, columns) in float32; the array itself if it is a Float32Array already.
 * Throws ERR_DATA for a NaN, an infinity, or a value beyond the range of float32.
 */
export function toFloat32(name: string, matrix: Matrix, columns: number, finder: Finder): Float32Array {
  const { values } = matrix;
  const converted = values instanceof Float32Array ? values : copyFloats(values, name);
  const index = viewName(values).startsWith('Float') ? finder.firstNonFinite(converted) : -1;
  if (index >= 0) throw notFinite(name, values[index], place(index, columns));
  return converted;
}

/** The place of a value in a row-major array, in words. */
export function place(index: number, columns: number): string {
  return `row ${Math.floor(index / columns)}, column ${index % columns} (both from 0)`;
}

function isNumericArray(data: unknown): data is NumericArray {
  return ArrayBuffer.isView(data) && /^(Float|Int|Uint)/.test(viewName(data));
}

/** 'Float32Array', 'DataView', ...: the same in every realm (a frame, a vm context), unlike the class. */
function viewName(view: ArrayBufferView): string {
  return String((view as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]);
}

function isRow(data: unknown): data is readonly unknown[] | NumericArray {
  return Array.isArray(data) || isNumericArray(data);
}

function notANumber(name: string, value: unknown, where: string): ChainruleError {
  return new ChainruleError('ERR_DATA', `${name} holds ${show(value)} in ${where}, expected a number`);
}

function notFinite(name: string, value: number, where: string): ChainruleError {
  const reason = Number.isFinite(value) ? ', which is beyond the range of float32' : '';
  return new ChainruleError('ERR_DATA', `${name} holds ${value} in ${where}${reason}`);
}

/** In double, so that a class index of 0.9999999999 is not taken for 1. */
function flatArray(name: string, data: readonly unknown[]): Float64Array {
  const values = newDoubles(data.length, name);
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (typeof value !== 'number') throw notANumber(name, value, `place ${i} (from 0)`);
    values[i] = value;
  }
  return values;
}

function matrixOfRows(name: string, data: readonly unknown[], columns: number): Matrix {
  const values = newFloats(data.length * columns, name);
  for (let r = 0; r < data.length; r++) {
    const row = data[r];
    if (!isRow(row)) {
      throw new ChainruleError(
        'ERR_DATA',
        `row ${r} of ${name} is ${show(row)}, expected an array of numbers`,
      );
    }
    if (row.length !== columns) {
      throw new ChainruleError(
        'ERR_SHAPE',
        `row ${r} of ${name} has ${row.length} columns, expected ${columns}`,
      );
    }
    for (let c = 0; c < columns; c++) {
      const index = r * columns + c;
      const value = row[c];
      if (typeof value !== 'number') throw notANumber(name, value, place(index, columns));
      values[index] = value;
      if (!Number.isFinite(values[index])) throw notFinite(name, value, place(index, columns));
    }
  }
  return { values, columns };
}
