import type {
  Activation,
  Backend,
  BackendDataset,
  BackendNetwork,
  EpochOutcome,
  FitJob,
  FitSpec,
  LayerSpec,
  Loss,
  NetworkSpec,
  OptimizerSpec,
  Samples,
} from '../../src/engine/contract.js';
import { epochFormat, epochRowWidth, fromEpochRow } from '../../src/engine/epoch-rows.js';
import { type Field, losses } from '../../src/engine/kinds.js';
import { randomWord, Stream, unitInterval } from '../../src/numbers/random.js';

/** The backend under test; only to be called inside a test. */
export type BackendUnderTest = () => Backend;

export const sgd = { kind: 'sgd', learningRate: 0.1, clipNorm: null } satisfies OptimizerSpec;

export const momentum = {
  kind: 'momentum',
  learningRate: 0.05,
  momentum: 0.9,
  nesterov: false,
  clipNorm: null,
} satisfies OptimizerSpec;

export const adam = {
  kind: 'adam',
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  epsilonInsideSqrt: false,
  epsilonHat: false,
  clipNorm: null,
} satisfies OptimizerSpec;

export function layer(units: number, activation: Activation, useBias = true): LayerSpec {
  return {
    units,
    activation,
    slope: activation === 'leakyRelu' ? 0.1 : 0,
    useBias,
    dropout: 0,
    factors: null,
  };
}

/** The parameters that `loss` has by default; quantiles that are not symmetrical, one for each output. */
export function lossParameters(loss: Loss, outputs: number): number[] {
  return Object.values<Field>(losses[loss].fields).flatMap((field) =>
    field.holds === 'innerFractions'
      ? Array.from({ length: outputs }, (_, output) => (output + 1) / (outputs + 2))
      : (field.default as number),
  );
}

/** A spec with sgd and neither penalty nor smoothing, unless `changes` say otherwise. */
export function networkSpec(
  inputSize: number,
  layers: LayerSpec[],
  loss: Loss,
  changes: Partial<NetworkSpec> = {},
): NetworkSpec {
  return {
    inputSize,
    layers,
    inputScale: null,
    loss,
    lossParameters: lossParameters(loss, layers[layers.length - 1].units),
    optimizer: sgd,
    l2: 0,
    labelSmoothing: 0,
    seed: 1,
    threads: 1,
    gemm: 'auto',
    precision: 'float32',
    ...changes,
  };
}

export function parameterCount({ inputSize, layers, inputScale }: NetworkSpec): number {
  let count = inputScale === null ? 0 : inputSize;
  let inputs = inputSize;
  for (const { units, useBias } of layers) {
    count += units * (inputs + (useBias ? 1 : 0));
    inputs = units;
  }
  return count;
}

/** `length` numbers in (low, high), always the same for the same seed. */
export function uniform(seed: number, length: number, low = -1, high = 1): Float32Array {
  return Float32Array.from(
    { length },
    (_, i) => low + (high - low) * unitInterval(randomWord(seed, Stream.initialisation, 0, i)),
  );
}

/** An engine's network whose fit reports outcomes in the place of rows. */
export interface NetworkUnderTest extends Omit<BackendNetwork, 'fit'> {
  fit(dataset: BackendDataset, spec: FitSpec, onEpoch: (outcome: EpochOutcome) => unknown): FitJob;
}

/** A network of `spec` with parameters drawn from `seed`. */
export function createNetwork(backend: Backend, spec: NetworkSpec, seed = 1): NetworkUnderTest {
  return networkWith(backend, spec, uniform(seed, parameterCount(spec)));
}

/** A network of `spec` with these parameters. */
export function networkWith(backend: Backend, spec: NetworkSpec, parameters: Float32Array): NetworkUnderTest {
  return reporting(backend.createNetwork(spec, parameters), spec.layers.length);
}

/** Reads the rows that the network's fits report. */
function reporting(network: BackendNetwork, layers: number): NetworkUnderTest {
  const fit: NetworkUnderTest['fit'] = (dataset, spec, onEpoch) => {
    const format = epochFormat(spec, layers);
    const width = epochRowWidth(format);
    return network.fit(dataset, spec, (rows) => {
      const heard: unknown[] = [];
      for (let at = 0; at < rows.length; at += width) heard.push(onEpoch(fromEpochRow(rows, at, format)));
      return spec.waitsForListener ? heard[0] : undefined;
    });
  };
  return new Proxy(network, {
    get(target, name) {
      if (name === 'fit') return fit;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as unknown as NetworkUnderTest;
}

/** Rows that suit `spec`, drawn from `seed`: class indices for crossEntropy, yes and no for bce. */
export function createSamples(spec: NetworkSpec, rows: number, seed = 1): Samples {
  const outputs = spec.layers[spec.layers.length - 1].units;
  const targets = uniform(seed + 1000, rows * outputs);
  return {
    rows,
    inputs: uniform(seed + 2000, rows * spec.inputSize),
    targets:
      spec.loss === 'crossEntropy'
        ? Int32Array.from({ length: rows }, (_, row) => Math.floor(((targets[row] + 1) / 2) * outputs))
        : spec.loss === 'bce'
          ? targets.map((target) => (target > 0 ? 1 : 0))
          : targets,
    weights: null,
  };
}

/** Sample weights in (0.5, 2). */
export function createWeights(rows: number, seed = 1): Float32Array {
  return uniform(seed + 3000, rows, 0.5, 2);
}

/** The given rows of `samples`, in that order. */
export function takeRows(
  { rows: count, inputs, targets, weights }: Samples,
  rows: Iterable<number>,
): Samples {
  const order = [...rows];
  const take = (values: Float32Array | Int32Array) => {
    const width = values.length / count;
    return order.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]);
  };
  return {
    rows: order.length,
    inputs: Float32Array.from(take(inputs)),
    targets:
      targets instanceof Int32Array ? Int32Array.from(take(targets)) : Float32Array.from(take(targets)),
    weights: weights && Float32Array.from(take(weights)),
  };
}

/** One epoch over all rows in their order, unless `changes` say otherwise. */
export function fitSpec(changes: Partial<FitSpec> = {}): FitSpec {
  return {
    epochs: 1,
    pauseAfter: 0,
    resume: null,
    batchSize: 8,
    sampling: 'sequential',
    seed: 1,
    trainingRows: null,
    order: null,
    validation: null,
    learningRates: null,
    schedule: null,
    dropLast: false,
    plateau: null,
    earlyStopping: null,
    functionTolerance: 0,
    gradientTolerance: 0,
    maxTimeMs: Infinity,
    onNonFinite: 'error',
    statistics: false,
    waitsForListener: true,
    ...changes,
  };
}
