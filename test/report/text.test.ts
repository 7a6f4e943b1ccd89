import { describe, expect, it } from 'vitest';
import {
  aligned,
  count,
  duration,
  figure,
  list,
  percent,
  plural,
  points,
  range,
} from '../../src/report/page/format.js';
import { escapeHtml, html, printable, shorten } from '../../src/report/page/html.js';
import { labelsOf } from '../../src/report/page/labels.js';

describe('numbers on the page', () => {
  it.each([
    [1234.5, '1,235'],
    [0, '0'],
    [2, '2'],
    [2.5, '2.50'],
    [59.02, '59.0'],
    [-0.1234, '\u22120.123'],
    [-0.00001, '\u22121.00\u202f×\u202f10⁻⁵'],
    [3.2e12, '3.20\u202f×\u202f10¹²'],
    [Number.NaN, '–'],
  ])('%d is %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it('are shares, counts, times and ranges', () => {
    expect([percent(0.9712), percent(1), percent(-0.0001), percent(Number.NaN)]).toEqual([
      '97.1%',
      '100.0%',
      '0.0%',
      '–',
    ]);
    expect([points(0.01), points(0.031)]).toEqual(['1 point', '3.1 points']);
    expect([count(1234567), count(2.55)]).toEqual(['1,234,567', '2.6']);
    expect([duration(0.0421), duration(12.3), duration(600), duration(9000)]).toEqual([
      '42 ms',
      '12 s',
      '10 min',
      '2.5 h',
    ]);
    expect([plural(1, 'row'), plural(2000, 'row')]).toEqual(['1 row', '2,000 rows']);
    expect([range([3, 3], String), range([5, 2, 3], String)]).toEqual(['3', '2 to 5']);
    expect([list(['a']), list(['a', 'b', 'c']), list(['a', 'b', 'c', 'd'], 2)]).toEqual([
      'a',
      'a, b and c',
      'a, b and 2 more',
    ]);
    const write = aligned([5, 7.99, 10.234]);
    expect([write(5), write(10.234)]).toEqual(['5.0', '10.2']);
  });
});

describe('text of a page', () => {
  it('is escaped wherever it is put', () => {
    const evil = `</script><img src=x onerror="alert('1')">&`;
    expect(html`<p title="${evil}">${[evil, html`<b>${evil}</b>`]}${null}</p>`.text).toBe(
      '<p title="&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">' +
        '&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;' +
        '<b>&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</b></p>',
    );
  });

  it('has no signs that a page cannot hold, or that turn its direction', () => {
    expect(printable('a\u0000b\u202ec\ud800d\ttab 🙂')).toBe('a\ufffdb\ufffdc\ufffdd\ttab 🙂');
    expect(escapeHtml('\u2066<')).toBe('\ufffd&lt;');
  });

  it('is cut between characters', () => {
    expect(shorten('🙂🙂🙂🙂', 3)).toBe('🙂🙂…');
    expect(shorten('two\n\n words', 20)).toBe('two words');
  });
});

describe('names beside marks', () => {
  it('are cut to the room that there is, wide characters earlier', () => {
    const { texts, width } = labelsOf(['short', 'a name that is much too long', '名前'.repeat(20)], 90);
    expect(texts[0]).toBe('short');
    expect(texts[1]).toMatch(/^a name that.*…$/);
    expect(Array.from(texts[2]).length).toBeLessThan(9);
    expect(width).toBeLessThanOrEqual(90);
    expect(labelsOf(['MMMM'], 90).width).toBeGreaterThan(labelsOf(['mmmm'], 90).width);
    expect(labelsOf([], 90)).toEqual({ texts: [], width: 0 });
  });
});
