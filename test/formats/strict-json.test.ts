import { describe, expect, it } from 'vitest';

import { parseStrictJson } from '../../src/formats/strict-json.js';
import { expectError } from '../errors.js';

describe('parseStrictJson', () => {
  it.each([
    '{}',
    '[1, 2, [3]]',
    '"text"',
    '{"a": {"a": {"b": 1}}, "b": [{"a": 1}, {"a": 2}]}',
    '{"a\\"": 1, "a": "{[,:\\\\"}',
    '{"": 1, " ": 2}',
    '  {"a" : 1 , "b" : [ ] }  ',
  ])('takes %s', (text) => {
    expect(parseStrictJson(text, 'the text', 3)).toEqual(JSON.parse(text));
  });

  it.each([
    '{"a": 1, "a": 2}',
    '{"a": {"b": 1, "c": [], "b": 2}}',
    '{"a": 1, "\\u0061": 2}',
    '[{"x": {}, "x": {}}]',
  ])('refuses %s, which has a key twice', (text) =>
    expectError(() => parseStrictJson(text, 'the text', 3), 'ERR_FILE', /^the text has the key .* twice$/),
  );

  it.each(['', '{', '{"a"}', '{a: 1}', "{'a': 1}", '[1,]', '{"a": 1} {}', 'NaN'])('refuses %s', (text) => {
    expectError(() => parseStrictJson(text, 'the text', 3), 'ERR_FILE', 'the text is not valid JSON');
  });

  it.each(['[', '{"a":'])('refuses a hundred thousand times %s', (text) => {
    const close = text === '[' ? ']' : '}';
    const deep = `${text.repeat(1e5)}1${close.repeat(1e5)}`;
    expectError(
      () => parseStrictJson(deep, 'the text', 3),
      'ERR_FILE',
      'the text is nested deeper than 3 levels',
    );
    expectError(() => parseStrictJson(text.repeat(1e5), 'the text', 3), 'ERR_FILE', 'not valid JSON');
  });

  it('makes a field of __proto__ and changes no prototype', () => {
    const value = parseStrictJson('{"__proto__": {"polluted": true}}', 'the text', 3) as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect('polluted' in value).toBe(false);
    expect('polluted' in {}).toBe(false);
  });
});
