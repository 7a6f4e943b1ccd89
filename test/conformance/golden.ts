import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import type { Activation, Loss, NetworkSpec, OptimizerSpec, Samples } from '../../src/backend/backend.js';
import { expectClose, forwardPass, lossCurve, trajectory } from '../tolerance.js';
import type { BackendUnderTest } from './networks.js';
import { adam, momentum, sgd } from './networks.js';

interface Layer {
  /** Rows (out, in). */
  weight: number[][];
  bias: number[];
}

/** A file of test/golden: what a network comes to, computed in float64 by other means. */
interface Golden {
  name: string;
  network: { inputSize: number; layers: { units: number; activation: Activation; slope?: number }[] };
  loss: Loss;
  l2: number;
  optimizer: OptimizerSpec;
  sampleWeights: number[] | null;
  initial: Layer[];
  inputs: number[][];
  /** One-hot for crossEntropy. */
  targets: number[][];
  expected: {
    output: number[][];
    loss: number;
    gradients: Layer[];
    /** Before each of the steps. */
    losses: number[];
    /** By the number of steps. */
    parametersAfter: Record<string, Layer[]>;
  };
}

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
      const { loss, gradients } = create().lossAndGradients(samplesOf(golden));
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
        if (layers) expectLayersClose(network.getParameters(), layers, `after step ${step}`);
      }
      expectClose(losses, golden.expected.losses, lossCurve, 'losses');
    });

    if (golden.loss !== 'crossEntropy') return;

    it('class indices are as good as one-hot rows', () => {
      const targets = Int32Array.from(golden.targets, (row) => row.indexOf(1));
      const { loss, gradients } = create().lossAndGradients({ ...samplesOf(golden), targets });
      expectClose(loss, golden.expected.loss, forwardPass, 'loss');
      expectLayersClose(gradients, golden.expected.gradients, 'gradient');
    });
  });
}

function specOf({ network, loss, l2, optimizer }: Golden): NetworkSpec {
  const defaults = { sgd, momentum, momentumEma: sgd, adam, adamW: adam }[optimizer.kind];
  return {
    inputSize: network.inputSize,
    layers: network.layers.map((layer) => ({ slope: 0, useBias: true, ...layer })),
    loss,
    optimizer: { ...defaults, ...optimizer } as OptimizerSpec,
    l2,
    threads: 1,
  };
}

function samplesOf({ inputs, targets, sampleWeights }: Golden): Samples {
  return {
    rows: inputs.length,
    inputs: Float32Array.from(inputs.flat()),
    targets: Float32Array.from(targets.flat()),
    weights: sampleWeights && Float32Array.from(sampleWeights),
  };
}

function flatten(layers: Layer[]): number[] {
  return layers.flatMap(({ weight, bias }) => [...weight.flat(), ...bias]);
}

/** Compares tensor by tensor, each in its own scale. */
function expectLayersClose(actual: Float32Array, expected: Layer[], what: string): void {
  let offset = 0;
  for (const [l, { weight, bias }] of expected.entries()) {
    for (const [name, values] of Object.entries({ weight: weight.flat(), bias })) {
      const part = actual.subarray(offset, offset + values.length);
      expectClose(part, values, trajectory, `${what}, layer ${l} ${name}`);
      offset += values.length;
    }
  }
  if (offset !== actual.length) throw new Error(`${what}: ${actual.length} values, expected ${offset}`);
}
