import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import type { LayerSpec, Loss, NetworkSpec, OptimizerSpec, Samples } from '../../src/engine/contract.js';
import {
  expectClose,
  forwardPass,
  lossCurve,
  normalisedTrajectory,
  type Tolerance,
  trajectory,
} from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';

interface Layer {
  /** Rows (out, in). */
  weight: number[][];
  /** Absent from a layer without bias. */
  bias?: number[] | null;
}

/**
 * A file of test/golden: a network's results, computed independently in float64. Every file of this shape is
 * run; a field that a layer or an optimizer omits has the library's default.
 */
interface Golden {
  name: string;
  network: { inputSize: number; layers: (Pick<LayerSpec, 'units'> & Partial<LayerSpec>)[] };
  loss: Loss | { kind: Loss; delta?: number; quantiles?: number[] };
  l2?: number;
  optimizer: Pick<OptimizerSpec, 'kind'> & Partial<OptimizerSpec>;
  sampleWeights?: number[] | null;
  initial: Layer[];
  inputs: number[][];
  /** One-hot for crossEntropy. */
  targets: number[][];
  expected: {
    output: number[][];
    loss: number;
    gradients: Layer[];
    /** Before each step. */
    losses: number[];
    /** After these numbers of steps. */
    parametersAfter: Record<string, Layer[]>;
  };
}

const layerDefaults = { activation: 'identity', useBias: true, dropout: 0, factors: null } as const;

const optimizerDefaults = {
  learningRate: 0.001,
  clipNorm: null,
  momentum: 0.9,
  nesterov: false,
  beta: 0.9,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  epsilonInsideSqrt: false,
  epsilonHat: false,
  weightDecay: 0.01,
};

const folder = new URL('../golden/', import.meta.url);
const goldens: Golden[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

export function golden(backend: BackendUnderTest): void {
  describe.each(goldens)('golden $name', (golden) => {
    const create = () => backend().createNetwork(specOf(golden), Float32Array.from(flatten(golden.initial)));

    it('outputs and loss', () => {
      const { loss, outputs } = create().evaluate(samplesOf(golden));
      expectClose(outputs, golden.expected.output.flat(), forwardPass, 'output');
      expectClose(loss, golden.expected.loss, forwardPass, 'loss');
    });

    it('gradients', () => {
      const { loss, gradients } = create().lossAndGradients(samplesOf(golden), false);
      expectClose(loss, golden.expected.loss, forwardPass, 'loss');
      expectLayersClose(gradients, golden.expected.gradients, 'gradient');
    });

    it('ten steps', () => {
      const network = create();
      const samples = samplesOf(golden);
      const losses: number[] = [];
      for (let step = 1; step <= golden.expected.losses.length; step++) {
        losses.push(network.trainBatch(samples));
        const layers = golden.expected.parametersAfter[step];
        const tolerance = golden.optimizer.kind === 'rmsprop' ? normalisedTrajectory : trajectory;
        if (layers) expectLayersClose(network.getParameters(), layers, `after step ${step}`, tolerance);
      }
      expectClose(losses, golden.expected.losses, lossCurve, 'losses');
    });

    const oneHot = golden.targets.every((row) => row.filter((y) => y !== 0).join() === '1');
    if (golden.loss !== 'crossEntropy' || !oneHot) return;

    it('class indices give the same as one-hot rows', () => {
      const targets = Int32Array.from(golden.targets, (row) => row.indexOf(1));
      const { loss, gradients } = create().lossAndGradients({ ...samplesOf(golden), targets }, false);
      expectClose(loss, golden.expected.loss, forwardPass, 'loss');
      expectLayersClose(gradients, golden.expected.gradients, 'gradient');
    });
  });
}

function specOf({ network, loss, l2 = 0, optimizer }: Golden): NetworkSpec {
  return {
    inputSize: network.inputSize,
    layers: network.layers.map((layer) => ({
      slope: layer.activation === 'leakyRelu' ? 0.01 : 0,
      ...layerDefaults,
      ...layer,
    })),
    inputScale: null,
    loss: typeof loss === 'string' ? loss : loss.kind,
    lossParameters: typeof loss === 'string' ? [] : (loss.quantiles ?? [loss.delta ?? 1]),
    optimizer: { ...optimizerDefaults, ...optimizer } as OptimizerSpec,
    l2,
    labelSmoothing: 0,
    seed: 0,
    threads: 1,
    gemm: 'auto',
    precision: 'float32',
  };
}

function samplesOf({ inputs, targets, sampleWeights }: Golden): Samples {
  return {
    rows: inputs.length,
    inputs: Float32Array.from(inputs.flat()),
    targets: Float32Array.from(targets.flat()),
    weights: sampleWeights ? Float32Array.from(sampleWeights) : null,
  };
}

function flatten(layers: Layer[]): number[] {
  return layers.flatMap(({ weight, bias }) => [...weight.flat(), ...(bias ?? [])]);
}

/** Compares tensor by tensor, each at its own scale. */
function expectLayersClose(
  actual: Float32Array,
  expected: Layer[],
  what: string,
  tolerance: Tolerance = trajectory,
): void {
  let offset = 0;
  for (const [l, { weight, bias }] of expected.entries()) {
    for (const [name, values] of Object.entries({ weight: weight.flat(), bias: bias ?? [] })) {
      const part = actual.subarray(offset, offset + values.length);
      expectClose(part, values, tolerance, `${what}, layer ${l} ${name}`);
      offset += values.length;
    }
  }
  if (offset !== actual.length) throw new Error(`${what}: ${actual.length} values, expected ${offset}`);
}
