import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterLayout } from '../../src/engine/layout.js';
import { parseHeader } from '../../src/formats/safetensors-header.js';
import { newArray } from '../../src/numbers/allocate.js';
import { resolveLayers } from '../../src/options/layer.js';
import { expectError } from '../errors.js';

const LIMIT = 2 ** 31 - 1;

/** Whole numbers up to `most` of any length, and those around the quotient of a limit. */
const sizeUpTo = (most: number) =>
  fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 0, max: 52 })).map(([size, bits]) => {
    return Math.max(1, Math.min(most, Math.floor(size / 2 ** bits)));
  });

describe('sizes at their limits, against BigInt', () => {
  it('a layer has at most 2^31 - 1 weights', () => {
    fc.assert(
      fc.property(sizeUpTo(LIMIT), sizeUpTo(LIMIT), fc.constantFrom(-1, 0, 1, null), (inputs, other, off) => {
        const units = off === null ? other : Math.min(LIMIT, Math.max(1, Math.floor(LIMIT / inputs) + off));
        const resolve = () => resolveLayers([{ units }], inputs, false);
        if (BigInt(units) * BigInt(inputs) <= BigInt(LIMIT)) expect(resolve().layers[0].units).toBe(units);
        else expectError(resolve, 'ERR_OPTION', 'weights, expected at most 2147483647');
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  it('the layout of a network counts every parameter', () => {
    const layers = fc.array(sizeUpTo(LIMIT), { minLength: 1, maxLength: 600 });
    fc.assert(
      fc.property(sizeUpTo(LIMIT), layers, fc.boolean(), (inputSize, sizes, scaled) => {
        let inputs = inputSize;
        // As long as each layer is within its limit.
        const units = sizes.map((size) => {
          const fitting = Math.max(1, Math.min(size, Math.floor(LIMIT / inputs)));
          inputs = fitting;
          return fitting;
        });
        const { length } = parameterLayout({
          inputSize,
          layers: units.map((each) => ({ units: each, useBias: true })),
          inputScale: scaled ? {} : null,
        });
        let exact = scaled ? BigInt(inputSize) : 0n;
        for (const [l, each] of units.entries())
          exact += (BigInt(units[l - 1] ?? inputSize) + 1n) * BigInt(each);
        expect(BigInt(length)).toBe(exact);
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it('a tensor of a file has as many bytes as its shape says', () => {
    const shape = fc.array(sizeUpTo(Number.MAX_SAFE_INTEGER), { minLength: 1, maxLength: 4 });
    const off = fc.constantFrom(-4, -1, 0, 1, 4);
    fc.assert(
      fc.property(shape, off, fc.boolean(), (sizes, difference, wraps) => {
        const bytes = sizes.reduce((product, size) => product * BigInt(size), 4n);
        // What a product of 64 bits would have.
        const wanted = (wraps ? BigInt.asUintN(64, bytes) : bytes) + BigInt(difference);
        const end = Number(wanted);
        if (end < 0 || end > Number.MAX_SAFE_INTEGER) return;
        const header = { x: { dtype: 'F32', shape: sizes, data_offsets: [0, end] } };
        const parse = () => parseHeader(new TextEncoder().encode(JSON.stringify(header)), end, 'file');
        if (BigInt(end) === bytes) expect(parse().entries).toHaveLength(1);
        else expectError(parse, 'ERR_FILE', 'expected');
      }),
      { numRuns: 2000, seed: 3 },
    );
  });

  it.each([2 ** 33, 2 ** 40, 2 ** 53, 1e300])('an array of %d numbers is ERR_MEMORY', (length) => {
    expectError(() => newArray(Float64Array, length, 'a test'), 'ERR_MEMORY', 'a test');
  });
});
