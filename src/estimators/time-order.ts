/** Puts rows in the order of time. */

import { detectDateFormat } from '../data/date-format.js';
import { parseDate } from '../data/date-text.js';
import { isMissing, trimmed } from '../data/missing-cells.js';
import { detectNumberFormat } from '../data/number-format.js';
import { parseNumber } from '../data/number-text.js';
import { isDate } from '../data/realms.js';
import { type Share, TextCounter } from '../data/text-counts.js';
import { ChainruleError, show } from '../error.js';
import { finish } from '../turns.js';

type Key = number | bigint | string;

/**
 * The rows from the earliest to the latest; those of the same time stay in their order.
 *
 * @param times - numbers and dates; or texts, which may say numbers or dates as cells do, and else are compared by
 * their code units; null if the rows are in order
 * @throws {@link ChainruleError} ERR_DATA for a missing time, and for texts among others
 */
export function rowsInTime(rows: number, times: ArrayLike<unknown> | null): number[] {
  const order = Array.from({ length: rows }, (_, row) => row);
  if (times === null) return order;
  const keys = keysOf(times);
  return order.sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b));
}

function keysOf(times: ArrayLike<unknown>): Key[] {
  const keys = Array.from(times, timeOf);
  const counter = new TextCounter();
  keys.forEach((key, row) => {
    if (typeof key === typeof keys[0] || (typeof key !== 'string' && typeof keys[0] !== 'string')) {
      if (typeof key === 'string') counter.add(key);
      return;
    }
    throw wrongTime(times[row], row, `a time of the type of the first, ${show(times[0])}`);
  });
  const { counts: texts } = counter;
  if (texts.size === 0) return keys;
  const numbers = finish(detectNumberFormat(texts));
  if (numbers !== undefined && isWhole(numbers)) {
    return keys.map((key) => parseNumber(String(key), numbers.format) ?? key);
  }
  const dates = finish(detectDateFormat(texts));
  if (dates.isAmbiguous) {
    throw wrongTime(times[0], 0, 'year-month-day, since this may be day/month/year or month/day/year');
  }
  return isWhole(dates) ? keys.map((key) => parseDate(String(key), dates.format) ?? key) : keys;
}

const isWhole = ({ read, unread }: Share) => read > 0 && unread === undefined;

function timeOf(value: unknown, row: number): Key {
  const key = isDate(value) ? value.getTime() : typeof value === 'string' ? trimmed(value) : value;
  if (typeof key !== 'string' && typeof key !== 'bigint' && typeof key !== 'number') {
    throw wrongTime(value, row, 'a number, a date or a text');
  }
  if (isMissing(key)) throw wrongTime(value, row, 'a number, a date or a text');
  return key;
}

function wrongTime(value: unknown, row: number, expected: string): ChainruleError {
  return new ChainruleError(
    'ERR_DATA',
    `time holds ${show(value)} in row ${row} (from 0), expected ${expected}`,
  );
}
