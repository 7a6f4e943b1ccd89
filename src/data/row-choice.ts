/** Which rows a fit trains on, in which order, and which it holds out for validation. */

import type { FitSpec } from '../engine/contract.js';
import { ChainruleError } from '../error.js';
import { allRows, copyAs, newArray } from '../numbers/allocate.js';
import { type NumericArray, toMatrix } from '../numbers/matrix.js';
import { Stream, shuffle } from '../numbers/random.js';
import { unexpected } from '../options/checks.js';

/** The rows of each epoch in order of use: the same for every epoch, or a function of the epoch. */
export type RowOrder =
  | NumericArray
  | readonly number[]
  | ((epoch: number) => NumericArray | readonly number[]);

/** Rows to train on and rows to validate on; null for all rows of their data. */
export interface RowChoice {
  trainingRows: Uint32Array | null;
  validationRows: Uint32Array | null;
  /** Replaces `trainingRows` if the caller gives the order. */
  order: FitSpec['order'];
}

/** So many calls for an order take a fraction of a second. */
const MAX_ORDERED_EPOCHS = 1_000_000;

/** All epochs' orders are in memory together: at most 1 GiB. */
const MAX_ORDERED_ROWS = 2 ** 28;

/**
 * Holds out a fraction `validationSplit` of the rows, drawn from the seed. Both parts keep the order of the
 * data, for 'sequential' sampling.
 */
export function splitRows(rows: number, validationSplit: number, seed: number): RowChoice {
  if (validationSplit === 0) return { trainingRows: null, validationRows: null, order: null };
  const validating = Math.round(rows * validationSplit);
  if (validating === 0 || validating === rows) {
    const part = validating === 0 ? 'validate on' : 'train on';
    throw new ChainruleError(
      'ERR_OPTION',
      `validationSplit ${validationSplit} of ${rows} rows leaves none to ${part}, expected at least one`,
    );
  }
  const order = allRows(rows);
  shuffle(order, seed, Stream.split, 0);
  return {
    trainingRows: order.slice(0, rows - validating).sort(),
    validationRows: order.slice(rows - validating).sort(),
    order: null,
  };
}

/**
 * Checks the option `order` and evaluates it for every epoch.
 * Throws ERR_SHAPE if there are no rows or the epochs differ in length, ERR_DATA for a row that the data does
 * not have, ERR_OPTION if all epochs together are too long.
 */
export function orderRows(order: RowOrder, rows: number, epochs: number): RowChoice {
  if (typeof order !== 'function') {
    const given = toRows('order', order, rows);
    return {
      trainingRows: null,
      validationRows: null,
      order: { rows: given, rowsPerEpoch: given.length },
    };
  }
  if (epochs > MAX_ORDERED_EPOCHS) {
    throw new ChainruleError(
      'ERR_OPTION',
      `order is a function, which goes with at most ${MAX_ORDERED_EPOCHS} epochs, got epochs ${epochs}: fit several times, or give an array`,
    );
  }
  const first = toRows('order(1)', order(1), rows);
  const rowsPerEpoch = first.length;
  if (epochs * rowsPerEpoch > MAX_ORDERED_ROWS) {
    throw new ChainruleError(
      'ERR_OPTION',
      `order is a function, which for ${epochs} epochs of ${rowsPerEpoch} rows would have to be kept in ` +
        `memory; expected at most ${MAX_ORDERED_ROWS} rows in all: fit several times, or give an array`,
    );
  }
  const all = newArray(Uint32Array, epochs * rowsPerEpoch, 'the orders of all epochs');
  all.set(first);
  for (let epoch = 2; epoch <= epochs; epoch++) {
    const name = `order(${epoch})`;
    const given = toRows(name, order(epoch), rows);
    if (given.length !== rowsPerEpoch) {
      throw new ChainruleError(
        'ERR_SHAPE',
        `${name} has ${given.length} rows, expected ${rowsPerEpoch} as in order(1)`,
      );
    }
    all.set(given, (epoch - 1) * rowsPerEpoch);
  }
  return { trainingRows: null, validationRows: null, order: { rows: all, rowsPerEpoch } };
}

/** Checks the form of the option `order`. Throws ERR_OPTION. */
export function checkOrder(value: unknown, name: string): RowOrder {
  if (typeof value === 'function' || Array.isArray(value) || ArrayBuffer.isView(value)) {
    return value as RowOrder;
  }
  throw unexpected(name, value, 'an array of rows or a function of the epoch');
}

function toRows(name: string, given: unknown, rows: number): Uint32Array {
  const { values, columns } = toMatrix(name, given);
  if (columns !== null || values.length === 0) {
    throw new ChainruleError('ERR_SHAPE', `${name} is not a list of rows, expected at least one`);
  }
  const wrong = values.findIndex((row) => !Number.isInteger(row) || row < 0 || row >= rows);
  if (wrong >= 0) {
    throw new ChainruleError(
      'ERR_DATA',
      `${name} holds ${values[wrong]} in place ${wrong} (from 0), ` +
        `expected a row of x: a whole number from 0 to ${rows - 1}`,
    );
  }
  return copyAs(Uint32Array, values, name);
}
