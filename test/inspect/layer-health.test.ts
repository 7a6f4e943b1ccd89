import { describe, expect, it } from 'vitest';
import { Network, type NetworkOptions } from '../../src/index.js';
import { layerHealth } from '../../src/inspect/layer-health.js';
import { modelOf } from '../../src/network/network.js';
import { draw } from '../estimators/rows.js';

const ROWS = 200;
const x = Float32Array.from({ length: 3 * ROWS }, (_, i) => 4 * draw(i) - 2);
const y = Float32Array.from({ length: ROWS }, (_, row) => Math.sin(x[3 * row]) + x[3 * row + 1]);

async function trained(layers: NetworkOptions['layers']) {
  const network = new Network({ inputSize: 3, layers, seed: 3, backend: 'reference', optimizer: 'adam' });
  const { epochs } = await network.fit(x, y, { epochs: 3, batchSize: 50, statistics: true });
  const { spec, parameters } = modelOf(network, 'test');
  const health = layerHealth({ ...spec, threads: 1, gemm: 'own' }, parameters, x, ROWS);
  return { health, statistics: epochs[2].layers!, network };
}

// The statistics of a fit are the oracle, where it has them.
describe('the health of layers', () => {
  it.each(['sigmoid', 'tanh'] as const)('is saturated as a fit says: %s', async (activation) => {
    const wild = { kind: 'normal', standardDeviation: 2 } as const;
    const layers = [{ units: 9, activation, initializer: wild }, { units: 1 }];
    const { health, statistics } = await trained(layers);
    expect(health[0].flat).toBeGreaterThan(0.1);
    expect(health[0].flat).toBeCloseTo(statistics[0].saturated, 12);
    expect(health[0].weightNorm).toBeCloseTo(statistics[0].weightNorm, 5);
    expect(health[1]).toMatchObject({ flat: null, idle: null, units: 1 });
  });

  it('has the idle units that a fit calls dead', async () => {
    const layers = [
      {
        units: 12,
        activation: 'relu',
        biasInitializer: { kind: 'uniform', minimum: -9, maximum: 3 },
      } as const,
      { units: 1 },
    ];
    const { health, statistics } = await trained(layers);
    expect(health[0].idle).toBeGreaterThan(0);
    expect(health[0].idle! / 12).toBeCloseTo(statistics[0].dead, 12);
    expect(health[0].isHalfFlat).toBe(true);
  });

  it('tells how large outputs are', async () => {
    const { health, network } = await trained([{ units: 1, activation: 'mish' }]);
    const outputs = network.predict(x);
    const mean = outputs.reduce((sum, each) => sum + each * each, 0) / ROWS;
    expect(health[0].outputSize).toBeCloseTo(Math.sqrt(mean), 5);
    expect(health[0].flat).toBeLessThan(1);
  });
});
