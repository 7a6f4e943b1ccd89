/** Numbers and dates in text: what is read by their characters is what the expressions read. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDate } from '../../src/data/date-text.js';
import { scanNumber } from '../../src/data/number-scan.js';
import { type NumberFormat, PLAIN, parseNumber } from '../../src/data/number-text.js';

const dollars: NumberFormat = { decimal: '.', unit: '$' };
const percent: NumberFormat = { decimal: ',', unit: '%' };
const comma: NumberFormat = { decimal: ',', unit: '' };

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
  ])('%j with %j is %d', (text, format, number) => {
    expect(parseNumber(text, format)).toBe(number);
  });

  it('are the nearest doubles', () => {
    const digits = fc.stringMatching(/^[+-]?(\d{1,8}(\.\d{0,6})?|\.\d{1,9})$/);
    fc.assert(
      fc.property(digits, (text) => {
        expect(scanNumber(text, '.', '')).toBe(Number(text));
        expect(scanNumber(text.replace('.', ','), ',', '')).toBe(Number(text));
      }),
    );
  });

  it('are the same in groups of thousands and with a unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: -99_999_999, max: 99_999_999 }), (hundredths) => {
        const amount = hundredths / 100;
        const text = Math.abs(amount).toLocaleString('en-US', { minimumFractionDigits: 2 });
        const sign = amount < 0 ? '-' : '';
        expect(scanNumber(`${sign}$${text}`, '.', '$')).toBe(amount);
        expect(scanNumber(sign + text, '.', '')).toBe(amount);
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
        expect(parseDate(text, 'iso')).toBe(time);
        expect(parseDate(text.slice(0, 23), 'iso')).toBe(time);
        // By the expression.
        expect(parseDate(text.replace('T', ' '), 'iso')).toBe(time);
        expect(parseDate(`${text.slice(0, 19)}Z`, 'iso')).toBe(time - date.getUTCMilliseconds());
        expect(parseDate(text.slice(0, 10), 'iso')).toBe(Date.UTC(2000, 0) + daysFrom2000(text) * 86_400_000);
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
    expect(parseDate(text, 'iso')).toBeUndefined();
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
