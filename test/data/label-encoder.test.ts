import { describe, expect, it } from 'vitest';
import { type Label, LabelEncoder } from '../../src/data/label-encoder.js';
import { expectError } from '../errors.js';

describe('LabelEncoder', () => {
  it.each<[ArrayLike<unknown>, Label[], number[]]>([
    [
      ['oak', 'birch', 'oak'],
      ['birch', 'oak'],
      [1, 0, 1],
    ],
    [
      [10, 9, -1],
      [-1, 9, 10],
      [2, 1, 0],
    ],
    [
      [true, false],
      [false, true],
      [1, 0],
    ],
    [
      [10n, 9n],
      [9n, 10n],
      [1, 0],
    ],
    [Uint8Array.of(3, 1, 3), [1, 3], [1, 0, 1]],
    [
      [0, -0, 1],
      [0, 1],
      [0, 0, 1],
    ],
    [
      ['__proto__', 'constructor'],
      ['__proto__', 'constructor'],
      [0, 1],
    ],
    [
      ['=1+2', 'x '],
      ['=1+2', 'x '],
      [0, 1],
    ],
  ])('gives the labels %s back as they were', (labels, classes, indices) => {
    const encoder = LabelEncoder.fit(labels);
    expect(encoder.classes).toEqual(classes);
    expect(Array.from(encoder.encode(labels))).toEqual(indices);
    expect(encoder.decode(indices)).toEqual(Array.from(labels, (label) => (label === 0 ? 0 : label)));
    const restored = LabelEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)));
    expect(restored.classes).toEqual(classes);
    expect(restored.encode(labels)).toEqual(encoder.encode(labels));
  });

  it.each<[ArrayLike<unknown>, string]>([
    [['a', null], 'labels holds null in row 1 (from 0), expected a label in every row'],
    [['a', ' '], "labels holds ' ' in row 1 (from 0), expected a label in every row"],
    [[1, Number.NaN], 'labels holds NaN in row 1'],
    [[undefined], 'labels holds undefined in row 0'],
    [
      [1, Number.POSITIVE_INFINITY],
      'labels holds Infinity in row 1 (from 0), expected a text, a finite number',
    ],
    [[new Date(0)], 'labels holds an object of type Date in row 0'],
    [['1', 1], 'labels holds 1 in row 1 (from 0), expected a string, the type of the other labels'],
  ])('refuses %j', (labels, message) => {
    expectError(() => LabelEncoder.fit(labels), 'ERR_DATA', message);
  });

  it('refuses labels that are no class', () => {
    const encoder = LabelEncoder.fit(['a', 'b']);
    expectError(
      () => encoder.encode(['a', 'c']),
      'ERR_DATA',
      "holds 'c' in row 1 (from 0), expected one of the classes 'a', 'b'",
    );
    expectError(
      () => encoder.encode(['a', null]),
      'ERR_DATA',
      'holds null in row 1 (from 0), expected a label',
    );
    expectError(() => encoder.encode([1]), 'ERR_DATA', 'expected a string');
    expectError(() => encoder.decode([2]), 'ERR_DATA', 'is 2, expected a class index from 0 to 1');
    expectError(() => LabelEncoder.fit([]), 'ERR_SHAPE', 'labels is empty');
  });

  it('says which classes are nearly the same', () => {
    expect(LabelEncoder.fit(['yes', 'Yes', 'no', 'no ']).warnings).toEqual([
      "the classes 'no' and 'no ' differ only in letter case or blanks",
      "the classes 'Yes' and 'yes' differ only in letter case or blanks",
    ]);
    expect(LabelEncoder.fit([1, 2]).warnings).toEqual([]);
  });

  it.each<[unknown, string]>([
    [null, 'the type of the classes is undefined'],
    [{ type: 'object', classes: [1] }, "the type of the classes is 'object'"],
    [{ type: 'string', classes: [] }, 'the classes are an array'],
    [{ type: 'string', classes: ['a', 1] }, 'class 1 (from 0) is 1, expected a label of type string'],
    [{ type: 'number', classes: [null] }, 'class 0 (from 0) is null'],
    [{ type: 'bigint', classes: ['1e5'] }, "class 0 (from 0) is '1e5'"],
    [{ type: 'string', classes: ['a', 'a'] }, 'the classes have a label twice'],
  ])('does not read %j back', (state, message) => {
    expectError(() => LabelEncoder.fromJSON(state), 'ERR_FILE', message);
  });
});
