import { describe, expect, it } from 'vitest';

import type { Samples } from '../../src/engine/contract.js';
import type { StepFault } from '../../src/engine/fault.js';
import { type DivergedError, Network, type NetworkOptions } from '../../src/index.js';
import { type Divergence, explainDivergence, magnitudeOf } from '../../src/inspect/divergence.js';
import { resolveNetworkOptions } from '../../src/options/network.js';
import { engines } from '../engines.js';
import { expectRejection } from '../errors.js';

const { spec } = resolveNetworkOptions({
  inputSize: 2,
  layers: [{ units: 1, activation: 'relu' }, { units: 1 }],
  optimizer: { kind: 'sgd', learningRate: 0.5 },
});

function explain(changes: Partial<Divergence>): string {
  return explainDivergence({
    spec,
    at: { epoch: 2, step: 3, fault: { kind: 'loss', layer: 1 } },
    epochs: [{ loss: 3, learningRate: 0.25 }],
    weights: 'as before that step',
    isAsItWas: true,
    // Weight and bias of either layer.
    parameters: Float32Array.of(1, 1, 0, 1, 0),
    magnitude: { x: 1, y: 1 },
    ...changes,
  });
}

describe('explainDivergence', () => {
  it('says where it diverged, the loss before, and what the weights are now', () => {
    expect(explain({})).toBe(
      "the loss 'mse' was NaN or infinite in epoch 2, step 3 (loss 3 in the epoch before); the weights are as " +
        'before that step. Likely cause: the learning rate (0.25) is too large: try 0.025, or set the ' +
        "optimizer's clipNorm",
    );
    expect(explain({ epochs: [] })).toMatch(/step 3; the weights .* learning rate \(0\.5\)/);
  });

  it('names the layer, and what of it was not finite', () => {
    const of = (kind: StepFault['kind'], layer: number) =>
      explain({ at: { epoch: 1, step: 1, fault: { kind, layer } } });
    expect(of('output', 0)).toMatch(/^an output of layer 1 of 2 was NaN or infinite in epoch 1, step 1/);
    expect(of('gradient', 1)).toMatch(/^a gradient of layer 2 of 2 was NaN/);
    expect(of('update', 0)).toMatch(
      /^what the optimizer would make of a weight or moment of layer 1 of 2 was/,
    );
  });

  it('names data that is not scaled', () => {
    expect(explain({ magnitude: { x: 70_123, y: 1 } })).toMatch(
      /Likely causes: the inputs are not scaled, x reaches 70000: .*, or the learning rate/,
    );
    expect(explain({ magnitude: { x: 1, y: 4e6 } })).toMatch(/the targets are not scaled, y reaches 4e\+6/);
  });

  it('blames the weights, not the learning rate, for the first step', () => {
    const parameters = Float32Array.of(200, 200, 0, 1, 0);
    const fault = { kind: 'output', layer: 0 } as const;
    const first = explain({ parameters, at: { epoch: 1, step: 1, fault }, epochs: [] });
    expect(first).toMatch(
      /Likely cause: exploding activations, since the weights of layers\[0\] are up to 200 times as large as 'heN/,
    );
    expect(first).not.toContain('learning rate');
    expect(explain({ parameters })).toMatch(
      /Likely causes: exploding gradients, which have made the weights of layers\[0\] up to 200 times .*, or the l/,
    );
  });

  it('blames the learning rate if the first step would have led to weights that are not finite', () => {
    const at = { epoch: 1, step: 1, fault: { kind: 'update', layer: 0 } } as const;
    expect(explain({ at, epochs: [] })).toMatch(/Likely cause: the learning rate \(0\.5\) is too large/);
  });

  it('takes weights that grew with the loss for an effect, and inputs that are hardly large for its cause', () => {
    const epochs = [1, 30, 900, 27_000].map((loss) => ({ loss, learningRate: 0.01 }));
    const parameters = Float32Array.of(1e10, 1e10, 0, 1, 0);
    const grown = explain({ epochs, parameters, magnitude: { x: 24, y: 26 } });
    expect(grown).toMatch(/Likely causes: the inputs are not scaled, x reaches 24: .*, or the learning rate/);
    expect(grown).not.toContain('heNormal');
    const jumped = explain({ epochs: epochs.slice(0, 2), parameters, magnitude: { x: 24, y: 26 } });
    expect(jumped).toMatch(/Likely causes: exploding gradients/);
  });

  it('does not judge by weights that were put back', () => {
    const parameters = Float32Array.of(200, 200, 0, 1, 0);
    const restored = explain({ parameters, isAsItWas: false, weights: 'those of epoch 1, the best' });
    expect(restored).toMatch(
      /; the weights are those of epoch 1, the best\. Likely cause: the learning rate/,
    );
  });
});

it('magnitudeOf finds the largest values, and has none for classes', () => {
  const inputs = Float32Array.of(1, -5, 2);
  const samples: Samples = { rows: 3, inputs, targets: Float32Array.of(-8, 2, 0), weights: null };
  expect(magnitudeOf(samples)).toEqual({ x: 5, y: 8 });
  expect(magnitudeOf({ ...samples, targets: Int32Array.of(9, 2, 0) })).toEqual({ x: 5, y: 0 });
});

describe.each(engines)('a fit that diverges on the %s engine', (backend) => {
  const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * i));
  const y = Float32Array.from({ length: 32 }, (_, row) => x[2 * row]);

  const diverge = async (options: Partial<NetworkOptions>, targets: Float32Array, part: RegExp) => {
    const net = new Network({ inputSize: 2, layers: [{ units: 1 }], seed: 1, backend, ...options });
    return expectRejection(net.fit(x, targets, { epochs: 500 }), 'ERR_DIVERGED', part);
  };

  it('names initial weights that are too large', async () => {
    const initializer = { kind: 'normal', standardDeviation: 1e4 } as const;
    const hidden = { units: 32, activation: 'relu' as const, initializer };
    await diverge(
      { layers: [...Array<typeof hidden>(10).fill(hidden), { units: 1 }] },
      y,
      /epoch 1, step 1; .*exploding activations, since the weights of layers\[0\] to layers\[9\] are up to/,
    );
  });

  it('names a learning rate that is too large', async () => {
    const error = await diverge(
      { optimizer: { kind: 'sgd', learningRate: 100 } },
      y,
      /the learning rate \(100\) is too large: try 10,/,
    );
    expect((error as DivergedError).history.stoppedBy).toBe('diverged');
  });

  it('names a learning rate whose last step overflows the weights', async () => {
    const error = await diverge(
      { optimizer: { kind: 'sgd', learningRate: 3e38 } },
      y.map((value) => value * 100),
      /^what the optimizer would make .* of layer 1 of 1 was NaN or infinite in epoch 1, step 1; .*the learning rate \(3e\+38\) is too/,
    );
    expect((error as DivergedError).history.epochs).toEqual([]);
  });

  it('names targets that are not scaled', async () => {
    const large = y.map((value) => value * 1e18);
    const layers = [{ units: 8 }, { units: 1 }];
    await diverge({ layers, optimizer: { kind: 'sgd', learningRate: 0.1 } }, large, /y reaches 1e\+18/);
  });
});
