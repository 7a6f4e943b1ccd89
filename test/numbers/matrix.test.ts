import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Dataset } from '../../src/index.js';
import { expectError } from '../errors.js';

// Their classes are not ours, so `instanceof` does not know them.
describe('typed arrays of another realm', () => {
  it.each(['Float32Array', 'Float64Array'])('of class %s are looked through for NaN', (name) => {
    const x = runInNewContext(`${name}.of(1, 2, 3, NaN)`);
    expectError(() => new Dataset(x, [0, 1], { inputSize: 2 }), 'ERR_DATA', 'row 1, column 1');
  });

  it.each(['Int16Array', 'Float64Array'])('of class %s are read', (name) => {
    const data = new Dataset(runInNewContext(`${name}.of(1, 2, 3, 4)`), [0, 1], { inputSize: 2 });
    expect(data.rows).toBe(2);
  });

  it.each(['BigInt64Array.of(1n)', 'new DataView(new ArrayBuffer(8))'])('%s is none', (code) => {
    expectError(() => new Dataset(runInNewContext(code), [0], { inputSize: 1 }), 'ERR_DATA', '');
  });
});
