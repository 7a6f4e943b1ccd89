/** Numbers and dates in text: what is read by their characters is what the expressions read. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DateFormat, ISO_DATES, parseDate } from '../../src/data/date-text.js';
import { scanNumber } from '../../src/data/number-scan.js';
import { type NumberFormat, PLAIN, parseNumber } from '../../src/data/number-text.js';

const point: NumberFormat = { ...PLAIN, groups: true };
const comma: NumberFormat = { ...point, decimal: ',' };
const dollars: NumberFormat = { ...point, unit: '$' };
const percent: NumberFormat = { ...comma, unit: '%' };
const kilograms: NumberFormat = { ...point, unit: 'kg' };
const days: NumberFormat = { ...point, unit: 'day' };
const short: NumberFormat = { ...point, magnitudes: true };
const shortEuros: NumberFormat = { ...short, unit: '€' };
const commaAlone: NumberFormat = { ...comma, groups: false };

describe('numbers', () => {
  it.each<[string, NumberFormat, number | undefined]>([
    ['3.5', PLAIN, 3.5],
    ['-0', PLAIN, -0],
    ['+.5', PLAIN, 0.5],
    ['5.', PLAIN, 5],
    ['007', PLAIN, 7],
    ['.', PLAIN, undefined],
    ['-', PLAIN, undefined],
    ['', PLAIN, undefined],
    ['1.2.3', PLAIN, undefined],
    ['1e3', PLAIN, 1000],
    ['0x10', PLAIN, undefined],
    ['1,050.25', PLAIN, 1050.25],
    ['1,050', PLAIN, undefined],
    ['1,050,000', PLAIN, 1050000],
    ['1,050', point, 1050],
    ['1,05', PLAIN, undefined],
    ['1,0500', PLAIN, undefined],
    ['0,500', PLAIN, undefined],
    ['1234,500', PLAIN, undefined],
    ['1,050,', PLAIN, undefined],
    ["1'050", PLAIN, 1050],
    ['123456789012345678', PLAIN, 123456789012345680],
    ['0.1234567890123456', PLAIN, 0.1234567890123456],
    ['$1,050.00', dollars, 1050],
    ['-$3.50', dollars, -3.5],
    ['$-3.50', dollars, -3.5],
    ['3.50 $', dollars, 3.5],
    ['3.50', dollars, undefined],
    ['$3$', dollars, undefined],
    ['12,5%', percent, 12.5],
    ['%12', percent, undefined],
    ['1.234,5', comma, 1234.5],
    ['1.234', comma, 1234],
    ['1.23', comma, undefined],
    ['1.234', commaAlone, undefined],
    ['1.234,5', commaAlone, 1234.5],
    ['12.345.678', commaAlone, 12345678],
    ['12,34,567.5', point, 1234567.5],
    ['12.3 kg', kilograms, 12.3],
    ['1,200kg', kilograms, 1200],
    ['-3\u00a0kg', kilograms, -3],
    ['12.3', kilograms, undefined],
    ['12.3 g', kilograms, undefined],
    ['12.3 kg/m', kilograms, undefined],
    ['1 day', days, 1],
    ['30 days', days, 30],
    ['1.2k', short, 1200],
    ['3M', short, 3e6],
    ['1.5 B', short, 1.5e9],
    ['450', short, 450],
    ['450m', short, undefined],
    ['€110.5M', shortEuros, 110.5e6],
    ['€565K', shortEuros, 565e3],
    ['€1.5m', shortEuros, 1.5e6],
    ['1.5m €', shortEuros, undefined],
    ['€0', shortEuros, 0],
    ['(1,200.50)', point, -1200.5],
    ['($1,200)', dollars, -1200],
    ['$(1,200)', dollars, -1200],
    ['1.234,50-', comma, -1234.5],
    ['-5-', point, undefined],
    ['(-5)', point, undefined],
    ['Rs. 1,200', { ...point, unit: 'Rs.' }, 1200],
    ['US$5', { ...point, unit: 'US$' }, 5],
    ['8/10', { ...point, unit: '/10' }, 8],
    ['Room 12', point, undefined],
    ['2026-01-31', point, undefined],
    ['31.12.2026', comma, undefined],
  ])('%j with %j is %d', (text, format, number) => {
    expect(parseNumber(text, format)).toBe(number);
  });

  it('are the nearest doubles', () => {
    const digits = fc.stringMatching(/^[+-]?(\d{1,8}(\.\d{0,6})?|\.\d{1,9})$/);
    fc.assert(
      fc.property(digits, (text) => {
        expect(scanNumber(text, '.', '', false)).toBe(Number(text));
        expect(scanNumber(text.replace('.', ','), ',', '', false)).toBe(Number(text));
      }),
    );
  });

  it('are the same in groups of thousands and with a unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: -99_999_999, max: 99_999_999 }), (hundredths) => {
        const amount = hundredths / 100;
        const text = Math.abs(amount).toLocaleString('en-US', { minimumFractionDigits: 2 });
        const sign = amount < 0 ? '-' : '';
        expect(scanNumber(`${sign}$${text}`, '.', '$', true)).toBe(amount);
        expect(scanNumber(sign + text, '.', '', true)).toBe(amount);
        expect(scanNumber(`${sign + text} kg`, '.', 'kg', true)).toBe(amount);
      }),
    );
  });
});

describe('dates', () => {
  const dates = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });

  it('are those that a Date writes', () => {
    fc.assert(
      fc.property(dates, (date) => {
        const text = date.toISOString();
        const time = date.getTime();
        expect(parseDate(text, ISO_DATES)).toBe(time);
        expect(parseDate(text.slice(0, 23), ISO_DATES)).toBe(time);
        // By the expression.
        expect(parseDate(text.replace('T', ' '), ISO_DATES)).toBe(time);
        expect(parseDate(`${text.slice(0, 19)}Z`, ISO_DATES)).toBe(time - date.getUTCMilliseconds());
        expect(parseDate(text.slice(0, 10), ISO_DATES)).toBe(
          Date.UTC(2000, 0) + daysFrom2000(text) * 86_400_000,
        );
      }),
    );
  });

  it.each([
    '2026-02-29',
    '2026-00-01',
    '2026-13-01',
    '2026-01-00',
    '2026-01-3x',
    '2026-01-31T25:00:00',
    '2026-01-31T10:60:00Z',
    '2026-01-31T10:00:00.1234567890Z',
    '2026-01-31Z',
  ])('%s is none', (text) => {
    expect(parseDate(text, ISO_DATES)).toBeUndefined();
  });
});

describe('dates of a column', () => {
  const german: DateFormat = { style: 'dayMonthYear', separators: '.' };
  const british: DateFormat = { style: 'dayMonthYear', separators: '/' };
  const american: DateFormat = { style: 'monthDayYear', separators: '/' };

  it.each<[string, DateFormat, string | undefined]>([
    ['31.12.2026', german, '2026-12-31'],
    ['5.3.2026', german, '2026-03-05'],
    ['5/3/2026', british, '2026-03-05'],
    ['5/3/2026', american, '2026-05-03'],
    ['5/3/26', american, '2026-05-03'],
    ['5/3/31', american, '1931-05-03'],
    ['5.3.26', german, '2026-03-05'],
    // Not as they are written: read only if they can mean one day.
    ['5/3/2026', german, undefined],
    ['5-3-2026', american, undefined],
    ['5/3/2026', ISO_DATES, undefined],
    ['31/12/2026', german, '2026-12-31'],
    ['12/31/2026', german, '2026-12-31'],
    ['31/12/2026', american, undefined],
    ['3/3/2026', ISO_DATES, '2026-03-03'],
    ['31.12.2026', american, '2026-12-31'],
    ['2026-12-31', german, '2026-12-31'],
    ['31 Dec 2026', german, '2026-12-31'],
    ['31-Dec-26', american, '2026-12-31'],
    ['26-12-31', german, undefined],
    ['31.12.2026 14:05', german, '2026-12-31T14:05'],
    ['31.12.2026, 14:05:09', german, '2026-12-31T14:05:09'],
    ['12/31/2026 2:05 PM', american, '2026-12-31T14:05'],
    ['12/31/2026 12:05:30 a.m.', american, '2026-12-31T00:05:30'],
    ['12/31/2026 13:05 PM', american, undefined],
    ['Dec 31, 2026 2:05pm', ISO_DATES, '2026-12-31T14:05'],
    ['1.2.3', german, undefined],
  ])('%j with %j is %s', (text, format, date) => {
    const utc = date === undefined || date.length > 10 ? `${date}Z` : date;
    expect(parseDate(text, format)).toBe(date === undefined ? undefined : Date.parse(utc));
  });
});

function daysFrom2000(text: string): number {
  const start = new Date(0).setUTCFullYear(
    Number(text.slice(0, 4)),
    Number(text.slice(5, 7)) - 1,
    Number(text.slice(8, 10)),
  );
  return (start - Date.UTC(2000, 0)) / 86_400_000;
}
