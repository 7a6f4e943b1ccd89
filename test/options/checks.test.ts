import { describe, expect, it } from 'vitest';
import { show } from '../../src/error.js';

import { nearestName, optionsObject } from '../../src/options/checks.js';
import { expectError } from '../errors.js';

describe('nearestName', () => {
  const known = ['learningRate', 'momentum', 'beta1', 'beta2', 'epsilon', 'units'];

  it.each([
    ['learningrate', 'learningRate'],
    ['learning_rate', 'learningRate'],
    ['lerningRate', 'learningRate'],
    ['momentun', 'momentum'],
    ['momnetum', 'momentum'],
    ['unit', 'units'],
    ['UNITS', 'units'],
    ['beta3', 'beta1'],
  ])('takes %s for %s', (name, expected) => {
    expect(nearestName(name, known)).toBe(expected);
  });

  it.each(['dropout', 'x', '', 'activation', 'z'.repeat(100_000)])('finds nothing near %.20s', (name) => {
    expect(nearestName(name, known)).toBeUndefined();
  });
});

describe('optionsObject', () => {
  it('names the nearest option', () => {
    expectError(
      () => optionsObject({ learningrate: 1 }, ['kind', 'learningRate'], 'optimizer'),
      'ERR_OPTION',
      "unknown option 'learningrate' in optimizer; did you mean 'learningRate'?",
    );
  });

  it('names all options where none is near', () => {
    expectError(
      () => optionsObject({ dropout: 1 }, ['units', 'activation'], 'layers[0]'),
      'ERR_OPTION',
      "unknown option 'dropout' in layers[0]; expected one of units, activation",
    );
  });

  it.each([[null], [undefined], ['adam'], [3], [[]], [new Float32Array(1)]])('refuses %s', (value) => {
    expectError(() => optionsObject(value, ['units'], 'layers[0]'), 'ERR_OPTION', 'expected an object');
  });
});

describe('show', () => {
  it('says in short what any value is', () => {
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
    // As JSON can have it: no conversion to a string may be tried.
    expect(show(JSON.parse('{"constructor": {"name": {"toString": 1}}}'))).toBe('an object');
  });
});
