/**
 * Gradients that vanish or explode on their way down a deep network: Hochreiter, "Untersuchungen zu
 * dynamischen neuronalen Netzen", TU München, 1991; Glorot and Bengio, "Understanding the difficulty of
 * training deep feedforward neural networks", AISTATS 2010; He et al., "Delving deep into rectifiers", ICCV
 * 2015. The statistics of a fit show them and its findings name them.
 */

import { describe, expect, it } from 'vitest';
import { type Activation, type EpochRecord, type LayerOptions, Network } from '../../src/index.js';
import { engines } from '../engines.js';
import { readIris } from './datasets.js';

const { x, y } = readIris();

describe.each(engines)('the %s engine', (backend) => {
  /** What the first epoch says about a network with ten hidden layers. */
  async function firstEpoch(
    activation: Activation,
    initializer?: LayerOptions['initializer'],
  ): Promise<Required<EpochRecord>> {
    const hidden = Array.from({ length: 10 }, () => ({ units: 32, activation, initializer }));
    const network = new Network({
      inputSize: 4,
      layers: [...hidden, { units: 3, activation: 'softmax' }],
      seed: 1,
      backend,
    });
    const { epochs } = await network.fit(x, y, { batchSize: 50, statistics: true });
    return epochs[0] as Required<EpochRecord>;
  }

  it('gradients vanish in ten sigmoid layers', async () => {
    const { layers, findings } = await firstEpoch('sigmoid');
    // The derivative is at most 1/4, and the weights are too small to make up for it.
    for (let l = 1; l < layers.length; l++) {
      expect(layers[l].gradientNorm).toBeGreaterThan(2 * layers[l - 1].gradientNorm);
    }
    expect(layers[0].gradientNorm).toBeLessThan(1e-5 * layers[10].gradientNorm);
    expect(findings).toContainEqual(expect.stringMatching(/^Vanishing gradients: .*layers\[0\].*sigmoid/s));
  });

  it('gradients explode in relu layers with weights of deviation 1', async () => {
    const { layers, findings } = await firstEpoch('relu', { kind: 'normal', standardDeviation: 1 });
    // Each of 32 units passes on its input's variance: the signal grows 4-fold a layer, sqrt(32 / 2).
    expect(layers[0].gradientNorm).toBeGreaterThan(1e4 * layers[0].weightNorm);
    expect(findings).toContainEqual(expect.stringMatching(/^Exploding gradients: .*heNormal/s));
  });

  it('neither happens in relu layers with He normal weights', async () => {
    const { layers, findings } = await firstEpoch('relu', 'heNormal');
    const norms = layers.map(({ gradientNorm }) => gradientNorm);
    expect(Math.max(...norms)).toBeLessThan(100 * Math.min(...norms));
    expect(findings.filter((finding) => /^(Vanishing|Exploding)/.test(finding))).toEqual([]);
  });
});
