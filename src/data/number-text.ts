/** Numbers written as text: plain, with a decimal comma, in groups of thousands, with a currency or a percent sign. */

import { scanNumber } from './number-scan.js';
import { type Share, shareOf, type TextCounts } from './text-counts.js';

/** How the numbers of a column are written. The same for the whole column: '1,234' alone says too little. */
export interface NumberFormat {
  readonly decimal: '.' | ',';
  /** A currency or percent sign that every number has before or after it; '' for none. */
  readonly unit: string;
}

export const PLAIN: NumberFormat = { decimal: '.', unit: '' };

/** Digits can be matched in one way only: two runs of them side by side would take quadratic time on long texts. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
/** With groups of thousands, the first of which does not start with 0. */
const GROUPED = {
  '.': /^[+-]?[1-9]\d{0,2}(?:([,' \u00a0\u2009\u202f])\d{3}(?:\1\d{3})*)(?:\.\d*)?$/,
  ',': /^[+-]?[1-9]\d{0,2}(?:([.' \u00a0\u2009\u202f])\d{3}(?:\1\d{3})*)(?:,\d*)?$/,
};
const UNIT =
  /^([+-]?)(\p{Sc}|[A-Z]{3} )? ?([+-]?[\d.,' \u00a0\u2009\u202f]*[\d.,](?:[eE][+-]?\d+)?) ?(\p{Sc}|%|[A-Z]{3})?$/u;

/** What messages call numbers that are written so. */
export function numberWords({ decimal, unit }: NumberFormat): string {
  const style = decimal === ',' ? ' with a decimal comma' : '';
  return `a number${style}${unit === '' ? '' : ` with ${unit}`}`;
}

/** The number that a trimmed text holds (infinite for 'inf'), or undefined if it holds none in this format. */
export function parseNumber(text: string, format: NumberFormat): number | undefined {
  const scanned = scanNumber(text, format.decimal, format.unit);
  if (!Number.isNaN(scanned)) return scanned;
  if (format.decimal === '.' && NUMBER.test(text)) return format.unit === '' ? Number(text) : undefined;
  if (INFINITE.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const parts = splitUnit(text);
  if (parts === undefined || parts.unit !== format.unit) return undefined;
  return parseDigits(parts.digits, format.decimal);
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

/** '$1,050.00' as '1,050.00' and '$'. The sign may stand before the unit. */
function splitUnit(text: string): { digits: string; unit: string } | undefined {
  if (text.length > LONGEST_NUMBER) return undefined;
  const parts = UNIT.exec(text);
  if (parts === null) return undefined;
  const [, sign, before = '', digits, after = ''] = parts;
  if (before !== '' && after !== '') return undefined;
  return { digits: sign + digits, unit: (before || after).trim() };
}

/** A number with its unit, both of which messages show. */
export const LONGEST_NUMBER = 60;

/**
 * Whether digits are a code, not an amount: with a leading zero like '00501', or a whole number too long for a
 * double, of which two would become equal.
 */
function isCode(text: string): boolean {
  if (text.length < 2) return false;
  if (text.charCodeAt(0) === 48) return /^0\d+$/.test(text);
  return text.length > 15 && /^\d+$/.test(text) && !Number.isSafeInteger(Number(text));
}

/**
 * The format in which most of the texts are numbers, with the share of the cells that are; undefined if some of
 * the texts are codes. Texts that mean a missing value have to be left out before.
 *
 * @param most - with more cells that are none, their share does not matter
 */
export function detectNumberFormat(
  texts: TextCounts,
  most = Number.POSITIVE_INFINITY,
): (Share & { format: NumberFormat }) | undefined {
  for (const text of texts.keys()) if (isCode(text)) return undefined;
  const share = (format: NumberFormat) =>
    shareOf(texts, (text) => parseNumber(text, format) !== undefined, most);
  let best: Share & { format: NumberFormat } = { ...share(PLAIN), format: PLAIN };
  if (best.unread === undefined) return best;
  const unit = commonUnit(texts);
  for (const decimal of ['.', ','] as const) {
    const format = { decimal, unit };
    const candidate = share(format);
    if (candidate.read > best.read) best = { ...candidate, format };
  }
  return best;
}

/** The unit of the first text that looks like a number with or without one. */
function commonUnit(texts: TextCounts): string {
  for (const text of texts.keys()) {
    const parts = splitUnit(text);
    if (parts !== undefined && /\d/.test(parts.digits)) return parts.unit;
  }
  return '';
}
