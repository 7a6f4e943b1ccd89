/** Numbers written as text: with a point or a decimal comma, in groups of thousands, with a currency or another unit. */

import { scanNumber } from './number-scan.js';
import { amountOf, isSameUnit, partsOf } from './number-units.js';

/** How the numbers of a column are written. The same for the whole column: '1,234' alone says too little. */
export interface NumberFormat {
  readonly decimal: '.' | ',';
  /** What every number has before or after it: a currency, a percent sign, 'kg'; '' for none. */
  readonly unit: string;
  /** Whether some have commas or points between thousands: otherwise '1,234' is no number, since it may be 1.234. */
  readonly groups: boolean;
  /** Whether some have a k, an M or the like after them, for thousands and millions. */
  readonly magnitudes: boolean;
}

export const PLAIN: NumberFormat = { decimal: '.', unit: '', groups: false, magnitudes: false };

/** Digits can be matched in one way only: two runs of them side by side would take quadratic time on long texts. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
/** With groups of thousands, the first of which does not start with 0; in India those above are of two digits. */
const GROUPED = {
  '.': /^[+-]?[1-9]\d{0,2}(?:([,' \u00a0\u2009\u202f])\d{3}(?:\1\d{3})*|(?:,\d\d)+,\d{3})(?:\.\d*)?$/,
  ',': /^[+-]?[1-9]\d{0,2}(?:([.' \u00a0\u2009\u202f])\d{3}(?:\1\d{3})*)(?:,\d*)?$/,
};
/** Where only the place of a comma or point says whether it stands between thousands or before decimals. */
const EITHER = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;

/** What messages call numbers that are written so. @param text - that is not one */
export function numberWords({ decimal, unit, groups }: NumberFormat, text: unknown = ''): string {
  const style = decimal === ',' ? ' with a decimal comma' : '';
  const words = `a number${style}${unit === '' ? '' : ` with ${unit}`}`;
  if (groups || typeof text !== 'string' || !isEither(text, decimal)) return words;
  return `${words}; nobody can tell whether this means thousands, of which training had none with ${decimal === ',' ? 'points' : 'commas'}`;
}

function isEither(text: string, decimal: '.' | ','): boolean {
  const digits = partsOf(text.trim())?.digits ?? '';
  return EITHER.test(digits) && !digits.includes(decimal);
}

/** The number that a trimmed text holds (infinite for 'inf'), or undefined if it holds none in this format. */
export function parseNumber(text: string, format: NumberFormat): number | undefined {
  const scanned = scanNumber(text, format.decimal, format.unit, format.groups);
  if (!Number.isNaN(scanned)) return scanned;
  if (format.decimal === '.' && NUMBER.test(text)) return format.unit === '' ? Number(text) : undefined;
  if (INFINITE.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const amount = amountOf(parts, format.magnitudes);
  if (!isSameUnit(amount.unit, format.unit)) return undefined;
  if (!format.groups && EITHER.test(parts.digits) && !parts.digits.includes(format.decimal)) return undefined;
  const number = parseDigits(parts.digits, format.decimal);
  return number === undefined ? undefined : parts.sign * number * amount.factor;
}

function parseDigits(digits: string, decimal: '.' | ','): number | undefined {
  let plain = digits;
  if (GROUPED[decimal].test(digits)) {
    plain = plain.replace(decimal === '.' ? /[,'\s]/g : /[.'\s]/g, '');
  } else if (decimal === ',' && digits.includes('.')) {
    return undefined;
  }
  if (decimal === ',') plain = plain.replace(',', '.');
  return NUMBER.test(plain) ? Number(plain) : undefined;
}

/**
 * The decimal sign of a text that is a number with one of them only; undefined for texts that are none, and for those
 * that are a number with either.
 */
export function decimalOf(text: string): '.' | ',' | undefined {
  const digits = partsOf(text)?.digits;
  if (digits === undefined) return undefined;
  const [point, comma] = [parseDigits(digits, '.'), parseDigits(digits, ',')];
  if ((point === undefined) === (comma === undefined)) return undefined;
  return comma === undefined ? '.' : ',';
}
