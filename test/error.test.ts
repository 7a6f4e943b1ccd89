import { describe, expect, it } from 'vitest';

import { show } from '../src/error.js';

describe('show', () => {
  it('describes any value briefly', () => {
    expect(show('adam')).toBe("'adam'");
    expect(show('a'.repeat(1000))).toHaveLength(65);
    expect([1, -0, Number.NaN, 2n, true, null, undefined].map(show)).toEqual([
      '1',
      '0',
      'NaN',
      '2n',
      'true',
      'null',
      'undefined',
    ]);
    expect([[], {}, () => 0, new Map(), Object.create(null)].map(show)).toEqual([
      'an array',
      'an object',
      'a function',
      'an object of type Map',
      'an object',
    ]);
    expect(show(-(10n ** 100_000n)).length).toBeLessThan(60);
    // JSON can contain this; converting it to a string would throw.
    expect(show(JSON.parse('{"constructor": {"name": {"toString": 1}}}'))).toBe('an object');
  });
});
