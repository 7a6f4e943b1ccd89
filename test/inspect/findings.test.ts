import { describe, expect, it } from 'vitest';

import type { Activation, LayerStatistics } from '../../src/engine/contract.js';
import { type LayerOptions, Network } from '../../src/index.js';
import { findingsOf, nameLayers } from '../../src/inspect/findings.js';
import { resolveNetworkOptions } from '../../src/options/network.js';
import { engines } from '../engines.js';

const healthy: LayerStatistics = {
  saturated: 0.1,
  dead: 0,
  gradientNorm: 0.1,
  weightNorm: 2,
  updateRatio: 0.001,
};

/** The findings about layers that are healthy except for these changes. */
function findings(activation: Activation, ...changes: Partial<LayerStatistics>[]): string[] {
  const layers = changes.map((_, l) => ({
    units: 4,
    activation: l === changes.length - 1 ? ('identity' as const) : activation,
  }));
  const { spec } = resolveNetworkOptions({ inputSize: 2, layers });
  return findingsOf(
    changes.map((change) => ({ ...healthy, ...change })),
    spec,
    0.1,
  );
}

describe('findingsOf', () => {
  it('finds nothing wrong with healthy layers', () => {
    expect(findings('relu', {}, {}, {})).toEqual([]);
    // Gradients that differ, a layer that starts at 0, and a network that has learnt everything.
    expect(findings('tanh', { gradientNorm: 1e-3 }, {}, { gradientNorm: 0.5 })).toEqual([]);
    expect(findings('tanh', { weightNorm: 0 }, {})).toEqual([]);
    expect(findings('tanh', { gradientNorm: 0 }, { gradientNorm: 0 })).toEqual([]);
  });

  it('names vanishing gradients, by how much they vanish and what to do', () => {
    const norms = [1e-5, 1e-4, 1e-3, 1e-2, 0.1].map((gradientNorm) => ({ gradientNorm }));
    expect(findings('sigmoid', ...norms)).toEqual([
      'Vanishing gradients: their norm shrinks from 0.1 in layers[4] to 0.00001 in layers[0], about 10-fold a ' +
        "layer, so that layers[0] hardly learns. Use 'relu' or 'tanh' in place of 'sigmoid', whose " +
        'derivative is at most 1/4, or fewer layers.',
    ]);
    expect(findings('tanh', { gradientNorm: 0 }, { gradientNorm: 1e-5 }, {})).toEqual([
      expect.stringMatching(
        /to 0 in layers\[0\], so that layers\[0\] and layers\[1\] hardly learn\. .*larger/,
      ),
    ]);
  });

  it('names exploding gradients', () => {
    expect(findings('relu', { gradientNorm: 5000, weightNorm: 2 }, { gradientNorm: 300 })).toEqual([
      expect.stringMatching(
        /^Exploding gradients: .* layers\[0\] and layers\[1\] .* in layers\[0\] 2500 times that/,
      ),
    ]);
    for (const gradientNorm of [Infinity, Number.NaN]) {
      expect(findings('relu', { gradientNorm }, {})).toEqual([
        expect.stringMatching(/^Exploding gradients: .* in layers\[0\] beyond the range of float32/),
      ]);
    }
  });

  it('names saturated hidden layers', () => {
    expect(findings('tanh', { saturated: 0.75 }, { saturated: 0.6 }, {})).toEqual([
      expect.stringMatching(
        /^Saturated units: 75% .* layers\[0\] and layers\[1\] \(tanh\) are at their limits/,
      ),
    ]);
    expect(findings('tanh', {}, { saturated: 1 })).toEqual([]);
  });

  it('names dead units of relu, not of leakyRelu', () => {
    expect(findings('relu', { dead: 0.5 }, {})).toEqual([
      expect.stringMatching(
        /^Dead units: 50% of the units of layers\[0\] \(relu\) put out 0 for every row\. /,
      ),
    ]);
    expect(findings('relu', { dead: 1, gradientNorm: 0 }, {})).toEqual([
      expect.stringMatching(/^Dead units: 100% .* so that no gradient passes and nothing below learns/),
    ]);
    expect(findings('leakyRelu', { dead: 0.5 }, {})).toEqual([]);
  });

  it('names steps that are too large', () => {
    expect(findings('relu', {}, { updateRatio: 2 })).toEqual([
      'Large steps: the last one changed the weight of layers[1] by 200% of its norm. Lower the learning rate ' +
        '(0.1).',
    ]);
  });
});

it('nameLayers lists layers, and shortens consecutive ones', () => {
  expect(nameLayers([2])).toBe('layers[2]');
  expect(nameLayers([0, 1])).toBe('layers[0] and layers[1]');
  expect(nameLayers([1, 2, 3])).toBe('layers[1] to layers[3]');
  expect(nameLayers([0, 2, 3])).toBe('layers[0], layers[2] and layers[3]');
});

describe.each(engines)('statistics on the %s engine', (backend) => {
  const x = Float32Array.from({ length: 64 * 8 }, (_, i) => Math.sin(i * i));
  const y = Int32Array.from({ length: 64 }, (_, row) => (x[8 * row] > 0 ? 1 : 0));

  async function train(hidden: LayerOptions, count: number) {
    const layers: LayerOptions[] = Array(count).fill(hidden);
    const net = new Network({
      inputSize: 8,
      layers: [...layers, { units: 2, activation: 'softmax' }],
      optimizer: { kind: 'adam', learningRate: 0.001 },
      seed: 1,
      backend,
    });
    const { epochs } = await net.fit(x, y, { epochs: 2, statistics: true });
    return epochs[1];
  }

  it('show ten sigmoid layers vanishing', async () => {
    const { layers, findings } = await train({ units: 16, activation: 'sigmoid' }, 10);
    expect(layers).toHaveLength(11);
    expect(findings).toEqual([
      expect.stringMatching(
        /^Vanishing gradients: .* in layers\[10\] .* in layers\[0\], about [3-6](\.\d)?-fold a layer, so that layers\[0\] to layers\[\d\] hardly learn/,
      ),
    ]);
  });

  it('show a badly scaled relu network exploding', async () => {
    const initializer = { kind: 'normal', standardDeviation: 1 } as const;
    const { findings } = await train({ units: 32, activation: 'relu', initializer }, 10);
    expect(findings).toContainEqual(expect.stringMatching(/^Exploding gradients: .*let the weights begin/i));
  });

  it('show dead units', async () => {
    const biasInitializer = { kind: 'constant', value: -100 } as const;
    const { findings, layers } = await train({ units: 16, activation: 'relu', biasInitializer }, 1);
    expect(layers?.[0].dead).toBe(1);
    expect(findings).toEqual([expect.stringMatching(/^Dead units: 100% .* nothing below learns/)]);
  });

  it('show saturated units', async () => {
    const initializer = { kind: 'uniform', minimum: -50, maximum: 50 } as const;
    const { findings } = await train({ units: 16, activation: 'tanh', initializer }, 1);
    expect(findings).toContainEqual(expect.stringMatching(/^Saturated units: 9\d% .* layers\[0\] \(tanh\)/));
  });

  it('show nothing wrong with a healthy network, and are absent unless requested', async () => {
    const { findings } = await train({ units: 16, activation: 'tanh' }, 2);
    expect(findings).toEqual([]);
    const net = new Network({ inputSize: 8, layers: [{ units: 1 }], backend });
    const { epochs } = await net.fit(x, y);
    expect(epochs[0]).not.toHaveProperty('layers');
    expect(epochs[0]).not.toHaveProperty('findings');
  });
});
