/** Dates and times written as text. A time without a zone is taken as UTC, as are the parts of every date. */

import { dayNumber, MILLISECONDS_PER_DAY } from './civil-days.js';

/**
 * How the dates of a column are written: with numbers for day and month, in this order or the other; or in ways that can
 * mean only one day, 'iso' (year-month-day with or without a time of day and a zone) and 'words' (the name of the month in
 * English). Those two are read in every column of dates.
 */
export const DATE_STYLES = ['iso', 'dayMonthYear', 'monthDayYear', 'words'] as const;
export type DateStyle = (typeof DATE_STYLES)[number];

export interface DateFormat {
  readonly style: DateStyle;
  /** What stands between day and month, some of './-'. With another sign, people may write them in the other order. */
  readonly separators: string;
}

export const ISO_DATES: DateFormat = { style: 'iso', separators: '' };

const ISO =
  /^(\d{4})([-/.])(\d\d?)\2(\d\d?)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z|[+-]\d\d:?(?:\d\d)?))?)?$/;
const TIME = String.raw`(?:,? (\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?)?`;
/** A year of two digits only where no year can come first. */
const NUMBERS = new RegExp(String.raw`^(\d\d?)([./-])(\d\d?)\2(\d{4}|(?<=[./])\d\d)${TIME}$`);
const WORDS = new RegExp(
  String.raw`^(?:(\d\d?)\.?[ -]([A-Za-z]{3,9})\.?,?|([A-Za-z]{3,9})\.? (\d\d?),?)[ -](\d{4}|(?<=-)\d\d)${TIME}$`,
);
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const LONGEST_DATE = 40;

/**
 * Milliseconds since 1970 of the instant that a trimmed text holds, or undefined if it holds none. A date in numbers is
 * read as the column writes it; with another separator, or in a column that has none of them, only if it means one day
 * whichever of day and month comes first.
 */
export function parseDate(text: string, { style, separators }: DateFormat): number | undefined {
  if (text.length > LONGEST_DATE) return undefined;
  const iso = parseIso(text);
  if (iso !== undefined) return iso;
  const both = readNumbers(text);
  if (both === undefined) return parseWords(text);
  if (separators.includes(both.separator)) return style === 'monthDayYear' ? both.monthFirst : both.dayFirst;
  if (both.separator === '.') return both.dayFirst;
  return isCertain(both) ? (both.dayFirst ?? both.monthFirst) : undefined;
}

/** A date in numbers, by either order; undefined where there is no such day. */
interface NumberedDate {
  readonly separator: string;
  readonly dayFirst: number | undefined;
  readonly monthFirst: number | undefined;
}

function readNumbers(text: string): NumberedDate | undefined {
  const parts = NUMBERS.exec(text);
  if (parts === null) return undefined;
  const [first, second, year] = [Number(parts[1]), Number(parts[3]), fullYear(parts[4])];
  const time = timeOfDay(parts.slice(5));
  if (time === undefined) return undefined;
  const at = (day: number | undefined) => (day === undefined ? undefined : day + time);
  return {
    separator: parts[2],
    dayFirst: at(dayOf(year, second, first)),
    monthFirst: at(dayOf(year, first, second)),
  };
}

const isCertain = ({ dayFirst, monthFirst }: NumberedDate) =>
  dayFirst === undefined || monthFirst === undefined || dayFirst === monthFirst;

/** Of two digits as spreadsheets take them: 29 is 2029, 30 is 1930. */
function fullYear(digits: string): number {
  const year = Number(digits);
  return digits.length > 2 ? year : year + (year < 30 ? 2000 : 1900);
}

/** Milliseconds since midnight; undefined if there is no such time. */
function timeOfDay([hours, minutes, seconds, fraction, half]: (string | undefined)[]): number | undefined {
  if (hours === undefined) return 0;
  const [hour, minute, second] = [hours, minutes, seconds].map((part) => Number(part ?? 0));
  if (minute > 59 || second > 60 || (half === undefined ? hour > 24 : hour < 1 || hour > 12))
    return undefined;
  const isAfternoon = half?.toLowerCase() === 'p';
  const hourOfDay = half === undefined ? hour : (hour % 12) + (isAfternoon ? 12 : 0);
  const part = fraction === undefined ? 0 : Number(`0.${fraction}`);
  return Math.round(((hourOfDay * 60 + minute) * 60 + second + part) * 1000);
}

function parseIso(text: string): number | undefined {
  const scanned = scanIso(text);
  if (!Number.isNaN(scanned)) return scanned;
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const day = dayOf(Number(parts[1]), Number(parts[3]), Number(parts[4]));
  const time = timeOfDay(parts.slice(5, 9));
  if (day === undefined || time === undefined) return undefined;
  return day + time - zoneOffset(parts[9]);
}

/**
 * The same for the forms that programs write, '2026-01-31' and '2026-01-31T08:45:00.123Z' with or without
 * milliseconds and Z, several times as fast as by the expression. NaN for any other text.
 */
function scanIso(text: string): number {
  const { length } = text;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return Number.NaN;
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  const day = dayOf(year, twoDigits(text, 5), twoDigits(text, 8)) ?? Number.NaN;
  if (length === 10) return day;
  if (text.charCodeAt(10) !== 84 || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58)
    return Number.NaN;
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  if (!(hour <= 24 && minute <= 59 && second <= 60)) return Number.NaN;
  const time = day + ((hour * 60 + minute) * 60 + second) * 1000;
  const end = text.charCodeAt(length - 1) === 90 ? length - 1 : length;
  if (end === 19) return time;
  if (end !== 23 || text.charCodeAt(19) !== 46) return Number.NaN;
  return time + 10 * twoDigits(text, 20) + (twoDigits(text, 21) % 10);
}

/** The number of two digits; NaN if they are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : Number.NaN;
}

/** Milliseconds that a zone is ahead of UTC. */
function zoneOffset(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return (zone[0] === '-' ? -minutes : minutes) * 60_000;
}

function parseWords(text: string): number | undefined {
  const parts = WORDS.exec(text);
  if (parts === null) return undefined;
  const name = (parts[2] ?? parts[3]).toLowerCase();
  const month = MONTHS.findIndex((month) => month === name || month.slice(0, 3) === name) + 1;
  const day = dayOf(fullYear(parts[5]), month, Number(parts[1] ?? parts[4]));
  const time = timeOfDay(parts.slice(6));
  return day === undefined || time === undefined ? undefined : day + time;
}

/** The start of a day, or undefined if there is no such day. */
function dayOf(year: number, month: number, day: number): number | undefined {
  const days = dayNumber(year, month, day);
  return days === undefined ? undefined : days * MILLISECONDS_PER_DAY;
}

/** What a text says about how dates are written; undefined if it holds none. */
export type DateEvidence = 'iso' | 'words' | { separator: string; order: 'day' | 'month' | 'either' };

export function dateEvidence(text: string): DateEvidence | undefined {
  if (text.length > LONGEST_DATE) return undefined;
  if (parseIso(text) !== undefined) return 'iso';
  const both = readNumbers(text);
  if (both === undefined) return parseWords(text) === undefined ? undefined : 'words';
  const { separator, dayFirst, monthFirst } = both;
  if (dayFirst === undefined && monthFirst === undefined) return undefined;
  if (dayFirst === undefined) return { separator, order: 'month' };
  return { separator, order: monthFirst === undefined ? 'day' : 'either' };
}
