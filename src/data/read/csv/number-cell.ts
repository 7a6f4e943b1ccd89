/** Reads numbers straight from the bytes of cells. */

import { POWERS_OF_TEN, quotient } from './quotient.js';

const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
const LOWER_E = 101;
const UPPER_E = 69;

/** So many digits are a whole number of 32 bits. */
const HALF_DIGITS = 9;
/** A whole number of so many digits is exact in a double. */
const EXACT_DIGITS = 15;
/** Longer texts are no numbers that anybody has written. */
const LONGEST = 400;

/**
 * The number that a cell holds if it is written plainly: a sign, digits with a point or none, an exponent. It is what
 * `Number` makes of the text. NaN for anything else, and for what only looks like a number: digits after a leading
 * zero ('00501') and whole numbers beyond 2^53, of which two would become equal, are codes; what is too large for a
 * double is not infinite.
 */
export function numberCell(bytes: Uint8Array, start: number, end: number): number {
  const sign = start < end ? bytes[start] : 0;
  const first = sign === MINUS || sign === PLUS ? start + 1 : start;
  // Nine digits at a time, in whole numbers of 32 bits: those are fastest.
  let high = 0;
  let highDigits = 0;
  let point = -1;
  let at = first;
  for (; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (highDigits === HALF_DIGITS) break;
      high = (Math.imul(high, 10) + digit) | 0;
      highDigits++;
    } else if (digit === POINT - ZERO && point < 0) {
      point = at;
    } else break;
  }
  if (at < end && highDigits < HALF_DIGITS) return otherNumber(bytes, start, first, end);
  if (at < end) return longNumber(bytes, start, first, end, at, high, point);
  if (point < 0) {
    // '0' is a number, '01' is not.
    const isCode = bytes[first] === ZERO && highDigits > 1 && first === start;
    if (highDigits === 0 || isCode) return Number.NaN;
    return sign === MINUS ? -high : high;
  }
  if (highDigits === 0) return Number.NaN;
  const amount = high / POWERS_OF_TEN[end - point - 1];
  return sign === MINUS ? -amount : amount;
}

/**
 * A number of more than nine digits.
 *
 * @param at - the byte after the ninth digit; `high` is the number of the nine
 */
function longNumber(
  bytes: Uint8Array,
  start: number,
  first: number,
  end: number,
  at: number,
  high: number,
  point: number,
): number {
  let low = 0;
  let lowDigits = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (lowDigits === HALF_DIGITS) return otherNumber(bytes, start, first, end);
      low = (Math.imul(low, 10) + digit) | 0;
      lowDigits++;
    } else if (digit === POINT - ZERO && point < 0) {
      point = at;
    } else return otherNumber(bytes, start, first, end);
  }
  const isShort = HALF_DIGITS + lowDigits <= EXACT_DIGITS;
  if (point < 0 && (!isShort || bytes[first] === ZERO)) return otherNumber(bytes, start, first, end);
  const decimals = point < 0 ? 0 : end - point - 1;
  const whole = high * POWERS_OF_TEN[lowDigits];
  const amount = isShort ? (whole + low) / POWERS_OF_TEN[decimals] : quotient(whole, low, decimals);
  if (Number.isNaN(amount)) return otherNumber(bytes, start, first, end);
  return bytes[start] === MINUS ? -amount : amount;
}

/** A number that is written in any other way. */
function otherNumber(bytes: Uint8Array, start: number, first: number, end: number): number {
  if (end - start > LONGEST || !isNumber(bytes, first, end)) return Number.NaN;
  const text = textOf(bytes, start, end);
  const number = Number(text);
  if (!Number.isFinite(number)) return Number.NaN;
  return isCode(text) ? Number.NaN : number;
}

/** Whether the bytes are digits with at most one point, and maybe an exponent. */
function isNumber(bytes: Uint8Array, first: number, end: number): boolean {
  let digits = 0;
  let points = 0;
  let at = first;
  for (; at < end; at++) {
    if (bytes[at] === POINT) points++;
    else if (isDigit(bytes[at])) digits++;
    else break;
  }
  if (digits === 0 || points > 1) return false;
  if (at === end) return true;
  if (bytes[at] !== LOWER_E && bytes[at] !== UPPER_E) return false;
  const sign = bytes[at + 1];
  let exponent = at + (sign === MINUS || sign === PLUS ? 2 : 1);
  if (exponent >= end) return false;
  for (; exponent < end; exponent++) if (!isDigit(bytes[exponent])) return false;
  return true;
}

const isDigit = (byte: number) => byte >= ZERO && byte <= ZERO + 9;

/** Whole numbers with a leading zero, or that a double cannot hold. */
function isCode(text: string): boolean {
  if (!/^\d+$/.test(text)) return false;
  return text.startsWith('0') || !Number.isSafeInteger(Number(text));
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (Buffer.isBuffer(bytes)) return bytes.toString('latin1', start, end);
  return String.fromCharCode(...bytes.subarray(start, end));
}
