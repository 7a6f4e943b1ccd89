import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberCell } from '../../../src/data/read/csv/number-cell.js';

/** With other bytes around the cell. */
const read = (text: string) => numberCell(Buffer.from(`9${text}.5`), 1, 1 + Buffer.byteLength(text));
const same = (text: string) => expect([text, read(text)]).toEqual([text, Number(text)]);

const digits = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((all) => all.join(''));

describe('numberCell', () => {
  it('reads every double as Number does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = String(number);
        if (/^\d{16,}$/.test(text) && !Number.isSafeInteger(number)) return;
        same(text);
      }),
      { numRuns: 20_000 },
    );
  });

  it('reads decimals of any length as Number does', () => {
    fc.assert(
      fc.property(fc.constantFrom('', '-', '+'), digits(0, 20), digits(0, 24), (sign, whole, decimals) => {
        if (whole + decimals !== '') same(`${sign}${whole}.${decimals}`);
      }),
      { numRuns: 50_000 },
    );
  });

  it('reads decimals in the middle of two doubles, and beside it, as Number does', () => {
    // A double and half of the distance to the next one, exactly; most need more digits than are read fast.
    fc.assert(
      fc.property(
        fc.integer({ min: 2 ** 52, max: 2 ** 53 - 1 }),
        fc.integer({ min: 1, max: 4 }),
        (whole, shift) => {
          const halves = (2n * BigInt(whole) + 1n) * 5n ** BigInt(shift);
          const text = String(halves).padStart(shift + 1, '0');
          const decimal = `${text.slice(0, -shift)}.${text.slice(-shift)}`;
          for (const each of [decimal, `${decimal}1`, `${decimal.slice(0, -1)}4`]) same(each);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it.each([
    '0',
    '-0',
    '0.0',
    '-0.5',
    '.5',
    '2.',
    '1e5',
    '1E-5',
    '-1.5e+10',
    '123456789',
    '1234567890',
    '123456789012345',
  ])('reads %s', (text) => {
    expect(Object.is(read(text), Number(text))).toBe(true);
  });
  it.each([
    '9007199254740991',
    '0.30000000000000004',
    '1e-320',
    '000.5',
    '-007',
    '+12',
    '0e0',
    '1.7976931348623157e308',
  ])('reads %s, too', same);

  it.each(
    [
      [
        '',
        '+',
        '-',
        '.',
        '-.',
        'e5',
        '.e5',
        '1e',
        '1e+',
        '1e5.',
        '1.2.3',
        '1-2',
        '0x10',
        '1_000',
        'NaN',
        'Infinity',
        '1 ',
      ],
      ['00501', '01', '9007199254740993', '12345678901234567890', '1e400', '٣', '1,5', '12O'],
      ['0000000000', '0123456789012', '1.234.567.890.123', '1234567890x', '12345678901e'],
    ].flat(),
  )('does not read %j', (text) => {
    expect(read(text)).toBeNaN();
  });
});
