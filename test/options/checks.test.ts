import { describe, expect, it } from 'vitest';

import { nearestName, optionsObject } from '../../src/options/checks.js';
import { expectError } from '../errors.js';

describe('nearestName', () => {
  it('does not compare names as long as texts', () => {
    const start = performance.now();
    expect(nearestName('x'.repeat(1e6), [`${'x'.repeat(1e6)}y`])).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(1000);
  });

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

  it('names all options if none is near', () => {
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
