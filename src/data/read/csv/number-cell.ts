/** Reads numbers straight from the bytes of cells. */

const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
const LOWER_E = 101;
const UPPER_E = 69;

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** A whole number of so many digits is exact, too. */
const EXACT_DIGITS = 15;

/**
 * The number that a cell holds if it is written plainly: a sign, digits with a point or none, an exponent. It is what
 * `Number` makes of the text. NaN for anything else, and for what only looks like a number: digits after a leading
 * zero ('00501') and whole numbers beyond 2^53, of which two would become equal, are codes; what is too large for a
 * double is not infinite.
 */
export function numberCell(bytes: Uint8Array, start: number, end: number): number {
  const sign = start < end ? bytes[start] : 0;
  const first = sign === MINUS || sign === PLUS ? start + 1 : start;
  let whole = 0;
  let at = first;
  for (; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) break;
    whole = 10 * whole + digit;
  }
  if (at === end) {
    if (at === first || at - first > EXACT_DIGITS) return longNumber(bytes, start, first, end);
    // '0' is a number, '01' is not.
    if (bytes[first] === ZERO && at - first > 1 && first === start) return Number.NaN;
    return sign === MINUS ? -whole : whole;
  }
  if (bytes[at] !== POINT) return otherNumber(bytes, start, first, at, end);
  const point = at++;
  for (; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) break;
    whole = 10 * whole + digit;
  }
  const digits = at - first - 1;
  if (at < end || digits > EXACT_DIGITS || digits === 0) return otherNumber(bytes, start, first, at, end);
  const amount = whole / POWERS_OF_TEN[at - point - 1];
  return sign === MINUS ? -amount : amount;
}

/** A number of more digits, or none. */
function longNumber(bytes: Uint8Array, start: number, first: number, end: number): number {
  if (first === end || end - start > LONGEST) return Number.NaN;
  if (bytes[first] === ZERO && first === start) return Number.NaN;
  const number = Number(textOf(bytes, start, end));
  return Number.isSafeInteger(number) || first > start ? number : Number.NaN;
}

/** Longer texts are no numbers that anybody has written. */
const LONGEST = 400;

/**
 * A number with an exponent, or of many digits with a point.
 *
 * @param at - the first byte that is neither sign nor digit nor the first point
 */
function otherNumber(bytes: Uint8Array, start: number, first: number, at: number, end: number): number {
  const digits = at - first - (includesPoint(bytes, first, at) ? 1 : 0);
  if (digits === 0 || end - start > LONGEST) return Number.NaN;
  if (at < end) {
    if (bytes[at] !== LOWER_E && bytes[at] !== UPPER_E) return Number.NaN;
    const sign = bytes[at + 1];
    let exponent = at + (sign === MINUS || sign === PLUS ? 2 : 1);
    if (exponent >= end) return Number.NaN;
    for (; exponent < end; exponent++) if (bytes[exponent] < ZERO || bytes[exponent] > 57) return Number.NaN;
  }
  const number = Number(textOf(bytes, start, end));
  return Number.isFinite(number) ? number : Number.NaN;
}

function includesPoint(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] === POINT) return true;
  return false;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
  return text;
}
