import { describe, expect, it } from 'vitest';

import { parameterLayout } from '../../src/engine/layout.js';

describe('parameterLayout', () => {
  const layers = [
    { units: 3, useBias: true },
    { units: 4, useBias: false },
    { units: 1, useBias: true },
  ].map((layer) => ({ ...layer, activation: 'identity' as const, slope: 0, dropout: 0, factors: null }));

  it('counts 30 parameters in the network 2-3-4-1', () => {
    const withBias = layers.map((layer) => ({ ...layer, useBias: true }));
    expect(parameterLayout({ inputSize: 2, layers: withBias, inputScale: null }).length).toBe(30);
  });

  it("puts the layers' weights and biases end to end, with no room for an absent bias", () => {
    expect(parameterLayout({ inputSize: 2, layers, inputScale: null })).toEqual({
      layers: [
        { inputs: 2, units: 3, weight: { start: 0, end: 6 }, bias: { start: 6, end: 9 } },
        { inputs: 3, units: 4, weight: { start: 9, end: 21 }, bias: { start: 21, end: 21 } },
        { inputs: 4, units: 1, weight: { start: 21, end: 25 }, bias: { start: 25, end: 26 } },
      ],
      scale: { start: 26, end: 26 },
      length: 26,
    });
  });

  it('puts the scale of the inputs at the end', () => {
    const inputScale = { learningRate: 1, weightDecay: 1, epsilon: 1 };
    const layout = parameterLayout({ inputSize: 2, layers, inputScale });
    expect(layout.scale).toEqual({ start: 26, end: 28 });
    expect(layout.length).toBe(28);
  });
});
