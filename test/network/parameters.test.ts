import { describe, expect, it } from 'vitest';

import { referenceBackend as finder } from '../../src/engine/reference/index.js';
import { joinParameters, splitParameters } from '../../src/network/parameters.js';
import { resolveNetworkOptions } from '../../src/options/network.js';
import { expectError } from '../errors.js';

const { spec } = resolveNetworkOptions({
  inputSize: 2,
  layers: [{ units: 3 }, { units: 2, useBias: false }, { units: 1 }],
});
const flat = Float32Array.from({ length: 18 }, (_, i) => i);

describe('splitParameters and joinParameters', () => {
  it('are the inverse of each other', () => {
    const list = splitParameters(flat, spec);
    expect(list).toEqual([
      { weight: Float32Array.of(0, 1, 2, 3, 4, 5), bias: Float32Array.of(6, 7, 8) },
      { weight: Float32Array.of(9, 10, 11, 12, 13, 14), bias: new Float32Array(0) },
      { weight: Float32Array.of(15, 16), bias: Float32Array.of(17) },
    ]);
    expect(joinParameters(list, spec, finder)).toEqual(flat);
  });

  it('have the scale of the inputs in the first entry, and only there', () => {
    const scaled = { ...spec, inputScale: { learningRate: 1, weightDecay: 1, epsilon: 1 } };
    const more = Float32Array.from({ length: 20 }, (_, i) => i);
    const list = splitParameters(more, scaled);
    expect(list.map(({ scale }) => scale)).toEqual([Float32Array.of(18, 19), undefined, undefined]);
    expect(splitParameters(flat, spec).some((entry) => 'scale' in entry)).toBe(false);
    expect(joinParameters(list, scaled, finder)).toEqual(more);
    const [{ weight, bias }, ...rest] = list;
    const join =
      (scale: unknown, of = scaled) =>
      () =>
        joinParameters([{ weight, bias, scale }, ...rest], of as typeof spec, finder);
    expectError(join(undefined), 'ERR_DATA', 'parameters[0].scale');
    expectError(join([1, 2, 3]), 'ERR_SHAPE', 'parameters[0].scale has 3 values, expected 2 (2)');
    expectError(join([1, 2], { ...scaled, inputScale: null } as never), 'ERR_SHAPE', 'parameters[0].scale');
    expect(join(null, { ...scaled, inputScale: null } as never)()).toEqual(flat);
  });

  it('splits into arrays that share no memory', () => {
    const [{ weight, bias }] = splitParameters(flat, spec);
    weight.fill(-1);
    bias.fill(-1);
    expect(flat[0]).toBe(0);
    expect(bias.buffer.byteLength).toBe(bias.byteLength);
  });

  it('joins weights in rows, lists and doubles, with an absent or null bias for a layer without one', () => {
    const list = [
      {
        weight: [
          [0, 1],
          [2, 3],
          [4, 5],
        ],
        bias: [6, 7, 8],
      },
      { weight: [9, 10, 11, 12, 13, 14], bias: null },
      { weight: Float64Array.of(15, 16), bias: Float64Array.of(17) },
    ];
    expect(joinParameters(list, spec, finder)).toEqual(flat);
    expect(joinParameters([list[0], { weight: list[1].weight }, list[2]], spec, finder)).toEqual(flat);
  });

  const good = splitParameters(flat, spec);
  const replaced = (layer: number, entry: unknown) => good.map((given, l) => (l === layer ? entry : given));

  it.each<[unknown, 'ERR_SHAPE' | 'ERR_DATA' | 'ERR_OPTION', string]>([
    [
      flat,
      'ERR_SHAPE',
      'parameters is an object of type Float32Array, expected an array of { weight, bias }',
    ],
    [good.slice(1), 'ERR_SHAPE', 'parameters is an array of length 2, expected 3, one'],
    [replaced(0, [1]), 'ERR_OPTION', 'parameters[0] is an array, expected an object'],
    [
      replaced(0, { weights: [] }),
      'ERR_OPTION',
      "unknown option 'weights' in parameters[0]; did you mean 'weight'?",
    ],
    [
      replaced(0, { weight: [1, 2], bias: [1, 2, 3] }),
      'ERR_SHAPE',
      'parameters[0].weight has 2 values, expected 6 (3 x 2)',
    ],
    [
      replaced(0, {
        weight: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }),
      'ERR_SHAPE',
      'row 0 of parameters[0].weight has 3 columns, expected 2',
    ],
    [replaced(0, { weight: good[0].weight }), 'ERR_DATA', 'parameters[0].bias is undefined'],
    [
      replaced(0, { weight: good[0].weight, bias: [1] }),
      'ERR_SHAPE',
      'parameters[0].bias has 1 values, expected 3',
    ],
    [
      replaced(1, { weight: good[1].weight, bias: [1, 2] }),
      'ERR_SHAPE',
      'parameters[1].bias has 2 values, expected 0',
    ],
    [
      replaced(2, { weight: [1, Number.NaN], bias: [1] }),
      'ERR_DATA',
      'parameters[2].weight holds NaN in row 0, column 1',
    ],
    [
      replaced(2, { weight: [1, 2], bias: [1e39] }),
      'ERR_DATA',
      'parameters[2].bias holds 1e+39 in row 0, column 0',
    ],
  ])('refuses parameters %#', (list, code, message) => {
    expectError(() => joinParameters(list, spec, finder), code, message);
  });
});
