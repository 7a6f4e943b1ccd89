/** Reads the commonest forms of numbers by their characters, several times as fast as by regular expressions. */

/** Powers of ten as far as they are needed; all are exact in double. */
const POWERS_OF_TEN = Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));
/** A whole number of so many digits is exact, too. */
const MOST_CHARACTERS = 15;
const [COMMA, MINUS, PLUS, POINT, PERCENT, SPACE, ZERO] = [...',-+.% 0'].map((sign) => sign.charCodeAt(0));

/**
 * The number that a text holds if it is written plainly: a sign, digits in groups or not, a decimal sign, and the
 * unit after it, or before it if it is a single character. It is a whole number divided by a power of ten, both exact,
 * and so the double nearest to the decimal, as `Number` finds it. NaN for any other text, which may be a number
 * nevertheless.
 *
 * @param groups - whether a separator may stand between thousands where it might be the decimal sign as well
 */
export function scanNumber(text: string, decimal: '.' | ',', unit: string, groups: boolean): number {
  let start = 0;
  let end = text.length;
  const sign = text.charCodeAt(0);
  if (sign === MINUS || sign === PLUS) start++;
  if (unit !== '') {
    const code = unit.charCodeAt(0);
    if (text.endsWith(unit)) end -= unit.length;
    else if (unit.length === 1 && text.charCodeAt(start) === code && code !== PERCENT) start++;
    else return Number.NaN;
    if (text.charCodeAt(end - 1) === SPACE) end--;
  }
  const amount =
    decimal === '.'
      ? scanDigits(text, start, end, POINT, COMMA, groups)
      : scanDigits(text, start, end, COMMA, POINT, groups);
  return sign === MINUS ? -amount : amount;
}

/** The amount from `start` to before `end`; NaN if it is written in another way. */
function scanDigits(
  text: string,
  start: number,
  end: number,
  decimal: number,
  separator: number,
  groups: boolean,
): number {
  if (end - start > MOST_CHARACTERS) return Number.NaN;
  let whole = 0;
  let digits = 0;
  let decimals = -1;
  // Digits since the last separator; -1 before the first.
  let group = -1;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      whole = 10 * whole + digit;
      digits++;
      if (decimals >= 0) decimals++;
      else if (group >= 0) group++;
    } else if (code === decimal && decimals < 0 && (group < 0 || group === 3)) {
      decimals = 0;
    } else if (code === separator && decimals < 0 && isGroup(group, digits, text.charCodeAt(start))) {
      group = 0;
    } else {
      return Number.NaN;
    }
  }
  if (digits === 0 || (decimals < 0 && group >= 0 && group !== 3)) return Number.NaN;
  const isEither = group >= 0 && decimals < 0 && digits <= 6;
  if (isEither && !groups) return Number.NaN;
  return decimals > 0 ? whole / POWERS_OF_TEN[decimals] : whole;
}

/** Whether a separator may follow: the first group has one to three digits and does not begin with 0. */
function isGroup(group: number, digits: number, first: number): boolean {
  return group < 0 ? digits >= 1 && digits <= 3 && first !== ZERO : group === 3;
}
