import { describe, expect, it } from 'vitest';
import { erfc } from '../../src/numbers/erf.js';
import { expectClose } from '../tolerance.js';

/** Abramowitz and Stegun, tables 7.1 and 7.3, and DLMF 7.23, to the digits printed there or more. */
const PUBLISHED: [number, number][] = [
  [0, 1],
  [0.1, 0.8875370839817152],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [2, 0.004677734981047266],
  [0.9999, 0.15734072195124052],
  [2.5, 0.0004069520174449589],
  [3, 0.00002209049699858544],
  [5, 1.5374597944280349e-12],
  [10, 2.088487583762545e-45],
  [26, 5.663192408856143e-296],
];

describe('erfc', () => {
  it.each(PUBLISHED)('of %f', (x, value) => {
    const tolerance = { relative: 2e-15, floor: 0 };
    expectClose(erfc(x), value, tolerance, `erfc(${x})`);
    expectClose(erfc(-x), 2 - value, { relative: 1e-15, floor: 0 }, `erfc(-${x})`);
  });

  it('ends in 0 and 2, and keeps a NaN', () => {
    expect([erfc(Infinity), erfc(-Infinity), erfc(40), erfc(Number.NaN)]).toEqual([0, 2, 0, Number.NaN]);
  });
});
